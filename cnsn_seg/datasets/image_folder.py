"""Images without labels."""

import os.path as osp
from collections.abc import Sequence

from mmseg.datasets import BaseSegDataset
from mmseg.registry import DATASETS

from .domain_dataset import DomainDataset
from .folders import list_names

SUFFIXES = ('.png', '.jpg', '.jpeg', '.bmp', '.tif', '.tiff', '.webp')


@DATASETS.register_module()
class ImageFolder(BaseSegDataset):
    """All images in a folder and the folders in it, to be predicted.

    Args:
        folder: The folder.
        domain: Name under which it is reported.
        pipeline: Test pipeline that loads no label.

    Raises:
        FileNotFoundError: If there is no image.
        ValueError: If two images differ in nothing but the suffix.
    """

    METAINFO = DomainDataset.METAINFO

    def __init__(self, folder: str, domain: str, pipeline: Sequence[dict]) -> None:
        self.domain = domain
        super().__init__(
            data_prefix=dict(img_path=folder, seg_map_path=None), pipeline=pipeline, test_mode=True
        )

    def load_data_list(self) -> list[dict]:
        """List the images, sorted by name, as :class:`DomainDataset` does."""
        folder = self.data_prefix['img_path']
        suffixes = (*SUFFIXES, *(suffix.upper() for suffix in SUFFIXES))
        names = list_names(folder, suffixes, self.backend_args)
        if not names:
            raise FileNotFoundError(
                f"'{folder}' holds no image, that is, no file {', '.join(SUFFIXES)}"
            )
        return [
            {
                'sample_name': name,
                'img_path': osp.join(folder, name + suffix),
                'domain': self.domain,
                'test_mode': True,
                'reduce_zero_label': False,
                'seg_fields': [],
            }
            for name, suffix in names.items()
        ]
