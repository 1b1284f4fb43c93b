import logging

import pytest
from mmengine.logging import MMLogger

import cnsn_seg  # noqa: F401


@pytest.fixture(autouse=True)
def quiet_logger():
    """Keeps `init_weights` from listing every parameter."""
    logger = MMLogger.get_current_instance()
    level = logger.level
    logger.setLevel(logging.ERROR)
    yield
    logger.setLevel(level)
