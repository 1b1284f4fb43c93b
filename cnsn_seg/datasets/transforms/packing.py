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
    """

    def __init__(self, **kwargs) -> None:
        super().__init__(**kwargs)
        self.meta_keys = tuple(dict.fromkeys((*self.meta_keys, *_ORIGIN)))
