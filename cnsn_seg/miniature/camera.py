"""From light to 8-bit colour: optics, sensor and response curve."""

import cv2
import numpy as np

from cnsn_seg.miniature.appearance import Light, Response


def photograph(
    light_field: np.ndarray, light: Light, response: Response, rng: np.random.Generator
) -> np.ndarray:
    """Take the picture.

    Args:
        light_field: Linear light, float32, shape (H, W, 3).
        light: For rain and for the colour of stray light.
        response: What the camera does.
        rng: Source of sensor noise and rain drops.

    Returns:
        RGB, uint8, shape (H, W, 3).
    """
    image = light_field.astype(np.float32)
    if light.lamps:
        bright = np.maximum(image - 0.8, 0)
        image += 0.35 * cv2.GaussianBlur(bright, (0, 0), 3) + 0.25 * cv2.GaussianBlur(
            bright, (0, 0), 9
        )
    if light.rain:
        image += _streaks(image.shape[:2], rng)[..., None] * light.rain * 0.12
    if light.snowfall:
        cover = _flakes(image.shape[:2], rng)[..., None] * light.snowfall
        image += (1.2 * np.float32(light.horizon) - image) * cover
    if response.blur > 0.2:
        image = cv2.GaussianBlur(image, (0, 0), response.blur)
    image *= _vignette(image.shape[:2], response.vignette)[..., None]
    image *= response.exposure * np.array(response.white_balance, np.float32)
    image = image * (1 + image / 6) / (1 + 0.55 * image)
    image = cv2.pow(np.maximum(image, 0), response.gamma / 2.2)
    image = 0.45 + (image - 0.45) * response.contrast
    grey = image @ np.array([0.299, 0.587, 0.114], np.float32)
    image = grey[..., None] + (image - grey[..., None]) * response.saturation
    veil = np.array(light.horizon, np.float32) ** (1 / 2.2)
    image += (veil - image) * response.veil
    image += rng.standard_normal(image.shape, np.float32) * response.noise
    return np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)


def _vignette(shape: tuple[int, int], strength: float) -> np.ndarray:
    y = np.linspace(-1, 1, shape[0], dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, shape[1], dtype=np.float32)[None]
    return 1 - strength * (x**2 + y**2) / 2


def _streaks(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Slanted streaks of rain, float32 in [0, 1]."""
    drops = np.zeros(shape, np.uint8)
    slant = int(rng.integers(-2, 3))
    for x, y, length in rng.integers((0, 0, 5), (shape[1], shape[0], 12), (90, 3)):
        cv2.line(drops, (int(x), int(y)), (int(x) + slant, int(y + length)), 255, 1, cv2.LINE_AA)
    return drops.astype(np.float32) / 255


def _flakes(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Snowflakes, large ones out of focus near the lens; float32 in [0, 1]."""
    flakes = np.zeros(shape, np.float32)
    for count, radius, blur, strength in ((260, 0, 0.5, 1.6), (22, 1, 1.0, 1.0)):
        layer = np.zeros(shape, np.uint8)
        for x, y in rng.integers((0, 0), (shape[1], shape[0]), (count, 2)):
            cv2.circle(layer, (int(x), int(y)), radius, 255, -1)
        flakes += cv2.GaussianBlur(layer, (0, 0), blur).astype(np.float32) / 255 * strength
    return np.minimum(flakes, 1)
