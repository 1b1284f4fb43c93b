"""What all tests share: one thread each, a fixed seed, MMSegmentation's scope, no deadlines."""

import logging
import os
import signal
from collections.abc import Iterator

os.environ.setdefault('OMP_NUM_THREADS', '1')  # of the processes that tests start, too

import cv2
import hypothesis
import pytest
import torch
from mmengine.logging import MMLogger
from mmengine.registry import DefaultScope

# A shell ignores it in what it starts in the background, and so would all that tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)
torch.set_num_threads(1)
cv2.setNumThreads(0)
hypothesis.settings.register_profile('shared', deadline=None)
hypothesis.settings.register_profile('fuzz', deadline=None, max_examples=2_000)
hypothesis.settings.load_profile(os.environ.get('HYPOTHESIS_PROFILE', 'shared'))


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


@pytest.fixture(autouse=True)
def _mmseg_scope() -> Iterator[None]:
    with DefaultScope.overwrite_default_scope('mmseg'):
        yield


@pytest.fixture
def quiet_logger() -> Iterator[None]:
    """Keep MMEngine's logger, and so `init_weights`, from listing every parameter."""
    logger = MMLogger.get_current_instance()
    level = logger.level
    logger.setLevel(logging.ERROR)
    yield
    logger.setLevel(level)
