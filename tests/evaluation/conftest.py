from pathlib import Path

import pytest
from tiny_checkpoint import save_checkpoint

from cnsn_seg.miniature import DOMAINS, make_miniature


@pytest.fixture(scope='session')
def _small(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp('small')
    make_miniature(root / 'data/miniature', domains=DOMAINS, train=1, val=3)
    save_checkpoint(root / 'cnsn.pth', 'cnsn', selection=dict(metrics=[], target_domains=[]))
    save_checkpoint(root / 'baseline.pth')
    return root


@pytest.fixture
def small(_small, monkeypatch) -> Path:
    """Work in a folder with three images a domain, ``cnsn.pth`` and ``baseline.pth``."""
    monkeypatch.chdir(_small)
    return _small
