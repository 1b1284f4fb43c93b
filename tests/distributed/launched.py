"""The command-line tools on several ranks, as a user starts them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
CONFIG = str(ROOT / 'configs/miniature/deeplabv3plus_r18w32-d16_cnsn_1xb8-700_miniature-128x256.py')
SMALL = [
    'train_dataloader.batch_size=2',
    'default_hooks.logger.interval=1',
    'val_dataloader.num_workers=0',
    'test_dataloader.num_workers=0',
]


def environment(**variables: str | int) -> dict[str, str]:
    path = f'{Path(sys.executable).parent}{os.pathsep}{os.environ["PATH"]}'
    own = dict(OMP_NUM_THREADS=1, PATH=path, PYTHONPATH=ROOT, PYTHONUNBUFFERED=1)
    return {**os.environ, **{name: str(value) for name, value in {**own, **variables}.items()}}


def start(command: Sequence[str | Path], folder: Path, log: Path, **variables) -> subprocess.Popen:
    """Start a command whose output goes to a file."""
    with log.open('w') as output:
        return subprocess.Popen(
            list(map(str, command)),
            cwd=folder,
            env=environment(**variables),
            stdout=output,
            stderr=subprocess.STDOUT,
        )


def wait_for(text: str, log: Path, process: subprocess.Popen) -> None:
    while text not in log.read_text():
        assert process.poll() is None, log.read_text()
        time.sleep(0.1)


def kill_rank(rank: int, launcher: subprocess.Popen) -> None:
    """End a rank that torchrun started, as the kernel does when memory runs out."""
    children = Path(f'/proc/{launcher.pid}/task/{launcher.pid}/children').read_text().split()
    for child in children:
        if f'\0RANK={rank}\0' in f'\0{Path(f"/proc/{child}/environ").read_text()}':
            os.kill(int(child), signal.SIGKILL)
            return
    raise AssertionError(f'torchrun has no rank {rank} among its processes {children}')
