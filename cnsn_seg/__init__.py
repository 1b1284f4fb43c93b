"""CrossNorm and SelfNorm for MMSegmentation.

Importing this package registers every component, where MMSegmentation is installed; the layers
in :mod:`cnsn_seg.layers` need PyTorch alone.
"""

from . import compat
from .version import __version__

compat.prepare()
if compat.available():
    from . import datasets, engine, evaluation, models  # noqa: F401

__all__ = ['__version__']
