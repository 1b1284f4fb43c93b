"""Change brightness, contrast, saturation and hue at random, as torchvision does."""

from collections.abc import Callable

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmcv.transforms.utils import cache_randomness
from mmseg.registry import TRANSFORMS

_BGR_TO_GREY = np.float32([0.114, 0.587, 0.299])  # ITU-R BT.601, as Pillow and OpenCV


@TRANSFORMS.register_module()
class ColorJitter(BaseTransform):
    """``torchvision.transforms.ColorJitter`` of RobustNet's recipe, on BGR images.

    A jittered image goes through all four changes in random order. The first three draw a factor
    uniformly from [max(0, 1 - strength), 1 + strength], hue a shift from [-strength, strength].

    Against torchvision on Pillow images, brightness and contrast are the same and saturation is
    within one grey level. Hue goes through HSV of 8 bits in both, rounded differently: 0.3 grey
    levels apart on average on a photograph-like GTA5 image, 19 at most, and nearer than Pillow's to
    the exact result.

    Modified keys: ``img``.

    Args:
        brightness: Strength, at least 0; a change of strength 0 is left out. Defaults to 0.4.
        contrast: The same for contrast. Defaults to 0.4.
        saturation: The same for saturation. Defaults to 0.4.
        hue: The same for hue, in turns of the colour wheel and at most 0.5. Defaults to 0.1.
        prob: Probability of changing an image. Defaults to 0.5.

    Raises:
        ValueError: If a strength is negative, ``hue`` above 0.5, or ``prob`` not in [0, 1].
    """

    def __init__(
        self,
        brightness: float = 0.4,
        contrast: float = 0.4,
        saturation: float = 0.4,
        hue: float = 0.1,
        prob: float = 0.5,
    ) -> None:
        strengths = dict(brightness=brightness, contrast=contrast, saturation=saturation, hue=hue)
        for name, strength in strengths.items():
            if strength < 0:
                raise ValueError(f'{name} must be at least 0, got {strength}')
        if hue > 0.5:
            raise ValueError(f'hue must be at most 0.5, half a turn, got {hue}')
        if not 0 <= prob <= 1:
            raise ValueError(f'prob must be in [0, 1], got {prob}')
        self.strengths = strengths
        self.prob = prob
        ranges = (
            (adjust_brightness, max(0, 1 - brightness), 1 + brightness),
            (adjust_contrast, max(0, 1 - contrast), 1 + contrast),
            (adjust_saturation, max(0, 1 - saturation), 1 + saturation),
            (adjust_hue, -hue, hue),
        )
        self._ranges = [(change, low, high) for change, low, high in ranges if low < high]

    @cache_randomness
    def _draw(self) -> list[tuple[Callable[[np.ndarray, float], np.ndarray], float]]:
        """Choose the changes of one image and their amounts, in order."""
        if np.random.rand() >= self.prob:
            return []
        order = np.random.permutation(len(self._ranges))
        shuffled = (self._ranges[number] for number in order)
        return [(change, np.random.uniform(low, high)) for change, low, high in shuffled]

    def transform(self, results: dict) -> dict:
        """Jitter ``results['img']`` with probability ``prob``.

        Args:
            results: Sample with ``img``, BGR, uint8, shape (H, W, 3).

        Returns:
            The same dict.
        """
        for change, amount in self._draw():
            results['img'] = change(results['img'], amount)
        return results

    def __repr__(self) -> str:
        strengths = ', '.join(f'{name}={value}' for name, value in self.strengths.items())
        return f'{type(self).__name__}({strengths}, prob={self.prob})'


def adjust_brightness(image: np.ndarray, factor: float) -> np.ndarray:
    """Blend with black: ``factor * image``, clipped and cut to integers (``PIL.ImageEnhance``).

    Args:
        image: BGR, uint8, shape (H, W, 3).
        factor: 0 gives black, 1 the image.

    Returns:
        A new image, as the other changes return too.
    """
    return _blend(image, 0, factor)


def adjust_contrast(image: np.ndarray, factor: float) -> np.ndarray:
    """Blend with the image's mean grey, a whole number (``PIL.ImageEnhance.Contrast``).

    Args:
        image: BGR, uint8, shape (H, W, 3).
        factor: 0 gives grey, 1 the image.
    """
    mean = cv2.mean(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY))[0]
    return _blend(image, int(mean + 0.5), factor)


def adjust_saturation(image: np.ndarray, factor: float) -> np.ndarray:
    """Blend every pixel with its grey (``PIL.ImageEnhance.Color``).

    Args:
        image: BGR, uint8, shape (H, W, 3).
        factor: 0 gives a grey image, 1 the image.
    """
    mix = factor * np.eye(3) + (1 - factor) * _BGR_TO_GREY
    # OpenCV rounds where Pillow cuts; the offset makes a whole number stay what it is.
    return cv2.transform(image, np.column_stack([mix, [-0.499] * 3]).astype(np.float32))


def adjust_hue(image: np.ndarray, turns: float) -> np.ndarray:
    """Turn the hue in HSV of 8 bits (torchvision's ``functional_pil.adjust_hue``).

    Args:
        image: BGR, uint8, shape (H, W, 3).
        turns: Part of a full turn of the colour wheel, in [-0.5, 0.5].
    """
    hsv = cv2.cvtColor(image, cv2.COLOR_BGR2HSV_FULL)
    hsv[..., 0] += np.uint8(round(turns * 256) % 256)  # wraps around
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR_FULL)


def _blend(image: np.ndarray, grey: int, factor: float) -> np.ndarray:
    """Compute ``grey + factor * (image - grey)`` in single precision through a lookup table."""
    values = np.arange(256, dtype=np.float32)
    table = np.clip(grey + np.float32(factor) * (values - grey), 0, 255).astype(np.uint8)
    return cv2.LUT(image, table)
