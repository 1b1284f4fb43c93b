"""The base of every data set: files as downloaded, 19 train ids, and a named domain."""

import os.path as osp
from typing import ClassVar

from mmengine import fileio
from mmengine.utils import is_abs
from mmseg.datasets import BaseSegDataset

from cnsn_seg.datasets.label_spaces import CLASSES, LABEL_SPACES, PALETTE

_HELP = 'data/README.md says where to get the data and how to lay it out'


class DomainDataset(BaseSegDataset):
    """Images of one domain with labels in one label space.

    A data set is a subclass that fills in the class attributes below. All data sets share one
    ``METAINFO``, so any of them can be joined by MMEngine's ``ConcatDataset``. Every sample
    carries ``domain`` and ``label_space``; :class:`LoadTrainIds` uses the latter to map raw ids
    to train ids while loading.

    Folders are listed once at start-up and compared, so that a missing label is an error before
    training starts. File backends that cannot list a folder (HTTP, LMDB) need ``ann_file``, and
    a file missing there is an error when it is loaded.

    Args:
        data_root: Folder of the unpacked data set.
        split: One of the subclass's ``splits``, which says where images and labels are.
        domain: Name under which this data set is reported. Defaults to the class's.
        label_space: Key into ``LABEL_SPACES``. Defaults to the class's.
        data_prefix: Folders that replace the split's, relative to ``data_root``: ``img_path``,
            ``seg_map_path`` or both. Defaults to None.
        img_suffix: End of an image's file name. Defaults to the class's.
        seg_map_suffix: End of a label's file name. Defaults to the class's.
        **kwargs: Everything else that MMSeg's ``BaseSegDataset`` takes, such as ``ann_file`` (a
            list of names without suffix), ``pipeline``, ``indices`` and ``backend_args``.

    Raises:
        FileNotFoundError: If the root, the images, the labels or some of them are missing.
        ValueError: If ``split`` or ``label_space`` is unknown, or no name can be listed.
    """

    METAINFO = {'classes': CLASSES, 'palette': [list(colour) for colour in PALETTE]}

    domain: str
    label_space: str
    img_suffix: str
    seg_map_suffix: str
    splits: ClassVar[dict[str, dict[str, str]]]
    """Split name to MMSeg's ``data_prefix``."""

    def __init__(
        self,
        data_root: str | None = None,
        split: str = 'train',
        *,
        domain: str | None = None,
        label_space: str | None = None,
        data_prefix: dict[str, str] | None = None,
        img_suffix: str | None = None,
        seg_map_suffix: str | None = None,
        **kwargs,
    ) -> None:
        name = type(self).__name__
        if split not in self.splits:
            raise ValueError(f"{name} has no split '{split}', only {sorted(self.splits)}")
        self.split = split
        self.domain = domain or self.domain
        self.label_space = label_space or self.label_space
        if self.label_space not in LABEL_SPACES:
            raise ValueError(
                f"{name} cannot use label space '{self.label_space}', only {sorted(LABEL_SPACES)}"
            )
        super().__init__(
            data_root=data_root,
            data_prefix={**self.splits[split], **(data_prefix or {})},
            img_suffix=img_suffix or self.img_suffix,
            seg_map_suffix=seg_map_suffix or self.seg_map_suffix,
            **kwargs,
        )

    def load_data_list(self) -> list[dict]:
        """List the samples.

        Returns:
            One dict a sample, in the order of ``ann_file`` or else sorted by name, with
            ``img_path``, ``seg_map_path``, ``domain``, ``label_space`` and MMSeg's own keys.
        """
        can_list = self._can_list()
        if can_list and self.data_root:
            self._require_folder(self.data_root)
        names = self.names()
        if can_list:
            names = self._check_files(names)
        elif names is None:
            raise ValueError(
                f'{type(self).__name__} needs `ann_file`, because the file backend of '
                f"'{self.data_prefix['img_path']}' cannot list a folder"
            )
        return [self._sample(name) for name in names]

    def names(self) -> list[str] | None:
        """Say which samples belong to the split.

        Returns:
            File names relative to the image folder, without suffix, or None for all there are.
        """
        if not self.ann_file:
            return None
        text = fileio.get_text(self.ann_file, backend_args=self.backend_args)
        return [line.strip() for line in text.splitlines() if line.strip()]

    def in_root(self, path: str) -> str:
        """Join a path to ``data_root``, unless it is absolute or there is no root."""
        return osp.join(self.data_root, path) if self.data_root and not is_abs(path) else path

    def _join_prefix(self) -> None:
        # MMEngine's asks the file backend to join, which those that cannot list cannot do either.
        self.data_prefix = {key: self.in_root(path) for key, path in self.data_prefix.items()}
        if self.ann_file:
            self.ann_file = self.in_root(self.ann_file)

    def _sample(self, name: str) -> dict:
        return {
            'img_path': osp.join(self.data_prefix['img_path'], name + self.img_suffix),
            'seg_map_path': osp.join(self.data_prefix['seg_map_path'], name + self.seg_map_suffix),
            'domain': self.domain,
            'label_space': self.label_space,
            'label_map': self.label_map,
            'reduce_zero_label': self.reduce_zero_label,
            'seg_fields': [],
        }

    def _can_list(self) -> bool:
        folder = self.data_prefix['img_path']
        backend = fileio.get_file_backend(folder, backend_args=self.backend_args)
        return hasattr(backend, 'list_dir_or_file')

    def _check_files(self, names: list[str] | None) -> list[str]:
        """Return ``names``, or all there are for None, if each has an image and a label."""
        folder = self.data_prefix['img_path']
        images = self._list(folder, self.img_suffix)
        if not images:
            raise FileNotFoundError(
                f"{type(self).__name__} found no image '*{self.img_suffix}' in '{folder}'; {_HELP}"
            )
        if names is None:
            names = sorted(images)
        else:
            self._require_files(names, images, 'image', folder, self.img_suffix)
        folder = self.data_prefix['seg_map_path']
        labels = self._list(folder, self.seg_map_suffix)
        self._require_files(names, labels, 'label', folder, self.seg_map_suffix)
        return names

    def _list(self, folder: str, suffix: str) -> set[str]:
        """Names of the files below ``folder`` that end with ``suffix``, without it."""
        self._require_folder(folder)
        files = fileio.list_dir_or_file(
            folder, list_dir=False, suffix=suffix, recursive=True, backend_args=self.backend_args
        )
        return {file.removesuffix(suffix) for file in files}

    def _require_folder(self, folder: str) -> None:
        if not fileio.isdir(folder, backend_args=self.backend_args):
            raise FileNotFoundError(
                f"{type(self).__name__} (split '{self.split}') has no folder '{folder}'; {_HELP}"
            )

    def _require_files(
        self, names: list[str], found: set[str], kind: str, folder: str, suffix: str
    ) -> None:
        missing = [name + suffix for name in names if name not in found]
        if missing:
            raise FileNotFoundError(
                f"{type(self).__name__} (split '{self.split}') misses {len(missing)} {kind} "
                f"file(s) in '{folder}', the first is '{missing[0]}'; {_HELP}"
            )
