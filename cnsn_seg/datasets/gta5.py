"""GTA5, *Playing for Data* (Richter et al., ECCV 2016)."""

import io

import numpy as np
from mmengine import fileio
from mmseg.registry import DATASETS
from scipy.io import loadmat
from scipy.io.matlab import MatReadError

from .domain_dataset import DomainDataset
from .folders import can_list
from .layout import Layout, Place, same

_SPLIT_KEYS = {'train': 'trainIds', 'val': 'valIds', 'test': 'testIds'}


@DATASETS.register_module()
class GTA5Domain(DomainDataset):
    """GTA5 with the authors' split: 12403 images in 'train', 6382 in 'val', 6181 in 'test'.

    As unpacked (``images/00001.png``), the split is read from ``split.mat`` in ``data_root``;
    split 'all' takes every image (24966) and needs no such file, and ``ann_file`` replaces it by a
    list of one's own. In RobustNet's layout (``images/train/<folder>/00001.png``) the folders are
    the split. Labels may hold ids or, as some copies do, RGB colours.

    Where image and label differ by a few pixels, the image is resized to its label.

    Raises:
        FileNotFoundError: If ``split.mat`` is needed and missing.
        ValueError: If ``split.mat`` is not the authors' file.
    """

    data_set = 'gta5'
    domain = 'gta'
    layouts = (
        Layout(
            'images/{split}/*.png',
            'labels/{split}/*.png',
            'gta5',
            {'train': 'train', 'val': 'valid', 'test': 'test'},
        ),
        Layout('images/*.png', 'labels/*.png', 'gta5', same(*_SPLIT_KEYS, 'all')),
    )
    official_counts = {'train': 12403, 'val': 6382, 'test': 6181, 'all': 24966}
    size_mismatch = 'resize'

    def places(self, root: str, any_labels: bool = False) -> list[Place]:
        """Say where the split may be below a root, in the order of preference.

        Where folders cannot be listed, files are taken to lie as they were unpacked.
        """
        places = super().places(root, any_labels)
        return places if can_list(root, self.backend_args) else places[::-1]

    def names(self) -> list[str] | None:
        """Say which images belong to the split, as :meth:`DomainDataset.names` does."""
        split_by_folder = self.data_prefix['img_path'] != self.in_root('images')
        if self.ann_file or self.split == 'all' or split_by_folder:
            return super().names()
        return [f'{number:05d}' for number in self._split_numbers()]

    def _split_numbers(self) -> list[int]:
        """Numbers of the split's images in ``split.mat``, counted from 1, sorted."""
        path = self.in_root('split.mat')
        try:
            content = fileio.get(path, backend_args=self.backend_args)
        except FileNotFoundError as error:
            raise FileNotFoundError(
                f"GTA5Domain needs '{path}' for split '{self.split}': it is in read_mapping.zip on "
                "the GTA5 page (data/README.md); split='all' works without it"
            ) from error
        try:
            numbers = loadmat(io.BytesIO(content))[_SPLIT_KEYS[self.split]]
        except (KeyError, ValueError, NotImplementedError, MatReadError) as error:
            raise ValueError(
                f"'{path}' does not hold '{_SPLIT_KEYS[self.split]}', so it is not the split.mat "
                f'of read_mapping.zip on the GTA5 page'
            ) from error
        return np.sort(numbers, axis=None).astype(int).tolist()
