"""The domains and how each of them looks.

The world is the same for all; every difference between the domains is in `sample_look`.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from cnsn_seg.miniature.appearance import (
    Colour,
    Look,
    Response,
    daylight,
    dusk,
    fog,
    night,
    rain,
)


def _balance(rng: np.random.Generator, warmth: float, tint: float, spread: float) -> Colour:
    """White balance: `warmth` trades red for blue, `tint` magenta for green (both near 0)."""
    warmth += float(rng.normal(0, spread))
    tint += float(rng.normal(0, spread / 2))
    return float(np.exp(warmth)), float(np.exp(tint)), float(np.exp(-warmth))


def _gta5(rng: np.random.Generator) -> Look:
    """A game: clean, saturated, evenly lit; morning to evening, mostly fair."""
    elevation = float(rng.uniform(22, 68))
    clouds = float(rng.choice([0.05, 0.25, 0.8], p=[0.45, 0.35, 0.2])) * float(rng.uniform(0.6, 1))
    return Look(
        'game', 'summer', 0.8,
        daylight(rng, elevation, clouds, float(rng.uniform(0.0003, 0.0025))),
        Response(
            exposure=float(rng.uniform(0.85, 1.2)),
            white_balance=_balance(rng, 0.02, 0.0, 0.04),
            contrast=float(rng.uniform(1.05, 1.2)),
            gamma=float(rng.uniform(0.92, 1.08)),
            saturation=float(rng.uniform(1.1, 1.35)),
            veil=0.0, blur=0.0, noise=0.004, vignette=0.0,
        ),
    )  # fmt: skip


def _cityscapes(rng: np.random.Generator) -> Look:
    """German cities under overcast skies through one dull, greenish, soft camera."""
    clouds = float(rng.uniform(0.4, 0.95))
    season = str(rng.choice(['summer', 'spring', 'autumn'], p=[0.55, 0.25, 0.2]))
    return Look(
        'german', season, 1.3,
        daylight(rng, float(rng.uniform(20, 50)), clouds, float(rng.uniform(0.001, 0.0045))),
        Response(
            exposure=float(rng.uniform(0.7, 1.05)),
            white_balance=_balance(rng, -0.05, 0.07, 0.025),
            contrast=float(rng.uniform(0.8, 0.98)),
            gamma=float(rng.uniform(1.0, 1.2)),
            saturation=float(rng.uniform(0.6, 0.85)),
            veil=float(rng.uniform(0.0, 0.05)),
            blur=float(rng.uniform(0.35, 0.65)),
            noise=float(rng.uniform(0.005, 0.01)),
            vignette=float(rng.uniform(0.1, 0.25)),
        ),
    )  # fmt: skip


def _bdd100k(rng: np.random.Generator) -> Look:
    """Dash cameras behind American windscreens by day, at dusk and at night."""
    time = rng.choice(['day', 'dusk', 'night', 'rain'], p=[0.45, 0.2, 0.2, 0.15])
    if time == 'day':
        light = daylight(
            rng, float(rng.uniform(8, 50)), float(rng.uniform(0, 1)),
            float(rng.uniform(0.001, 0.008)),
        )  # fmt: skip
        exposure, noise = float(rng.uniform(0.7, 1.7)), float(rng.uniform(0.005, 0.014))
    elif time == 'rain':
        light = daylight(rng, 25.0, 1.0, float(rng.uniform(0.006, 0.014)))
        light = replace(light, rain=float(rng.uniform(0.5, 1.0)), lamps=0.3)
        exposure, noise = float(rng.uniform(0.6, 1.0)), float(rng.uniform(0.008, 0.018))
    else:
        light = dusk(rng) if time == 'dusk' else night(rng)
        exposure, noise = float(rng.uniform(1.1, 1.8)), float(rng.uniform(0.012, 0.026))
    warmth = float(rng.choice([-0.12, 0.12]))
    season = str(rng.choice(['summer', 'dry', 'winter', 'autumn'], p=[0.35, 0.3, 0.15, 0.2]))
    return Look(
        'american', season, 1.2, light,
        Response(
            exposure=exposure,
            white_balance=_balance(rng, warmth, 0.0, 0.07),
            contrast=float(rng.uniform(0.75, 1.25)),
            gamma=float(rng.uniform(0.85, 1.2)),
            saturation=float(rng.uniform(0.6, 1.1)),
            veil=float(rng.uniform(0.02, 0.18)),
            blur=float(rng.uniform(0.3, 0.9)),
            noise=noise,
            vignette=float(rng.uniform(0.15, 0.5)),
            jpeg=int(rng.integers(70, 90)),
        ),
    )  # fmt: skip


def _mapillary(rng: np.random.Generator) -> Look:
    """Anyone's camera, anywhere, in any season."""
    draw = rng.random()
    if draw < 0.8:
        light = daylight(
            rng, float(rng.uniform(7, 65)), float(rng.uniform(0, 1)),
            float(rng.exponential(0.004)),
        )  # fmt: skip
    else:
        light = dusk(rng) if draw < 0.93 else night(rng)
    season = str(rng.choice(['summer', 'spring', 'dry', 'autumn', 'winter']))
    return Look(
        'global', season, float(rng.uniform(0.8, 1.6)), light,
        Response(
            exposure=float(np.exp(rng.normal(-0.05, 0.4))) * (1.0 if draw < 0.8 else 1.5),
            white_balance=_balance(rng, 0.0, 0.0, 0.14),
            contrast=float(rng.uniform(0.65, 1.45)),
            gamma=float(rng.uniform(0.75, 1.35)),
            saturation=float(rng.uniform(0.45, 1.5)),
            veil=float(rng.uniform(0.0, 0.15)),
            blur=float(rng.uniform(0.0, 1.0)),
            noise=float(rng.uniform(0.003, 0.018)),
            vignette=float(rng.uniform(0.0, 0.4)),
            jpeg=int(rng.integers(65, 95)),
        ),
    )  # fmt: skip


def _synthia(rng: np.random.Generator) -> Look:
    """Another game: flat colours, hard shadows, and any season, hour and weather."""
    draw = rng.random()
    if draw < 0.75:
        clouds = float(rng.choice([0.0, 0.15, 1.0], p=[0.6, 0.2, 0.2]))
        light = daylight(rng, float(rng.uniform(12, 60)), clouds, float(rng.uniform(0.0005, 0.006)))
    else:
        light = dusk(rng) if draw < 0.9 else night(rng)
    light = replace(
        light,
        sun=_scaled(light.sun, 1.35),
        ambient=_scaled(light.ambient, 0.8 if draw < 0.75 else 1.5),
        penumbra=0.0,
    )
    season = str(rng.choice(['summer', 'spring', 'autumn', 'winter', 'snow']))
    return Look(
        'synthetic', season, 0.0, light,
        Response(
            exposure=float(rng.uniform(0.8, 1.25)),
            white_balance=_balance(rng, -0.06, -0.03, 0.07),
            contrast=float(rng.uniform(0.9, 1.15)),
            gamma=float(rng.uniform(0.8, 1.1)),
            saturation=float(rng.uniform(0.8, 1.1)),
            veil=float(rng.uniform(0.0, 0.06)),
            blur=0.0, noise=0.0, vignette=0.0,
        ),
        snow=0.9 if season == 'snow' else 0.0,
    )  # fmt: skip


def _scaled(colour: Colour, factor: float) -> Colour:
    red, green, blue = colour
    return red * factor, green * factor, blue * factor


def _action_camera(
    rng: np.random.Generator, exposure: tuple[float, float], noise: float, saturation: float
) -> Response:
    """The camera behind the windscreen in ACDC and Dark Zurich: crisp, with dark corners."""
    return Response(
        exposure=float(rng.uniform(*exposure)),
        white_balance=_balance(rng, 0.0, 0.02, 0.05),
        contrast=float(rng.uniform(0.95, 1.15)),
        gamma=float(rng.uniform(0.95, 1.15)),
        saturation=saturation * float(rng.uniform(0.85, 1.15)),
        veil=float(rng.uniform(0.0, 0.06)),
        blur=float(rng.uniform(0.2, 0.6)),
        noise=noise * float(rng.uniform(0.7, 1.3)),
        vignette=float(rng.uniform(0.15, 0.3)),
    )


def _acdc_fog(rng: np.random.Generator) -> Look:
    """Swiss roads in dense fog."""
    season = str(rng.choice(['autumn', 'winter', 'dry']))
    return Look('german', season, 1.0, fog(rng), _action_camera(rng, (0.9, 1.25), 0.006, 0.65))


def _acdc_night(rng: np.random.Generator) -> Look:
    """Swiss streets under street lamps."""
    light = replace(night(rng), wet=float(rng.choice([0.0, 0.6])))
    return Look('german', 'summer', 1.1, light, _action_camera(rng, (1.1, 1.7), 0.016, 0.95))


def _acdc_rain(rng: np.random.Generator) -> Look:
    """Swiss streets in the rain."""
    season = str(rng.choice(['summer', 'autumn']))
    return Look('german', season, 1.0, rain(rng), _action_camera(rng, (0.7, 1.0), 0.01, 0.75))


def _acdc_snow(rng: np.random.Generator) -> Look:
    """Swiss streets in winter: snow on everything but the tracks of the cars."""
    light = daylight(rng, 25.0, float(rng.uniform(0.6, 1.0)), float(rng.uniform(0.002, 0.009)))
    light = replace(light, snowfall=float(rng.choice([0.3, 0.6, 1.0])), wet=0.35)
    response = _action_camera(rng, (1.05, 1.35), 0.008, 0.7)
    return Look('german', 'snow', 1.0, light, response, snow=float(rng.uniform(0.8, 1.0)))


def _dark_zurich(rng: np.random.Generator) -> Look:
    """The camera of ACDC in darker nights."""
    light = night(rng)
    light = replace(light, ambient=_scaled(light.ambient, 0.6), zenith=_scaled(light.zenith, 0.5))
    return Look('german', 'autumn', 1.1, light, _action_camera(rng, (0.55, 0.95), 0.024, 0.8))


def _nighttime_driving(rng: np.random.Generator) -> Look:
    """From civil twilight to night, in bluish, noisy frames of a video."""
    light = dusk(rng) if rng.random() < 0.5 else night(rng)
    return Look(
        'german', 'summer', 1.0, light,
        Response(
            exposure=float(rng.uniform(1.0, 1.6)),
            white_balance=_balance(rng, -0.14, 0.0, 0.05),
            contrast=float(rng.uniform(0.85, 1.1)),
            gamma=float(rng.uniform(0.9, 1.1)),
            saturation=float(rng.uniform(0.55, 0.8)),
            veil=float(rng.uniform(0.02, 0.1)),
            blur=float(rng.uniform(0.5, 0.9)),
            noise=float(rng.uniform(0.012, 0.022)),
            vignette=float(rng.uniform(0.0, 0.2)),
        ),
    )  # fmt: skip


def _idd(rng: np.random.Generator) -> Look:
    """Indian roads: painted houses, dust in the air and on the ground, a high warm sun."""
    light = daylight(
        rng, float(rng.uniform(25, 70)), float(rng.uniform(0, 0.5)),
        float(rng.uniform(0.003, 0.011)),
    )  # fmt: skip
    dust = (0.78, 0.66, 0.47)
    return Look(
        'indian', 'dry', 1.6, replace(light, horizon=dust, zenith=_mixed(light.zenith, dust, 0.5)),
        Response(
            exposure=float(rng.uniform(0.8, 1.2)),
            white_balance=_balance(rng, 0.07, 0.0, 0.04),
            contrast=float(rng.uniform(0.8, 1.05)),
            gamma=float(rng.uniform(0.9, 1.1)),
            saturation=float(rng.uniform(0.7, 1.05)),
            veil=float(rng.uniform(0.02, 0.1)),
            blur=float(rng.uniform(0.2, 0.6)),
            noise=float(rng.uniform(0.004, 0.01)),
            vignette=float(rng.uniform(0.0, 0.15)),
            jpeg=int(rng.integers(80, 95)),
        ),
    )  # fmt: skip


def _mixed(first: Colour, second: Colour, share: float) -> Colour:
    red, green, blue = ((1 - share) * a + share * b for a, b in zip(first, second, strict=True))
    return red, green, blue


ACDC_CONDITIONS = ('fog', 'night', 'rain', 'snow')
"""Conditions of ACDC; its images go through them in turn."""

_LOOKS: dict[str, tuple[Callable[[np.random.Generator], Look], ...]] = {
    'gta5': (_gta5,),
    'cityscapes': (_cityscapes,),
    'bdd100k': (_bdd100k,),
    'mapillary': (_mapillary,),
    'synthia': (_synthia,),
    'acdc': (_acdc_fog, _acdc_night, _acdc_rain, _acdc_snow),
    'dark_zurich': (_dark_zurich,),
    'nighttime_driving': (_nighttime_driving,),
    'idd': (_idd,),
}
DOMAINS = tuple(_LOOKS)
"""Names of the domains. The place of a name seeds its images, so new names go to the end."""


def sample_look(domain: str, index: int, rng: np.random.Generator) -> Look:
    """Draw the look of one image of a domain.

    Args:
        domain: One of `DOMAINS`.
        index: Number of the image; a domain with several looks takes them in turn.
        rng: Source of the draw.

    Returns:
        The look.
    """
    looks = _LOOKS[domain]
    return looks[index % len(looks)](rng)
