"""Pack a sample for the model, with its domain."""

from mmseg.datasets.transforms import PackSegInputs
from mmseg.registry import TRANSFORMS

_ORIGIN = ('domain', 'sample_name', 'img_sha256', 'seg_map_sha256')


@TRANSFORMS.register_module()
class PackDomainInputs(PackSegInputs):
    """MMSeg's ``PackSegInputs`` whose data samples also say where they come from.

    Beyond MMSeg's, the metadata are ``domain``, ``sample_name`` and, in test mode, the digests
    ``img_sha256`` and ``seg_map_sha256``.

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
        return super().transform(results)
