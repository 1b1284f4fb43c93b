"""Blur images at random."""

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmcv.transforms.utils import cache_randomness
from mmseg.registry import TRANSFORMS


@TRANSFORMS.register_module()
class RandomGaussianBlur(BaseTransform):
    """Blur some of the images with a Gaussian kernel, as the authors' recipe does.

    OpenCV chooses sigma by the kernel's size; for 5 pixels the kernel is (1, 4, 6, 4, 1) / 16.

    Modified keys: ``img``.

    Args:
        prob: Probability of blurring an image. Defaults to 0.5.
        kernel_size: Side of the kernel in pixels, odd. Defaults to 5.

    Raises:
        ValueError: If ``prob`` is not in [0, 1] or ``kernel_size`` is not positive and odd.
    """

    def __init__(self, prob: float = 0.5, kernel_size: int = 5) -> None:
        if not 0 <= prob <= 1:
            raise ValueError(f'prob must be in [0, 1], got {prob}')
        if kernel_size < 1 or kernel_size % 2 == 0:
            raise ValueError(f'kernel_size must be positive and odd, got {kernel_size}')
        self.prob = prob
        self.kernel_size = kernel_size

    @cache_randomness
    def _draw(self) -> bool:
        return np.random.rand() < self.prob

    def transform(self, results: dict) -> dict:
        """Blur ``results['img']`` with probability ``prob``.

        Args:
            results: Sample with ``img``, shape (H, W, C).

        Returns:
            The same dict.
        """
        if self._draw():
            kernel = (self.kernel_size, self.kernel_size)
            results['img'] = cv2.GaussianBlur(results['img'], kernel, sigmaX=0)
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(prob={self.prob}, kernel_size={self.kernel_size})'
