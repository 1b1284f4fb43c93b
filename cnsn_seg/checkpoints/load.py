"""Read checkpoint files, which may come from anybody, without running code from them."""

import os
import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from pickle import UnpicklingError
from typing import Any
from unittest.mock import patch

import torch
from mmengine.runner import CheckpointLoader
from torch import Tensor

_CONTAINERS = ('state_dict', 'model')
"""Keys under which training scripts put the state dict of a network."""


def load(path: str | Path, map_location: Any = 'cpu') -> Mapping[str, Any]:
    """Read a checkpoint of tensors and the plain values that trainings note beside them.

    Args:
        path: The file.
        map_location: Where tensors go, as for ``torch.load``. Defaults to the CPU.

    Returns:
        Its content, a mapping.

    Raises:
        OSError: If there is no such file, or it cannot be opened.
        ValueError: If it is damaged, something else, or holds code; the message names it.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f"there is no checkpoint '{path}'")
    _check_bits(path)
    with path.open('rb') as file:
        try:
            content = torch.load(file, map_location=map_location, weights_only=True)
        except UnpicklingError as error:
            raise ValueError(f"'{path}' is no checkpoint{_suspicious_part(error)}") from error
        except Exception as error:  # whatever reading stumbles over, an OSError included
            raise ValueError(f"'{path}' is no checkpoint, or damaged: it cannot be read") from error
    if not isinstance(content, Mapping):
        raise ValueError(f"'{path}' is no checkpoint: it holds a {type(content).__name__}")
    return content


def state_dict_of(content: Any) -> dict[str, Tensor]:
    """Find the weights in what :func:`load` returned, and name them as the bare model does.

    Raises:
        ValueError: If there are none.
    """
    for key in _CONTAINERS:
        if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
            content = content[key]
    if (
        not isinstance(content, Mapping)
        or not content
        or not all(isinstance(value, Tensor) for value in content.values())
    ):
        raise ValueError('the checkpoint holds no state dict: expected tensors by name')
    return {str(name).removeprefix('module.'): value for name, value in content.items()}


@contextmanager
def weights_only() -> Iterator[None]:
    """Hold MMEngine to :func:`load`, and whatever else loads a file with PyTorch to weights.

    Onedl-MMEngine and downloads would run code from a checkpoint otherwise.
    """
    forced = patch.dict(os.environ, TORCH_FORCE_WEIGHTS_ONLY_LOAD='1')
    local = patch.dict(CheckpointLoader._schemes, {'': load})
    with forced, local:
        yield


def _check_bits(path: Path) -> None:
    """Compare the checksums of a file in PyTorch's zip format, which PyTorch does not look at."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        try:
            damaged = archive.testzip()
        except Exception as error:  # an OSError while reading, or what a damaged header causes
            raise ValueError(f"'{path}' is damaged: {error}") from error
    if damaged:
        raise ValueError(f"'{path}' is damaged: '{damaged}' in it has another checksum")


def _suspicious_part(error: UnpicklingError) -> str:
    """Say what PyTorch refused, where its message does."""
    if found := re.search(r'GLOBAL (\S+)|(getattr\(.*?\)) is not allowed', str(error)):
        return f' of weights alone: it refers to {found[1] or found[2]}, which could run code'
    return ', or damaged: it cannot be read'
