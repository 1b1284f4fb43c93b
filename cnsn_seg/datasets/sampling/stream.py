"""The batches of a training, from any one on, with random numbers that follow from their place."""

import random
from collections.abc import Iterator
from itertools import count, islice
from typing import Any

import numpy as np
import torch
from mmengine.dist import get_dist_info
from torch.utils.data import DataLoader, Dataset

_LOADING = (
    'num_workers', 'collate_fn', 'pin_memory', 'timeout', 'worker_init_fn',
    'multiprocessing_context', 'prefetch_factor', 'persistent_workers',
)  # fmt: skip


def batches_from(start: int, loader: DataLoader, seed: int) -> Iterator[Any]:
    """Load the batches of a data loader endlessly, as if those before ``start`` had been taken.

    Only the indices of earlier batches are drawn. What the transforms of a sample draw from
    ``random``, ``numpy.random`` and ``torch`` follows from ``seed`` and the sample's position in
    the training, counted over all ranks: not from ``start``, nor from the number of workers.

    Args:
        start: How many batches to leave out.
        loader: What to load and how. It is not iterated over itself, only its sampler is. A
            sampler that ends begins again, with ``set_epoch`` where it has that.
        seed: Non-negative, the same on every rank.

    Yields:
        What ``loader.collate_fn`` makes of each batch.

    Raises:
        ValueError: If the sampler gives no batch.
    """
    options = {name: getattr(loader, name) for name in _LOADING}
    batches = islice(_numbered_batches(loader), start, None)
    yield from DataLoader(_SeededDataset(loader.dataset, seed), batch_sampler=batches, **options)


def seed_generators(*entropy: int, stream: int) -> None:
    """Seed the global generators of ``random``, ``numpy.random`` and ``torch``, CUDA included.

    A tenth of a millisecond faster than ``torch.manual_seed``, which takes a stack trace wherever
    CUDA is not in use, as in the processes of a data loader.

    Args:
        *entropy: Non-negative numbers that tell one use from another.
        stream: Keeps uses apart whose numbers happen to agree.
    """
    sequence = np.random.SeedSequence(entropy, spawn_key=(stream,))
    for_python, for_torch, *for_numpy = sequence.generate_state(6).tolist()
    random.seed(for_python)
    np.random.seed(for_numpy)
    torch.default_generator.manual_seed(for_torch)
    if torch.cuda.is_initialized():
        torch.cuda.manual_seed_all(for_torch)


class _SeededDataset(Dataset):
    """Seeds the global generators before each sample, which is asked for as (position, index)."""

    def __init__(self, dataset: Dataset, seed: int) -> None:
        self.dataset = dataset
        self.seed = seed

    def __getitem__(self, item: tuple[int, int]) -> Any:
        position, index = item
        seed_generators(self.seed, position, stream=0)
        return self.dataset[index]


def _numbered_batches(loader: DataLoader) -> Iterator[list[tuple[int, int]]]:
    """Give the indices of every batch of this rank, each with its position over all ranks.

    MMEngine's samplers deal positions out to ranks in turn.
    """
    rank, ranks = get_dist_info()
    positions = count(rank, ranks)
    for epoch in count():
        _set_epoch(loader, epoch)
        batch = None
        for batch in loader.batch_sampler:
            yield [(next(positions), index) for index in batch]
        if batch is None:
            raise ValueError(
                f'the training set has too few samples, {len(loader.dataset)}, for one batch on '
                'each rank: lower train_dataloader.batch_size, or leave drop_last out'
            )


def _set_epoch(loader: DataLoader, epoch: int) -> None:
    for sampler in (loader.sampler, getattr(loader.batch_sampler, 'sampler', None)):
        if hasattr(sampler, 'set_epoch'):
            sampler.set_epoch(epoch)
