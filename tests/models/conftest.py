import pytest

import cnsn_seg  # noqa: F401


@pytest.fixture(autouse=True)
def _quiet(quiet_logger):
    """`init_weights` of every network would list every parameter."""
