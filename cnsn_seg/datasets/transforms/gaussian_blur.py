"""Blur images at random."""

from collections.abc import Sequence

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmcv.transforms.utils import cache_randomness
from mmseg.registry import TRANSFORMS


@TRANSFORMS.register_module()
class RandomGaussianBlur(BaseTransform):
    """Blur some of the images with a Gaussian kernel, as the authors' recipe does.

    OpenCV chooses sigma by the kernel's size; for 5 pixels the kernel is (1, 4, 6, 4, 1) / 16.
    RobustNet draws sigma instead: ``sigma=(0.15, 1.3)`` is its ``RandomGaussianBlur``, whose
    kernel ends at 4 sigma (``skimage.filters.gaussian``).

    Modified keys: ``img``.

    Args:
        prob: Probability of blurring an image. Defaults to 0.5.
        kernel_size: Side of the kernel in pixels, odd; of no effect with ``sigma``. Defaults to 5.
        sigma: Lowest and highest sigma in pixels, drawn uniformly for every image and giving the
            kernel its size. Defaults to None: by ``kernel_size``.

    Raises:
        ValueError: If ``prob`` is not in [0, 1], ``kernel_size`` is not positive and odd, or
            ``sigma`` is not positive and ascending.
    """

    def __init__(
        self, prob: float = 0.5, kernel_size: int = 5, sigma: Sequence[float] | None = None
    ) -> None:
        if not 0 <= prob <= 1:
            raise ValueError(f'prob must be in [0, 1], got {prob}')
        if kernel_size < 1 or kernel_size % 2 == 0:
            raise ValueError(f'kernel_size must be positive and odd, got {kernel_size}')
        if sigma is not None and not (len(sigma) == 2 and 0 < sigma[0] <= sigma[1]):
            raise ValueError(f'sigma must be two positive ascending numbers, got {sigma}')
        self.prob = prob
        self.kernel_size = kernel_size
        self.sigma = sigma

    @cache_randomness
    def _draw(self) -> tuple[int, float] | None:
        """Choose kernel size and sigma of one image, None to leave it sharp; 0 is by size."""
        if np.random.rand() >= self.prob:
            return None
        if self.sigma is None:
            return self.kernel_size, 0
        sigma = np.random.uniform(*self.sigma)
        return 2 * int(4 * sigma + 0.5) + 1, sigma

    def transform(self, results: dict) -> dict:
        """Blur ``results['img']`` with probability ``prob``.

        Args:
            results: Sample with ``img``, shape (H, W, C).

        Returns:
            The same dict.
        """
        drawn = self._draw()
        if drawn:
            size, sigma = drawn
            results['img'] = cv2.GaussianBlur(results['img'], (size, size), sigmaX=sigma)
        return results

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(prob={self.prob}, kernel_size={self.kernel_size}, '
            f'sigma={self.sigma})'
        )
