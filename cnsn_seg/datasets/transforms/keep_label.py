"""Leave the label alone while the image is augmented."""

from mmcv.transforms import BaseTransform
from mmseg.registry import TRANSFORMS


@TRANSFORMS.register_module()
class KeepLabel(BaseTransform):
    """Hide the label from the transforms that follow, all but the packing.

    MMSeg's transforms change what ``seg_fields`` lists, and packing takes ``gt_seg_map`` all the
    same. For test-time augmentation, whose predictions are compared at the label's own size.

    Modified keys: ``seg_fields``.
    """

    def transform(self, results: dict) -> dict:
        """Empty ``seg_fields``."""
        results['seg_fields'] = []
        return results
