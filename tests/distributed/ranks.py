"""Run a function on several ranks over gloo."""

import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.multiprocessing


def on_ranks(function: Callable[..., Any], ranks: int, folder: Path, *args: Any) -> list[Any]:
    """Call ``function(*args)`` in a process group and give what it returns on every rank."""
    torch.multiprocessing.start_processes(
        _call, (ranks, folder, function, args), nprocs=ranks, start_method='fork'
    )
    return [torch.load(folder / f'rank_{rank}.pt', weights_only=False) for rank in range(ranks)]


def _call(rank: int, ranks: int, folder: Path, function: Callable[..., Any], args: tuple) -> None:
    torch.set_num_threads(1)
    warnings.simplefilter('ignore')
    os.environ.update(RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE=str(ranks))
    torch.distributed.init_process_group(
        'gloo', init_method=f'file://{folder}/store', rank=rank, world_size=ranks
    )
    torch.save(function(*args), folder / f'rank_{rank}.pt')
    torch.distributed.destroy_process_group()
