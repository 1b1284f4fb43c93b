"""How each domain looks: the light, the place and season, and the camera.

The world is the same for all; every difference between the domains is in `sample_look`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cnsn_seg.miniature.materials import linear

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Light:
    """Illumination and weather; colours and strengths in linear light.

    Attributes:
        sun: Colour times strength of direct sunlight.
        elevation: Of the sun above the horizon, radians.
        azimuth: Of the sun, radians; 0 is behind the camera.
        ambient: Colour times strength of the light from the whole sky.
        zenith: Colour of the sky overhead.
        horizon: Colour of the sky at the horizon, also that of haze.
        clouds: Share of the sky that they cover.
        haze: Extinction in 1 / m.
        lamps: 0 with all lamps off, 1 at night.
        rain: Strength of the streaks, 0 for none.
    """

    sun: Colour
    elevation: float
    azimuth: float
    ambient: Colour
    zenith: Colour
    horizon: Colour
    clouds: float
    haze: float
    lamps: float = 0.0
    rain: float = 0.0


@dataclass(frozen=True)
class Response:
    """What the camera makes of the light.

    Attributes:
        exposure: Factor on the light.
        white_balance: Factors on red, green, blue.
        contrast: Slope around middle grey.
        gamma: Exponent on the displayed value; above 1 darkens.
        saturation: 1 keeps, 0 gives grey.
        veil: Share of stray light that lifts the blacks.
        blur: Standard deviation in pixels.
        noise: Standard deviation of sensor noise, of a display range of 1.
        vignette: Loss of light in the corners.
        jpeg: Quality of the file, where the data set holds JPEGs.
    """

    exposure: float
    white_balance: Colour
    contrast: float
    gamma: float
    saturation: float
    veil: float
    blur: float
    noise: float
    vignette: float
    jpeg: int = 92


@dataclass(frozen=True)
class Look:
    """Everything about an image that is not the world it shows."""

    place: str
    season: str
    texture: float
    light: Light
    response: Response


def _rgb(*values: float) -> np.ndarray:
    return linear(np.array(values, np.float32))


def _tuple(values: np.ndarray) -> Colour:
    red, green, blue = (float(v) for v in values)
    return red, green, blue


def _balance(rng: np.random.Generator, warmth: float, tint: float, spread: float) -> Colour:
    """White balance: `warmth` trades red for blue, `tint` magenta for green (both near 0)."""
    warmth += float(rng.normal(0, spread))
    tint += float(rng.normal(0, spread / 2))
    return float(np.exp(warmth)), float(np.exp(tint)), float(np.exp(-warmth))


def daylight(rng: np.random.Generator, elevation: float, clouds: float, haze: float) -> Light:
    """Sunshine to overcast by `clouds`; golden when the sun is low.

    Args:
        rng: Draws the sun's azimuth.
        elevation: Of the sun, degrees.
        clouds: 0 for a clear sky, 1 for overcast.
        haze: Extinction in 1 / m.

    Returns:
        The light.
    """
    low = float(np.clip(1 - elevation / 45, 0, 1))
    sun = (1 - low) * np.array([1.0, 0.97, 0.92]) + low * np.array([1.15, 0.78, 0.45])
    blue = np.array([0.42, 0.48, 0.58]) * (1 - 0.35 * low)
    grey = np.array([0.72, 0.75, 0.79]) * (1 - 0.25 * low)
    zenith = (1 - low) * _rgb(72, 132, 214) + low * _rgb(84, 116, 178)
    horizon = (1 - low) * _rgb(188, 212, 234) + low * _rgb(244, 204, 158)
    pall = _rgb(206, 210, 214) * (1 - 0.2 * low)
    return Light(
        sun=_tuple(sun * 1.15 * (1 - 0.95 * clouds)),
        elevation=float(np.radians(elevation)),
        azimuth=float(rng.choice([rng.uniform(0, 0.7), rng.uniform(0.7, 2.9)]))
        * float(rng.choice([-1, 1])),
        ambient=_tuple(blue * (1 - clouds) + grey * clouds),
        zenith=_tuple(zenith * (1 - clouds) + 0.8 * pall * clouds),
        horizon=_tuple(horizon * (1 - clouds) + pall * clouds),
        clouds=clouds,
        haze=haze,
    )


def dusk(rng: np.random.Generator) -> Light:
    """After sunset: dim and coloured, lamps coming on."""
    glow = float(rng.uniform(0, 1))
    ambient = np.array([0.27, 0.27, 0.33]) * float(rng.uniform(0.7, 1.1))
    horizon = glow * _rgb(232, 164, 120) + (1 - glow) * _rgb(150, 158, 184)
    return Light(
        (0.0, 0.0, 0.0), 0.2, 2.0, _tuple(ambient), _tuple(_rgb(74, 92, 138)), _tuple(horizon),
        float(rng.uniform(0.2, 0.8)), float(rng.uniform(0.001, 0.004)),
        lamps=float(rng.uniform(0.3, 0.6)),
    )  # fmt: skip


def night(rng: np.random.Generator) -> Light:
    """Street lamps, headlights and lit windows under a dark sky."""
    ambient = np.array([0.065, 0.065, 0.085]) * float(rng.uniform(0.7, 1.4))
    return Light(
        (0.0, 0.0, 0.0), 0.2, 2.0, _tuple(ambient), _tuple(_rgb(14, 18, 34)),
        _tuple(_rgb(62, 54, 58)), float(rng.uniform(0, 0.6)), float(rng.uniform(0.0005, 0.003)),
        lamps=1.0,
    )  # fmt: skip


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
        light = Light(**{**vars(light), 'rain': float(rng.uniform(0.5, 1.0)), 'lamps': 0.3})
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


_LOOKS: dict[str, Callable[[np.random.Generator], Look]] = {
    'gta5': _gta5,
    'cityscapes': _cityscapes,
    'bdd100k': _bdd100k,
    'mapillary': _mapillary,
}
DOMAINS = tuple(_LOOKS)
"""Names of the domains; the first is the source."""


def sample_look(domain: str, rng: np.random.Generator) -> Look:
    """Draw the look of one image of a domain."""
    return _LOOKS[domain](rng)
