"""GTA5, *Playing for Data* (Richter et al., ECCV 2016)."""

import io

import numpy as np
from mmengine import fileio
from mmseg.registry import DATASETS
from scipy.io import loadmat
from scipy.io.matlab import MatReadError

from cnsn_seg.datasets.domain_dataset import DomainDataset

_SPLIT_KEYS = {'train': 'trainIds', 'val': 'valIds', 'test': 'testIds'}


@DATASETS.register_module()
class GTA5Domain(DomainDataset):
    """GTA5 with the authors' split: 12403 images in 'train', 6382 in 'val', 6181 in 'test'.

    The split is read from ``split.mat`` in ``data_root``; split 'all' takes every image (24966)
    and needs no such file, and ``ann_file`` replaces it by a list of one's own.

    Raises:
        FileNotFoundError: If ``split.mat`` is needed and missing.
        ValueError: If ``split.mat`` is not the authors' file.
    """

    domain = 'gta'
    label_space = 'gta5'
    img_suffix = '.png'
    seg_map_suffix = '.png'
    splits = {
        split: {'img_path': 'images', 'seg_map_path': 'labels'} for split in (*_SPLIT_KEYS, 'all')
    }

    def names(self) -> list[str] | None:
        """Say which images belong to the split, as :meth:`DomainDataset.names` does."""
        if self.ann_file or self.split == 'all':
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
