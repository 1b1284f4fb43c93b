"""Pack a sample for the model, with its domain."""

import torch
from mmengine.structures import PixelData
from mmseg.datasets.transforms import PackSegInputs
from mmseg.registry import TRANSFORMS

from cnsn_seg.datasets.corrupt import take_passed_over

_ORIGIN = ('domain', 'sample_name', 'img_sha256', 'seg_map_sha256', 'passed_over')


@TRANSFORMS.register_module()
class PackDomainInputs(PackSegInputs):
    """MMSeg's ``PackSegInputs`` whose data samples also say where they come from.

    Beyond MMSeg's, the metadata are ``domain``, ``sample_name`` and, in test mode, the digests
    ``img_sha256`` and ``seg_map_sha256``, and ``passed_over``: what was wrong with samples in whose
    place this one came. The label stays uint8 in test mode, where no loss needs int64: an eighth
    of the memory to send from the worker.

    Args:
        **kwargs: Passed to ``PackSegInputs``.

    Raises:
        ValueError: If class-uniform sampling drew a class that no transform cropped around.
    """

    def __init__(self, **kwargs) -> None:
        super().__init__(**kwargs)
        self.meta_keys = tuple(dict.fromkeys((*self.meta_keys, *_ORIGIN)))

    def transform(self, results: dict) -> dict:
        """Pack a sample.

        Args:
            results: Sample with ``img`` and, where there is a label, ``gt_seg_map``.

        Returns:
            ``inputs`` and ``data_samples``, as ``PackSegInputs`` returns them.
        """
        if 'centroid' in results:
            raise ValueError(
                'ClassUniformDataset needs RandomScaleCrop in its pipeline, in place of '
                'RandomResize and RandomCrop: nothing else crops around the class that was drawn'
            )
        if problems := take_passed_over():
            results['passed_over'] = problems
        packed = super().transform(results)
        if results.get('test_mode') and 'gt_seg_map' in results:
            label = torch.from_numpy(results['gt_seg_map'][None])
            packed['data_samples'].gt_sem_seg = PixelData(data=label)
        return packed
