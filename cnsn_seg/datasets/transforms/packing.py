"""Pack a sample for the model, with its domain."""

from mmseg.datasets.transforms import PackSegInputs
from mmseg.registry import TRANSFORMS


@TRANSFORMS.register_module()
class PackDomainInputs(PackSegInputs):
    """MMSeg's ``PackSegInputs`` whose data samples also carry ``domain``.

    Args:
        **kwargs: Passed to ``PackSegInputs``.
    """

    def __init__(self, **kwargs) -> None:
        super().__init__(**kwargs)
        self.meta_keys = tuple(dict.fromkeys((*self.meta_keys, 'domain')))
