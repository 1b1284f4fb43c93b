"""The data sets that can be checked, and where the user keeps them."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import cnsn_seg.datasets as datasets
from cnsn_seg.datasets.acdc import CONDITIONS


@dataclass(frozen=True)
class Source:
    """One domain: a data set, or a part of one.

    Args:
        dataset: Its class.
        arguments: What the class needs besides root, split and protocol. Defaults to nothing.
    """

    dataset: type[datasets.DomainDataset]
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def splits(self) -> list[str]:
        """Every split that it has, in the order in which its layouts name them."""
        names = (split for layout in self.dataset.layouts for split in layout.splits)
        return list(dict.fromkeys(names))

    def build(self, root: str, split: str, protocol: str, **kwargs) -> datasets.DomainDataset:
        """Build the data set of one split, without a pipeline."""
        return self.dataset(
            data_root=root, split=split, protocol=protocol, **self.arguments, **kwargs
        )


SOURCES: dict[str, tuple[Source, ...]] = {
    dataset.data_set: (Source(dataset),)
    for dataset in (
        datasets.GTA5Domain,
        datasets.SYNTHIADomain,
        datasets.CityscapesDomain,
        datasets.BDD100KDomain,
        datasets.MapillaryDomain,
        datasets.DarkZurichDomain,
        datasets.NighttimeDrivingDomain,
        datasets.IDDDomain,
    )
} | {
    datasets.ACDCDomain.data_set: tuple(
        Source(datasets.ACDCDomain, {'condition': condition}) for condition in CONDITIONS
    )
}
"""Name of a data set to its domains."""


def parse_roots(arguments: Sequence[str], default: str = 'data') -> dict[str, str]:
    """Read ``NAME=PATH`` arguments.

    Args:
        arguments: What the user wrote; nothing means every data set in the default folder.
        default: Folder with one folder a data set. Defaults to ``'data'``.

    Returns:
        Name of a data set to its root.

    Raises:
        ValueError: If an argument has another form, names an unknown data set, or names one again.
        FileNotFoundError: If nothing is asked for and nothing is there.
    """
    if not arguments:
        return _present(default)
    roots: dict[str, str] = {}
    for argument in arguments:
        name, equals, path = argument.partition('=')
        if not equals or not path:
            raise ValueError(f"'{argument}' is not NAME=PATH, such as cityscapes=data/cityscapes")
        if name not in SOURCES:
            raise ValueError(f"there is no data set '{name}', only {', '.join(SOURCES)}")
        if name in roots:
            raise ValueError(f"'{name}' is given twice: check one, then the other with --out")
        roots[name] = path
    return roots


def _present(folder: str) -> dict[str, str]:
    paths = {name: os.path.join(folder, name) for name in SOURCES}
    present = {name: path for name, path in paths.items() if os.path.lexists(path)}
    if not present:
        raise FileNotFoundError(
            f'there is none of {", ".join(paths.values())}: data/README.md says how to lay the '
            'data out; NAME=PATH checks a data set that lies elsewhere'
        )
    return present
