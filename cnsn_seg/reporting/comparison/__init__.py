"""Show the content of ``comparison.json``."""

from .save import save_comparison
from .terminal import comparison_table

__all__ = ['comparison_table', 'save_comparison']
