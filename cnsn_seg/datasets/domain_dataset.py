"""The base of every data set: files as downloaded, 19 train ids, and a named domain."""

import copy
import os.path as osp
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from mmengine import fileio
from mmengine.dataset import Compose
from mmengine.utils import is_abs
from mmseg.datasets import BaseSegDataset

from cnsn_seg.suggest import did_you_mean

from .folders import can_list, check_pairs, explain_missing, find_place, list_names, without
from .label_spaces import CLASSES, LABEL_SPACES, PALETTE
from .layout import Layout, Place
from .protocols import protocol_of


class DomainDataset(BaseSegDataset):
    """Images of one domain with labels in one label space.

    A data set is a subclass that fills in the class attributes below. All data sets share one
    ``METAINFO``, so any of them can be joined by MMEngine's ``ConcatDataset``. Every sample
    carries ``domain``, ``label_space`` and ``protocol``, by which the loading transforms know
    what to do.

    Of the releases that the data set has (``layouts``), the first whose folders are there is
    read. Folders are listed once at start-up and compared, so that a missing label is an error
    before training starts. File backends that cannot list a folder (HTTP, LMDB) need ``ann_file``,
    the first layout is taken, and a file missing there is an error when it is loaded.

    Args:
        data_root: Folder of the unpacked data set.
        split: One of the splits that ``layouts`` have.
        domain: Name under which this data set is reported. Defaults to the class's.
        label_space: Key into ``LABEL_SPACES``. Defaults to the protocol's, else the layout's.
        protocol: Key into ``PROTOCOLS``. Defaults to ``'full'``.
        exclude: Names of samples to leave out besides the protocol's, or a text file of them, one
            a line (``tools/check_data.py --fix`` writes one). Defaults to none.
        data_prefix: Folders that replace the layout's, relative to ``data_root``: ``img_path``,
            ``seg_map_path`` or both. Defaults to None.
        img_suffix: End of an image's file name. Defaults to the layout's.
        seg_map_suffix: End of a label's file name. Defaults to the layout's.
        **kwargs: Everything else that MMSeg's ``BaseSegDataset`` takes, such as ``ann_file`` (a
            list of names, with or without suffix), ``pipeline``, ``indices``, ``test_mode`` and
            ``backend_args``.

    Raises:
        FileNotFoundError: If the root, the images, the labels or some of them are missing.
        ValueError: If ``split``, ``label_space`` or ``protocol`` is unknown, no name can be
            listed, or one name has two images.
    """

    METAINFO = {'classes': CLASSES, 'palette': [list(colour) for colour in PALETTE]}

    data_set: ClassVar[str]
    """Name by which protocols and tools know the data set, and of its folder in ``data/``."""
    domain: str
    layouts: ClassVar[tuple[Layout, ...]]
    """All releases, the first being the one to prefer."""
    official_counts: ClassVar[Mapping[str, int]]
    """Split to number of images in the official release."""
    size_mismatch: ClassVar[str] = 'error'
    """What is done where image and label differ in size: 'error', or 'resize' the image."""
    variant: Mapping[str, str] = {}
    """Values of further placeholders in the layouts' paths."""
    skip_corrupt: bool = False
    """Whether samples whose files cannot be loaded are passed over."""
    num_excluded: int
    """Number of images that ``exclude`` leaves out, beyond those that the protocol does."""

    def __init__(
        self,
        data_root: str | None = None,
        split: str = 'train',
        *,
        domain: str | None = None,
        label_space: str | None = None,
        protocol: str = 'full',
        exclude: Sequence[str] | str = (),
        data_prefix: Mapping[str, str] | None = None,
        img_suffix: str | None = None,
        seg_map_suffix: str | None = None,
        **kwargs,
    ) -> None:
        self.protocol = protocol_of(protocol)
        self.split = self._split(split)
        self.domain = domain or self.domain.format(**self.variant)
        self.exclude = exclude
        label_space = label_space or self.protocol.label_spaces.get(self.data_set)
        if label_space and label_space not in LABEL_SPACES:
            raise ValueError(
                f"{type(self).__name__} cannot use label space '{label_space}', "
                f'only {sorted(LABEL_SPACES)}'
            )
        self.label_space = label_space
        super().__init__(
            data_root=data_root,
            data_prefix=dict(data_prefix or {}),
            img_suffix=img_suffix,
            seg_map_suffix=seg_map_suffix,
            **kwargs,
        )

    def load_data_list(self) -> list[dict]:
        """List the samples.

        Returns:
            One dict a sample, in the order of ``ann_file`` or else sorted by name, with
            ``sample_name`` (relative to the image folder, without suffix), ``img_path``,
            ``seg_map_path``, ``data_set``, ``domain``, ``label_space``, ``protocol``,
            ``size_mismatch`` and MMSeg's own keys.
        """
        listed = can_list(self.in_root(''), self.backend_args)
        place = self.find_place() if listed else self.places(self.data_root or '')[0]
        self.data_prefix = {'img_path': place.images, 'seg_map_path': place.labels}
        self.img_suffix, self.seg_map_suffix = place.image_suffixes[0], place.label_suffix
        self.label_space = place.label_space
        names, excluded = self.names(), self.excluded_names()
        self.num_excluded = self._count_excluded(place, names)
        if listed:
            suffixes = check_pairs(place, names, excluded, self._title, self.backend_args)
        elif names is None:
            raise ValueError(
                f'{self._title} needs `ann_file`, because the file backend of '
                f"'{place.images}' cannot list a folder"
            )
        else:
            suffixes = dict.fromkeys(without(names, excluded), self.img_suffix)
        return [self._sample(name, suffix) for name, suffix in suffixes.items()]

    def get_data_info(self, idx: int) -> dict:
        """Look a sample up, under the name that the data set has now."""
        info = {**super().get_data_info(idx), 'domain': self.domain}
        return {**info, 'skip_corrupt': True} if self.skip_corrupt else info

    def reported_as(self, domain: str, pipeline: Sequence[dict]) -> 'DomainDataset':
        """Return the same samples under another domain and pipeline, without listing them again."""
        other = copy.copy(self)
        other.domain, other.pipeline = domain, Compose(pipeline)
        return other

    def names(self) -> list[str] | None:
        """Say which samples belong to the split.

        Returns:
            File names relative to the image folder, without suffix, or None for all there are.
        """
        if not self.ann_file:
            return None
        lines = _lines(self.ann_file, self.backend_args)
        return [line.removesuffix(self.img_suffix) for line in lines]

    def in_root(self, path: str) -> str:
        """Join a path to ``data_root``, unless it is absolute or there is no root."""
        return osp.join(self.data_root, path) if self.data_root and not is_abs(path) else path

    def find_place(self) -> Place:
        """Find the folders of the split.

        Raises:
            FileNotFoundError: If no release is there, with what is wrong.
        """
        places = self.places(self.data_root or '')
        place = find_place(places, self.backend_args)
        if place is None:
            reason = explain_missing(
                self.data_root or '',
                places_at=self.places,
                all_places=self.places(self.data_root or '', any_labels=True),
                owner=self._title,
                backend=self.backend_args,
            )
            raise FileNotFoundError(reason)
        return place

    def places(self, root: str, any_labels: bool = False) -> list[Place]:
        """Say where the split may be below a root, in the order of preference."""
        layouts = [layout for layout in self.layouts if self.split in layout.splits]
        fitting = layouts if any_labels else list(filter(self._fits, layouts))
        return [
            self._adapted(layout.at(root, self.split, **self.variant))
            for layout in fitting or layouts
        ]

    def excluded_names(self) -> set[str]:
        """Names that the protocol and ``exclude`` leave out, in full or without folders."""
        mine = _lines(self.exclude) if isinstance(self.exclude, str) else self.exclude
        return {*mine, *self.protocol.exclude.get(self.data_set, ())}

    def _count_excluded(self, place: Place, names: list[str] | None) -> int:
        excluded = self.protocol.exclude.get(self.data_set, ())
        mine = self.excluded_names().difference(excluded)
        if not mine:
            return 0
        if names is None:
            names = list_names(place.images, place.image_suffixes, self.backend_args)
        kept = without(names, excluded)
        return len(kept) - len(without(kept, mine))

    @property
    def _title(self) -> str:
        return f"{type(self).__name__} (split '{self.split}')"

    def _split(self, split: str) -> str:
        """Check a split's name and let the protocol say what ``'train'`` stands for."""
        known = sorted({name for layout in self.layouts for name in layout.splits})
        if split not in known:
            raise ValueError(
                f"{type(self).__name__} has no split '{split}', only {known}"
                + did_you_mean(split, known)
            )
        if split == 'train':
            return self.protocol.train_splits.get(self.data_set, split)
        return split

    def _fits(self, layout: Layout) -> bool:
        """Whether a layout's labels hold the ids that are wanted."""
        if self.label_space is None:
            return not layout.on_request
        return LABEL_SPACES[self.label_space].ids == LABEL_SPACES[layout.label_space].ids

    def _adapted(self, place: Place) -> Place:
        """Apply what the caller asked for instead of the layout."""
        return replace(
            place,
            images=self.data_prefix.get('img_path', place.images),
            labels=self.data_prefix.get('seg_map_path', place.labels),
            image_suffixes=(self.img_suffix,) if self.img_suffix else place.image_suffixes,
            label_suffix=self.seg_map_suffix or place.label_suffix,
            label_space=self.label_space or place.label_space,
        )

    def _join_prefix(self) -> None:
        # MMEngine's asks the file backend to join, which those that cannot list cannot do either.
        self.data_prefix = {key: self.in_root(path) for key, path in self.data_prefix.items()}
        if self.ann_file:
            self.ann_file = self.in_root(self.ann_file)

    def _sample(self, name: str, suffix: str) -> dict:
        return {
            'sample_name': name,
            'img_path': osp.join(self.data_prefix['img_path'], name + suffix),
            'seg_map_path': osp.join(self.data_prefix['seg_map_path'], name + self.seg_map_suffix),
            'data_set': self.data_set,
            'domain': self.domain,
            'label_space': self.label_space,
            'protocol': self.protocol.name,
            'size_mismatch': self._size_mismatch(),
            'test_mode': self.test_mode,
            'label_map': self.label_map,
            'reduce_zero_label': self.reduce_zero_label,
            'seg_fields': [],
        }

    def _size_mismatch(self) -> str:
        skip = self.data_set in self.protocol.skip_mismatched and not self.test_mode
        return 'skip' if skip else self.size_mismatch


def _lines(path: str, backend_args: dict | None = None) -> list[str]:
    text = fileio.get_text(path, backend_args=backend_args)
    return [line.strip() for line in text.splitlines() if line.strip()]
