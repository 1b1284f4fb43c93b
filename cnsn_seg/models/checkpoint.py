"""Convert the authors' ImageNet checkpoints of ResNet with SelfNorm."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from .resnet import CNSNResNet

CONTAINERS = ('state_dict', 'model')
"""Keys under which training scripts put the state dict of a network."""

_MOST_NAMES = 5


def convert_file(source: Path, target: Path, depth: int = 50) -> dict[str, Tensor]:
    """Convert a checkpoint file; ``target`` is written whole or not at all.

    Args:
        source: Checkpoint of the authors' release.
        target: Where the state dict goes, for ``init_cfg=dict(type='Pretrained', ...)``.
        depth: Depth of the ResNet. Defaults to 50.

    Returns:
        What was written.

    Raises:
        OSError: If a file cannot be read or written.
        ValueError: If ``source`` is no checkpoint of this network, or is ``target`` too.
    """
    if target.exists() and target.samefile(source):
        raise ValueError(f'{target} would overwrite the checkpoint that it is made from')
    try:
        state = convert(_load(source), depth)
    except ValueError as error:
        raise ValueError(f'{source} {error}') from error
    _save(state, target)
    return state


def convert(checkpoint: Any, depth: int = 50) -> dict[str, Tensor]:
    """Turn the authors' SN-ResNet into a state dict that `CNSNResNet` loads strictly.

    The authors' names are ours, but for a container around the state dict, the prefix of
    `torch.nn.DataParallel`, and the classifier. Names do not tell SelfNorm's position: it is
    ``'residual'`` in the authors' segmentation and ``'post'`` in their ImageNet training.

    Args:
        checkpoint: What `torch.load` returned.
        depth: Depth of the ResNet. Defaults to 50.

    Returns:
        The state dict of ``CNSNResNet(depth=depth, cnsn=dict(sn_pos=...))``.

    Raises:
        ValueError: If names or shapes are not those of this network; the message says which.
    """
    state = {
        name: value
        for key, value in _state_dict_in(checkpoint).items()
        if not (name := key.removeprefix('module.')).startswith('fc.')
    }
    with torch.device('meta'):
        wanted = CNSNResNet(depth=depth, cnsn=dict(sn_pos='residual')).state_dict()
    if misfit := '; '.join(differences(_shapes(state), _shapes(wanted))):
        raise ValueError(f'does not hold a ResNet-{depth} with SelfNorm: {misfit}')
    return state


def _state_dict_in(checkpoint: Any) -> Mapping[str, Tensor]:
    for key in CONTAINERS:
        if isinstance(checkpoint, Mapping) and isinstance(checkpoint.get(key), Mapping):
            checkpoint = checkpoint[key]
    if not isinstance(checkpoint, Mapping) or not all(
        isinstance(key, str) and isinstance(value, Tensor) for key, value in checkpoint.items()
    ):
        raise ValueError('holds no state dict: expected tensors by name')
    return checkpoint


def differences(
    shapes: Mapping[str, torch.Size], wanted: Mapping[str, torch.Size]
) -> Iterable[str]:
    """Say in what a state dict differs from another, given the shapes by name of both."""
    if missing := [name for name in wanted if name not in shapes]:
        yield f'missing {_listed(missing)}'
    if unexpected := [name for name in shapes if name not in wanted]:
        yield f'unexpected {_listed(unexpected)}'
    reshaped = [
        f'{name} {tuple(shapes[name])} instead of {tuple(wanted[name])}'
        for name in wanted
        if name in shapes and shapes[name] != wanted[name]
    ]
    if reshaped:
        yield f'of another shape {_listed(reshaped)}'


def _shapes(state: Mapping[str, Tensor]) -> dict[str, torch.Size]:
    return {name: value.shape for name, value in state.items()}


def _listed(names: list[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ', '.join(names[:_MOST_NAMES]) + (f' and {more} more' if more > 0 else '')


def _load(path: Path) -> Any:
    with path.open('rb') as file:
        try:
            return torch.load(file, map_location='cpu', weights_only=True)
        except Exception as error:  # whatever unpickling stumbles over, an OSError included
            raise ValueError(
                'is not a checkpoint of weights alone: torch.load(weights_only=True) refuses it'
            ) from error


def _save(state: dict[str, Tensor], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f'.{path.name}.{os.getpid()}')
    try:
        torch.save(state, temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
