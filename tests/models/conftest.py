import logging

import pytest
from mmengine.logging import MMLogger
from mmengine.registry import init_default_scope

import cnsn_seg  # noqa: F401


@pytest.fixture(autouse=True)
def mmseg_scope():
    init_default_scope('mmseg')


@pytest.fixture(autouse=True)
def quiet_logger():
    """Keeps `init_weights` from listing every parameter."""
    logger = MMLogger.get_current_instance()
    level = logger.level
    logger.setLevel(logging.ERROR)
    yield
    logger.setLevel(level)
