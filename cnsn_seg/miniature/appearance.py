"""What an image's look is made of: the light and weather, the place and season, the camera."""

from dataclasses import dataclass, replace

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
        snowfall: Strength of the flakes in the air, 0 for none.
        wet: How much the road mirrors, 0 when dry.
        penumbra: Softness of the edges of shadows, standard deviation in pixels.
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
    snowfall: float = 0.0
    wet: float = 0.0
    penumbra: float = 0.8


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
    """Everything about an image that is not the world it shows.

    Attributes:
        place: Key of `materials.PLACES`.
        season: Key of `materials.SEASONS`.
        texture: Factor on the grain of surfaces, 0 for flat colours.
        light: The light.
        response: The camera.
        snow: How much snow lies, 0 for none, 1 for a closed cover.
    """

    place: str
    season: str
    texture: float
    light: Light
    response: Response
    snow: float = 0.0


def _rgb(*values: float) -> np.ndarray:
    return linear(np.array(values, np.float32))


def _tuple(values: np.ndarray) -> Colour:
    red, green, blue = (float(v) for v in values)
    return red, green, blue


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


def fog(rng: np.random.Generator) -> Light:
    """So dense that the sky is as grey as everything beyond some dozens of metres."""
    light = daylight(rng, 30.0, 1.0, float(rng.uniform(0.022, 0.05)))
    grey = _tuple(np.array(light.horizon) * float(rng.uniform(0.75, 1.0)))
    return replace(light, zenith=grey, horizon=grey, clouds=0.0)


def rain(rng: np.random.Generator) -> Light:
    """Streaks in the air, a mirroring road, and the first lamps under a heavy sky."""
    light = daylight(rng, 25.0, 1.0, float(rng.uniform(0.005, 0.011)))
    dull = _tuple(np.array(light.ambient) * float(rng.uniform(0.55, 0.85)))
    return replace(
        light, ambient=dull, rain=float(rng.uniform(0.5, 1.0)), wet=float(rng.uniform(0.7, 1.0)),
        lamps=0.35,
    )  # fmt: skip
