"""Scale at random and crop at random, computing only the pixels that are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import cv2
import mmcv
import numpy as np
from mmcv.transforms import BaseTransform
from mmcv.transforms.utils import cache_randomness
from mmseg.registry import TRANSFORMS

from cnsn_seg.datasets.label_spaces import IGNORE_INDEX

_TOLERANCE = 1 / 512  # of a source pixel, so that the sharpest edge moves by half a grey level


@TRANSFORMS.register_module()
class RandomScaleCrop(BaseTransform):
    """MMCV's ``RandomResize(keep_ratio=True)`` and MMSeg's ``RandomCrop`` in one step.

    With the same state of ``np.random`` the crop is the same as theirs: labels are identical, and
    a pixel of the image differs by at most one grey level (3 % of the pixels of a photograph-like
    GTA5 image do, 6 % of pure noise, over 60 draws of the scale in 0.5-2), because ``cv2.resize``
    gets a window whose corners meet the pixel grids of both sizes only to 1/512 of a pixel. An
    image that is smaller than the crop after scaling stays smaller, as theirs does.

    Class-uniform sampling puts ``centroid``, (y, x) in the image as loaded, into the sample. The
    crop then contains it and is drawn as RobustNet does (``transforms/joint_transforms.py``):
    uniformly among the positions that contain it, then moved into the image. (RobustNet also
    draws the position one pixel short of containing it.) ``cat_max_ratio`` has no effect there.

    Required keys: ``img``, ``gt_seg_map``; optional, and removed: ``centroid``.

    Modified keys: ``img``, ``gt_seg_map``, ``img_shape``.

    Added keys: ``scale``, ``scale_factor``, ``keep_ratio``, as MMCV's ``Resize`` does.

    Args:
        scale: Width and height in pixels that a ratio of 1 stands for. Images keep their aspect
            ratio and get as large as fits in there.
        crop_size: Height and width of the crop in pixels, or one number for both.
        ratio_range: Lowest and highest ratio. Defaults to (0.5, 2.0).
        cat_max_ratio: Crops are drawn again, at most 10 times, while one class covers this share
            of the labelled pixels or more. Defaults to 1.0, which accepts every crop.

    Raises:
        ValueError: If a size is not positive, ``ratio_range`` not positive and ascending, or
            ``cat_max_ratio`` not in (0, 1].
    """

    def __init__(
        self,
        scale: Sequence[int],
        crop_size: int | Sequence[int],
        ratio_range: Sequence[float] = (0.5, 2.0),
        cat_max_ratio: float = 1.0,
    ) -> None:
        self.scale = _pair('scale', scale)
        self.crop_size = _pair('crop_size', crop_size)
        self.ratio_range = _pair('ratio_range', ratio_range)
        self.cat_max_ratio = cat_max_ratio
        if self.ratio_range[0] > self.ratio_range[1]:
            raise ValueError(f'ratio_range must ascend, got {ratio_range}')
        if not 0 < cat_max_ratio <= 1:
            raise ValueError(f'cat_max_ratio must be in (0, 1], got {cat_max_ratio}')

    @cache_randomness
    def _draw_scale(self) -> tuple[int, int]:
        low, high = self.ratio_range
        ratio = np.random.random_sample() * (high - low) + low
        return int(self.scale[0] * ratio), int(self.scale[1] * ratio)

    @cache_randomness
    def _draw_crop(
        self, label: np.ndarray, new_size: tuple[int, int], centroid: Sequence[int] | None
    ) -> tuple['_Side', '_Side']:
        if centroid is not None:
            return self._around(centroid, label.shape, new_size)
        crop = self._anywhere(label.shape, new_size)
        if self.cat_max_ratio < 1:
            for _ in range(10):
                if self._is_varied(_crop_label(label, *crop)):
                    break
                crop = self._anywhere(label.shape, new_size)
        return crop

    def _anywhere(self, old_size: tuple[int, int], new_size: tuple[int, int]) -> list['_Side']:
        return [
            _Side(old, new, np.random.randint(0, max(new - size, 0) + 1), size)
            for old, new, size in zip(old_size, new_size, self.crop_size, strict=True)
        ]

    def _around(
        self, centroid: Sequence[int], old_size: tuple[int, int], new_size: tuple[int, int]
    ) -> list['_Side']:
        sides = []
        for at, old, new, size in zip(centroid, old_size, new_size, self.crop_size, strict=True):
            scaled = int(at * new / old)
            start = np.random.randint(scaled - size + 1, scaled + 1)
            sides.append(_Side(old, new, min(max(start, 0), max(new - size, 0)), size))
        return sides

    def _is_varied(self, label: np.ndarray) -> bool:
        counts = np.bincount(label.ravel(), minlength=256)
        counts[IGNORE_INDEX] = 0
        return counts.any() and counts.max() / counts.sum() < self.cat_max_ratio

    def transform(self, results: dict) -> dict:
        """Scale and crop ``results['img']`` and ``results['gt_seg_map']``.

        Args:
            results: Sample with ``img``, shape (H, W) or (H, W, C), and ``gt_seg_map``, shape
                (H, W).

        Returns:
            The same dict.
        """
        image, label = results['img'], results['gt_seg_map']
        height, width = image.shape[:2]
        scale = self._draw_scale()
        new_width, new_height = mmcv.rescale_size((width, height), scale)
        crop = self._draw_crop(label, (new_height, new_width), results.pop('centroid', None))
        results['img'] = _crop_image(image, *crop)
        results['gt_seg_map'] = _crop_label(label, *crop)
        results['img_shape'] = results['img'].shape[:2]
        results['scale'] = scale
        results['scale_factor'] = (new_width / width, new_height / height)
        results['keep_ratio'] = True
        return results

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(scale={self.scale}, crop_size={self.crop_size}, '
            f'ratio_range={self.ratio_range}, cat_max_ratio={self.cat_max_ratio})'
        )


@dataclass(frozen=True)
class _Side:
    """One side of an image: ``old`` pixels scaled to ``new``, from ``start`` ``size`` are kept."""

    old: int
    new: int
    start: int
    size: int

    @property
    def stop(self) -> int:
        return min(self.start + self.size, self.new)

    def nearest(self) -> np.ndarray:
        """Give the old pixel of every kept one, by the arithmetic of ``cv2.INTER_NEAREST``."""
        step = 1 / (self.new / self.old)
        indices = np.floor(np.arange(self.start, self.stop) * step).astype(np.intp)
        return np.minimum(indices, self.old - 1)

    def window(self) -> tuple[int, int, slice]:
        """Find the smallest stretch around the kept pixels that begins and ends on both grids.

        Resizing that stretch alone gives what resizing everything gives. The two ends of the side
        are on both grids, so there is one. It reaches at least one old pixel beyond the kept ones,
        which interpolation needs.

        Returns:
            Where the stretch begins and ends in new pixels, and the old pixels it covers.
        """
        margin = ceil(self.new / self.old)
        edges = np.arange(self.new + 1) * (self.old / self.new)
        common = np.flatnonzero(np.abs(edges - np.rint(edges)) <= _TOLERANCE)
        before = np.searchsorted(common, max(self.start - margin, 0), side='right') - 1
        after = np.searchsorted(common, min(self.stop + margin, self.new))
        begin, end = int(common[before]), int(common[after])
        return begin, end, slice(round(edges[begin]), round(edges[end]))


def _crop_image(image: np.ndarray, rows: _Side, columns: _Side) -> np.ndarray:
    """Scale bilinearly, as ``cv2.resize`` does by default, and crop."""
    top, bottom, old_rows = rows.window()
    left, right, old_columns = columns.window()
    scaled = cv2.resize(image[old_rows, old_columns], (right - left, bottom - top))
    return scaled[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]


def _crop_label(label: np.ndarray, rows: _Side, columns: _Side) -> np.ndarray:
    """Scale by nearest neighbours and crop."""
    return label.take(rows.nearest(), axis=0).take(columns.nearest(), axis=1)


def _pair(name: str, value: float | Sequence[float]) -> tuple:
    """Check one or two positive numbers and give two."""
    pair = tuple(value) if isinstance(value, Sequence) else (value, value)
    if len(pair) != 2 or min(pair) <= 0:
        raise ValueError(f'{name} must be positive, two numbers at most, got {value}')
    return pair
