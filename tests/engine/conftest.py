"""Trainings of a few iterations with the miniature's own configs."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_checkpoint import config_file

from cnsn_seg.engine import load_config, train
from cnsn_seg.miniature import make_miniature

SHORT = {
    'train_cfg.max_iters': 2,
    'train_cfg.val_begin': 99,
    'train_dataloader.batch_size': 2,
    'train_dataloader.num_workers': 0,
    'train_dataloader.persistent_workers': False,
    'val_dataloader.num_workers': 0,
    'default_hooks.checkpoint.interval': 1,
    'default_hooks.checkpoint.max_keep_ckpts': 2,
    'log_level': 'ERROR',
}


@pytest.fixture(scope='session')
def place(tmp_path_factory):
    root = tmp_path_factory.mktemp('place')
    make_miniature(root / 'data/miniature', domains=['gta5'], train=2, val=1)
    return root


@pytest.fixture
def start(place, tmp_path, monkeypatch) -> Callable[..., Path]:
    """Train with the configs of a method as they are, but for a few iterations."""
    monkeypatch.chdir(place)

    def start(method: str = '', name: str = 'work', *, how: dict | None = None, **options) -> Path:
        options = {**SHORT, 'visualizer.name': f'{tmp_path.name} {name}', **options}
        cfg = load_config(config_file(method), work_dir=tmp_path / name, options=options)
        train(cfg, seed=1, **(how or {}))
        return tmp_path / name

    return start
