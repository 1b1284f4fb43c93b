"""Look into data sets that hold others."""

from collections.abc import Iterator

from torch.utils.data import Dataset


def leaves(dataset: Dataset) -> Iterator[Dataset]:
    """Yield the data sets inside wrappers (``dataset``) and concatenations (``datasets``)."""
    inner = getattr(dataset, 'datasets', None) or [getattr(dataset, 'dataset', None)]
    parts = [part for part in inner if part is not None]
    if not parts:
        yield dataset
    for part in parts:
        yield from leaves(part)
