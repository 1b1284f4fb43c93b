"""Checkpoints of the miniature's networks that were never trained but predict something."""

import warnings
from pathlib import Path

import torch
from mmengine.registry import DefaultScope
from mmseg.registry import MODELS

from cnsn_seg.engine import load_config

ROOT = Path(__file__).parents[1]


def config_file(method: str = '') -> Path:
    """The miniature's config of a method, '' for the baseline."""
    infix = f'_{method}' if method else ''
    name = f'deeplabv3plus_r18w32-d16{infix}_1xb8-700_miniature-128x256.py'
    return ROOT / 'configs/miniature' / name


def save_checkpoint(path: Path, method: str = '', seed: int = 0, **meta) -> Path:
    """Save random weights under settled batch statistics, with what MMEngine would note."""
    cfg = load_config(config_file(method))
    torch.manual_seed(seed)
    with DefaultScope.overwrite_default_scope('mmseg'):
        model = MODELS.build(cfg.model)
    for parameter in model.parameters():
        if parameter.ndim > 1:
            torch.nn.init.kaiming_normal_(parameter)
    model.train()
    with warnings.catch_warnings():
        warnings.filterwarnings('ignore', message='CrossNorm has no prob')
        for _ in range(30):
            model.decode_head(model.backbone(torch.randn(2, 3, 64, 128)))
    meta = (
        dict(
            cfg=cfg.pretty_text,
            seed=seed,
            iter=7,
            experiment_name=f'{config_file(method).stem}_20260101_000000',
        )
        | meta
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(dict(meta=meta, state_dict=model.state_dict()), path)
    return path
