"""A rank that dies ends the others within a minute, with a message."""

import re
import signal
import socket
import sys
from pathlib import Path

import pytest
from launched import CONFIG, ROOT, SMALL, kill_rank, start, wait_for

from cnsn_seg.miniature import make_miniature

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != 'linux', reason='looks for processes in /proc'),
]
MINUTE = 60


@pytest.fixture(scope='module')
def place(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp('lost')
    make_miniature(root / 'data/miniature', domains=['gta5'], train=8, val=2)
    return root


@pytest.fixture
def port() -> int:
    with socket.socket() as unused:
        unused.bind(('127.0.0.1', 0))
        return unused.getsockname()[1]


@pytest.mark.parametrize('rank', [0, 1])
def test_torchrun_ends_the_other_ranks_and_names_the_one_that_died(rank, place, port, tmp_path):
    log = tmp_path / 'log'
    command = ['bash', ROOT / 'tools/dist_train.sh', CONFIG, 3, '--work-dir', tmp_path / 'work']
    launcher = start([*command, '--cfg-options', *SMALL], place, log, PORT=port)
    try:
        wait_for('Iter(train)', log, launcher)
        kill_rank(rank, launcher)
        assert launcher.wait(MINUTE) == 1
    finally:
        launcher.kill()
    root_cause = log.read_text().partition('Root Cause')[2]
    assert re.search(rf'rank +: {rank} ', root_cause)
    assert 'Signal 9 (SIGKILL)' in root_cause


@pytest.mark.parametrize(
    ('how', 'cause'),
    [(signal.SIGKILL, 'Connection (closed|reset) by peer'), (signal.SIGSTOP, 'Timed out')],
    ids=['dies', 'hangs'],
)
def test_ranks_notice_by_themselves(how, cause, place, port, tmp_path):
    logs = [tmp_path / f'log{rank}' for rank in range(2)]
    command = [sys.executable, ROOT / 'tools/train.py', CONFIG, '--launcher', 'pytorch']
    options = ['--work-dir', tmp_path, '--cfg-options', *SMALL, 'env_cfg.dist_cfg.timeout=20']
    shared = dict(WORLD_SIZE=2, MASTER_ADDR='127.0.0.1', MASTER_PORT=port)
    ranks = [
        start([*command, *options], place, logs[rank], RANK=rank, LOCAL_RANK=rank, **shared)
        for rank in range(2)
    ]
    try:
        wait_for('Iter(train)', logs[0], ranks[0])
        ranks[1].send_signal(how)
        assert ranks[0].wait(MINUTE) == 1
    finally:
        for rank in ranks:
            rank.kill()
    last = logs[0].read_text().splitlines()[-1]
    assert last.startswith('error: rank 0 lost another rank, which ended or hangs')
    assert re.search(cause, last)
