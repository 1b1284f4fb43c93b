"""Find the data sets inside a config."""

from collections.abc import Iterator
from typing import Any

from mmseg.registry import DATASETS

from .domain_dataset import DomainDataset


def domain_parts(dataset: Any) -> Iterator[Any]:
    """Yield the configs of all :class:`DomainDataset` in a data set's config.

    Args:
        dataset: Config of a data set, of a wrapper (``dataset``) or a concatenation
            (``datasets``).

    Yields:
        The very configs, so that changing them changes ``dataset``.
    """
    kind = DATASETS.get(dataset.get('type', ''))
    if isinstance(kind, type) and issubclass(kind, DomainDataset):
        yield dataset
    inner = dataset.get('datasets') or [dataset.get('dataset')]
    for part in inner:
        if part is not None:
            yield from domain_parts(part)


def domain_of(part: Any) -> str:
    """Say under which domain a :class:`DomainDataset` with this config reports."""
    return part.get('domain') or DATASETS.get(part['type']).domain.format_map(part)
