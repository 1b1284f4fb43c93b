"""A training as a user runs it, killed again and again, ends as if nothing had happened."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from training_state import state

from cnsn_seg.miniature import make_miniature

ROOT = Path(__file__).parents[2]
BASE = ROOT / 'configs/miniature/deeplabv3plus_r18w32-d16_cnsn_1xb8-700_miniature-128x256.py'
ITERATIONS = 60
CONFIG = f"""
_base_ = '{BASE}'
train_cfg = dict(max_iters={ITERATIONS}, val_interval=4)
train_dataloader = dict(batch_size=2, num_workers=2)
val_dataloader = dict(batch_size=1, num_workers=0)
default_hooks = dict(checkpoint=dict(interval=2, max_keep_ckpts=1), logger=dict(interval=1))
custom_hooks = [dict(type='CrossNormHook', prob=0.5), dict(type='EMAHook')]
"""


class Training:
    """A run of ``tools/train.py`` in a work dir, all of whose output is kept."""

    def __init__(self, place: Path, work_dir: str) -> None:
        self.work_dir = place / work_dir
        self.work_dir.mkdir(exist_ok=True)
        self.output = place / f'{work_dir}.txt'
        self.log_start = self.output.stat().st_size if self.output.exists() else 0
        self.files, self.changes = self._files(), 0
        options = ['config.py', '--resume', '--seed', '3', '--work-dir', work_dir]
        with open(self.output, 'a') as output:
            self.process = subprocess.Popen(
                [sys.executable, ROOT / 'tools/train.py', *options],
                cwd=place,
                stdout=output,
                stderr=output,
                env={**os.environ, 'OMP_NUM_THREADS': '1'},
            )

    def finish(self) -> None:
        assert self.process.wait() == 0, self.output.read_text()[-3000:]

    def kill_when(self, moment: Callable[[], bool], delay: float) -> None:
        """Send SIGKILL some seconds after a moment has come."""
        while not moment():
            assert self.process.poll() is None, self.output.read_text()[-3000:]
            time.sleep(0.001)
        time.sleep(delay)
        self.process.kill()
        assert self.process.wait() == -signal.SIGKILL

    def has_trained(self, iterations: int) -> bool:
        """Whether the log shows that many iterations since the start."""
        with open(self.output, 'rb') as log:
            log.seek(self.log_start)
            return log.read().count(b'Iter(train)') >= iterations

    def has_written(self, times: int) -> bool:
        """Whether files beside the logs were seen to change that often, while being written too."""
        files = self._files()
        self.changes += files != self.files
        self.files = files
        return self.changes >= times

    def _files(self) -> dict[str, tuple[int, int]]:
        files = {}
        for path in self.work_dir.glob('*'):
            with suppress(FileNotFoundError):  # renamed meanwhile
                stat = path.stat()
                if path.is_file() and path.suffix != '.py':
                    files[path.name] = stat.st_mtime_ns, stat.st_size
        return files


@pytest.mark.slow
def test_ten_kills_in_a_row_change_nothing(tmp_path):
    make_miniature(tmp_path / 'data/miniature', domains=['gta5'], train=5, val=1)
    (tmp_path / 'config.py').write_text(CONFIG)
    for turn in range(10):
        training = Training(tmp_path, 'killed')
        moment = training.has_written if turn % 2 else training.has_trained
        training.kill_when(partial(moment, random.randint(1, 5)), delay=random.uniform(0, 0.05))
    Training(tmp_path, 'killed').finish()
    Training(tmp_path, 'whole').finish()
    assert state(tmp_path / 'killed', ITERATIONS) == state(tmp_path / 'whole', ITERATIONS)
    assert (tmp_path / 'killed.txt').read_text().count('Training continues after iteration') > 3
