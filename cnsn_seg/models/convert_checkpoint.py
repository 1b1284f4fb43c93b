"""Convert the authors' ImageNet checkpoints of ResNet with SelfNorm."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from cnsn_seg.atomic_write import atomic_write
from cnsn_seg.checkpoints import differences, load, state_dict_of

from .resnet import CNSNResNet


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
        state = convert(load(source), depth)
    except ValueError as error:
        raise ValueError(f'{source}: {error}') from error
    target.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(target, durable=True) as temporary, temporary.open('wb') as file:
        torch.save(state, file)
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
        for name, value in state_dict_of(checkpoint).items()
        if not name.startswith('fc.')
    }
    with torch.device('meta'):
        wanted = CNSNResNet(depth=depth, cnsn=dict(sn_pos='residual')).state_dict()
    if misfit := '; '.join(differences(_shapes(state), _shapes(wanted))):
        raise ValueError(f'the checkpoint holds no ResNet-{depth} with SelfNorm: {misfit}')
    return state


def _shapes(state: Mapping[str, Tensor]) -> dict[str, torch.Size]:
    return {name: value.shape for name, value in state.items()}
