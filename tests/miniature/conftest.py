"""One small set of every data set, made once."""

from pathlib import Path

import pytest
from miniature_size import TRAIN, VAL

from cnsn_seg.miniature import FORMATS, make_miniature


@pytest.fixture(scope='session')
def everything(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp('sets') / 'everything'
    assert make_miniature(out, domains=FORMATS, seed=7, train=TRAIN, val=VAL, workers=1)
    return out
