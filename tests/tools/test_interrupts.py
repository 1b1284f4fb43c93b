"""Nothing is left of a tool that was interrupted, but what it had finished."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from process_tree import processes_with
from tiny_checkpoint import ROOT, config_file, save_checkpoint

from cnsn_seg.checkpoints import load
from cnsn_seg.miniature import make_miniature

MARK = 'CNSN_SEG_TEST'
WORKERS = [
    'train_dataloader.num_workers=2',
    'train_dataloader.batch_size=2',
    'train_dataloader.persistent_workers=True',
    'val_dataloader.num_workers=1',
    'test_dataloader.num_workers=2',
    'test_dataloader.batch_size=1',
    'default_hooks.checkpoint.interval=1',
    'default_hooks.logger.interval=1',
]


@pytest.fixture(scope='module')
def place(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp('interrupts')
    make_miniature(root / 'data/miniature', domains=['gta5'], train=8, val=200)
    save_checkpoint(root / 'x.pth', 'cnsn')
    return root


def interrupt(place: Path, number: signal.Signals, when: str, tool: str, *args: str) -> str:
    """Start a tool, send it a signal once a file is there, and return what it said last."""
    mark = f'{MARK}={tool} {number.name}'
    shared = set(os.listdir('/dev/shm'))
    options = ['--cfg-options', *WORKERS]
    process = subprocess.Popen(
        [sys.executable, ROOT / 'tools' / tool, config_file('cnsn'), *args, *options],
        cwd=place,
        env={**os.environ, 'OMP_NUM_THREADS': '1', MARK: f'{tool} {number.name}'},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not list(place.glob(when)) or len(processes_with(mark)) < 2:  # with workers
        assert process.poll() is None, process.stderr.read()[-2000:]
        time.sleep(0.02)
    process.send_signal(number)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert 'Traceback' not in error, error[-3000:]
    for _ in range(50):
        if not processes_with(mark):
            break
        time.sleep(0.1)
    assert processes_with(mark) == []
    assert set(os.listdir('/dev/shm')) <= shared
    assert not list(place.rglob('.[0-9]*.*'))
    return error.rstrip().rpartition('\n')[2]


@pytest.mark.parametrize(
    'number', [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)]
)
def test_training(place, number):
    work_dir = number.name
    said = interrupt(place, number, f'{work_dir}/iter_2.pth', 'train.py', '--work-dir', work_dir)
    if number is signal.SIGINT:
        assert said == 'interrupted'
    for path in (place / work_dir).glob('iter_*.pth'):
        assert load(path)['meta']['iter'] == int(path.stem.removeprefix('iter_'))


@pytest.mark.slow
@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_evaluation(place, number):
    out = f'evaluation {number.name}'
    args = ['x.pth', '--domains', 'gta', '--out', out]
    interrupt(place, number, f'{out}/*/*', 'test.py', *args)
    assert not (place / out / 'results.json').exists()
