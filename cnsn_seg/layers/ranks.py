"""The batch that the ranks of a distributed training have together."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, distributed
from torch.autograd.function import once_differentiable


def rank_and_ranks() -> tuple[int, int]:
    """This process's rank and how many there are: (0, 1) without a process group."""
    if distributed.is_available() and distributed.is_initialized():
        return distributed.get_rank(), distributed.get_world_size()
    return 0, 1


def sum_over_ranks(x: Tensor) -> Tensor:
    """Add up the tensors of all ranks, of one shape and dtype, with gradients to all of them.

    Every rank has to call it, and to call it backward, in the same order.
    """
    return x if rank_and_ranks()[1] == 1 else _SumOverRanks.apply(x)


@dataclass(frozen=True)
class GlobalBatch:
    """The samples of all ranks: the first of every rank, then the second of every rank, and so on.

    In this order MMEngine's samplers deal out to the ranks what one process would have in a batch.

    Args:
        own: Places of this rank's samples, shape (N,), int64, on the CPU.
        samples: How many samples there are.
    """

    own: Tensor
    samples: int

    def gather(self, statistics: Tensor) -> Tensor:
        """Gather what every rank has of its own samples, with gradients.

        Args:
            statistics: Shape (K, N, C), N being this rank's number of samples.

        Returns:
            Shape (K, ``samples``, C), the same on every rank.
        """
        others = statistics.new_zeros(len(statistics), self.samples, statistics.shape[2])
        return sum_over_ranks(others.index_copy(1, self.own.to(statistics.device), statistics))


def meet(seed: int, samples: int, device: torch.device) -> tuple[int, GlobalBatch]:
    """Agree on a seed and on the places of all ranks' samples.

    Args:
        seed: This rank's proposal, an int64.
        samples: This rank's number of samples, which may differ from other ranks'.
        device: Where the process group's backend exchanges tensors.

    Returns:
        The seed of rank 0, and the global batch.
    """
    rank, ranks = rank_and_ranks()
    notes = torch.zeros(ranks, 2, dtype=torch.int64)
    notes[rank] = torch.tensor([seed, samples])
    notes = notes.to(device)
    distributed.all_reduce(notes)
    seeds, counts = notes.T.tolist()
    order = sorted((turn, other) for other in range(ranks) for turn in range(counts[other]))
    own = [place for place, (_, other) in enumerate(order) if other == rank]
    return seeds[0], GlobalBatch(torch.tensor(own, dtype=torch.int64), len(order))


class _SumOverRanks(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        total = x.clone(memory_format=torch.contiguous_format)
        distributed.all_reduce(total)
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        return _SumOverRanks.apply(grad)
