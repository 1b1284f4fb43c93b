"""Bring an image and its label to the size at which a protocol compares them."""

import mmcv
import numpy as np
from mmcv.transforms import BaseTransform
from mmseg.registry import TRANSFORMS

from cnsn_seg.datasets.label_spaces import IGNORE_INDEX
from cnsn_seg.datasets.protocols import View, protocol_of


@TRANSFORMS.register_module()
class ProtocolView(BaseTransform):
    """Resize and cut a sample as the protocol of its data set says, for evaluation.

    Belongs between :class:`LoadTrainIds` and :class:`PackDomainInputs` in a test pipeline.

    Required keys: ``img``, ``gt_seg_map``, ``protocol``, ``data_set``. Modified keys: ``img``,
    ``gt_seg_map``, ``img_shape``, and ``ori_shape``, the size of the label, at which MMSeg
    returns predictions.

    Raises:
        ValueError: If the protocol does not have the data set.
    """

    def transform(self, results: dict) -> dict:
        """Apply the view.

        Args:
            results: Sample with ``img`` of shape (H, W, 3) and ``gt_seg_map`` of shape (H, W).

        Returns:
            The same dict.
        """
        view = protocol_of(results['protocol']).view(results['data_set'])
        image, label = _framed(results['img'], results['gt_seg_map'], view)
        results['ori_shape'] = label.shape
        if view.input_size:
            image = mmcv.imrescale(image, view.input_size)
        results.update(img=image, gt_seg_map=label, img_shape=image.shape[:2])
        return results


def _framed(image: np.ndarray, label: np.ndarray, view: View) -> tuple[np.ndarray, np.ndarray]:
    """Change image and label alike."""
    size = _framed_size(label.shape, view)
    if size != label.shape:
        size = size[::-1]
        image = mmcv.imresize(image, size, interpolation='bicubic', backend='pillow')
        label = mmcv.imresize(label, size, interpolation='nearest', backend='pillow')
    if view.window:
        image = _centre(image, view.window, 0)
        label = _centre(label, view.window, IGNORE_INDEX)
    return image, label


def _framed_size(size: tuple[int, int], view: View) -> tuple[int, int]:
    height, width = size
    if view.scale:
        return int(height * view.scale), int(width * view.scale)
    if view.height:
        return view.height, int(width / height * view.height)
    return size


def _centre(pixels: np.ndarray, window: tuple[int, int], fill: int) -> np.ndarray:
    """Cut the centre out; where the window is larger, put the pixels in its centre."""
    out = np.full((*window, *pixels.shape[2:]), fill, dtype=pixels.dtype)
    source, target = zip(*map(_overlap, pixels.shape, window), strict=True)
    out[target] = pixels[source]
    return out


def _overlap(length: int, window: int) -> tuple[slice, slice]:
    """Where a centred window and a line of pixels overlap, in the pixels and in the window."""
    start = round((length - window) / 2)
    common = min(length, window)
    return slice(max(start, 0), max(start, 0) + common), slice(
        max(-start, 0), max(-start, 0) + common
    )
