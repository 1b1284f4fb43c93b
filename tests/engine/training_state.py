"""What two trainings have to share to be the same one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

_PARTS = ('state_dict', 'ema_state_dict', 'optimizer', 'param_schedulers')


def state(work_dir: Path, iteration: int) -> dict[str, Any]:
    """Everything that a checkpoint keeps of a training, all losses and the best score."""
    checkpoint = torch.load(work_dir / f'iter_{iteration}.pth', weights_only=True)
    messages = checkpoint['message_hub']
    losses = messages['log_scalars']['train/loss'].data[0]
    kept = {
        **{part: checkpoint[part] for part in _PARTS if part in checkpoint},
        'losses': losses.tolist(),
        'best_score': messages['runtime_info'].get('best_score'),
    }
    return dict(_leaves(kept))


def _leaves(part: Any, name: str = '') -> Iterator[tuple[str, Any]]:
    """Yield every value in nested containers with its place."""
    if isinstance(part, dict | list | tuple):
        for key, value in part.items() if isinstance(part, dict) else enumerate(part):
            yield from _leaves(value, f'{name}.{key}')
    else:
        yield name, part.tolist() if isinstance(part, torch.Tensor) else part
