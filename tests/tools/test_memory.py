"""Days of work take no more memory than the first minutes."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from process_tree import resident_bytes
from tiny_checkpoint import ROOT, config_file, save_checkpoint

from cnsn_seg.miniature import make_miniature

MARK = 'CNSN_SEG_MEMORY'
GROWTH = 0.02
"""Share of the memory that may come on top in the last three quarters of the time.

2,000 iterations or images that each left 10 kB behind would be 20 MB, more than 2 % of what the
processes take together.
"""


def memory_while_running(place: Path, tool: str, *args: str) -> np.ndarray:
    """Run a tool, and read the memory of all its processes twice a second, in bytes."""
    process = subprocess.Popen(
        [sys.executable, ROOT / 'tools' / tool, config_file('cnsn'), *args],
        cwd=place,
        env={**os.environ, 'OMP_NUM_THREADS': '1', MARK: tool},
        stdout=subprocess.DEVNULL,
        stderr=(place / 'error').open('w'),
    )
    found = []
    while process.poll() is None:
        found.append(resident_bytes(f'{MARK}={tool}'))
        time.sleep(0.5)
    assert process.returncode == 0, (place / 'error').read_text()[-2000:]
    return np.array(found)


def growth(memory: np.ndarray) -> float:
    """Share by which a line through the last three quarters rises, the end left out."""
    steady = memory[len(memory) // 4 : -4]
    slope, _ = np.polyfit(np.arange(len(steady)), steady, 1)
    return slope * len(steady) / np.median(steady)


@pytest.mark.slow
def test_training(tmp_path):
    make_miniature(tmp_path / 'data/miniature', domains=['gta5'], train=8, val=2)
    options = [
        'train_cfg.max_iters=2000',
        'train_cfg.val_interval=500',
        'train_dataloader.batch_size=2',
        'train_dataloader.num_workers=1',
        'train_dataloader.dataset.pipeline.2.crop_size=(64,64)',
        'model.data_preprocessor.size=(64,64)',
        'default_hooks.checkpoint.interval=250',
    ]
    memory = memory_while_running(tmp_path, 'train.py', '--cfg-options', *options)
    assert growth(memory) < GROWTH, memory[:: len(memory) // 20]


@pytest.mark.slow
def test_evaluation(tmp_path):
    make_miniature(tmp_path / 'data/miniature', domains=['gta5'], train=1, val=2000)
    save_checkpoint(tmp_path / 'x.pth', 'cnsn')
    memory = memory_while_running(tmp_path, 'test.py', 'x.pth', '--domains', 'gta')
    assert growth(memory) < GROWTH, memory[:: len(memory) // 20]
