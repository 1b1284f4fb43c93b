"""Where a release of a data set keeps its files."""

import os.path as osp
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Place:
    """Where the images and labels of one split are.

    Args:
        images: Folder of the images.
        labels: Folder of the labels.
        image_suffixes: What may follow a sample's name in an image's file name.
        label_suffix: What follows a sample's name in a label's file name.
        label_space: Key into ``LABEL_SPACES``: what the label files hold.
    """

    images: str
    labels: str
    image_suffixes: tuple[str, ...]
    label_suffix: str
    label_space: str


class Layout:
    """Folders, file names and labels of one release of a data set.

    Paths are relative to the data set's root. ``*`` stands for a sample's name, which is the same
    in image and label and may contain folders; ``{split}`` stands for the folder of a split.

    Args:
        images: Path of an image, such as ``'images/10k/{split}/*.jpg'``.
        labels: Path of a label.
        label_space: Key into ``LABEL_SPACES``: what the label files hold.
        splits: Split name to the folder that stands for ``{split}``.
        other_suffixes: Further endings of an image, where a data set mixes file types.
        on_request: Whether it is read only where its label space is asked for.
    """

    def __init__(
        self,
        images: str,
        labels: str,
        label_space: str,
        splits: Mapping[str, str],
        other_suffixes: tuple[str, ...] = (),
        on_request: bool = False,
    ) -> None:
        self._images, _, suffix = images.partition('*')
        self._labels, _, self.label_suffix = labels.partition('*')
        self.image_suffixes = (suffix, *other_suffixes)
        self.label_space = label_space
        self.splits = MappingProxyType(dict(splits))
        self.on_request = on_request

    def at(self, root: str, split: str, **variant: str) -> Place:
        """Say where a split is, given the root and the values of further placeholders."""
        names = {**variant, 'split': self.splits[split]}
        return Place(
            images=osp.join(root, posixpath.dirname(self._images.format(**names))),
            labels=osp.join(root, posixpath.dirname(self._labels.format(**names))),
            image_suffixes=self.image_suffixes,
            label_suffix=self.label_suffix,
            label_space=self.label_space,
        )


def same(*names: str) -> dict[str, str]:
    """Splits whose folders are called like them."""
    return {name: name for name in names}
