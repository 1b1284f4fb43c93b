"""Results for people."""

from .checkpoint_table import checkpoint_table
from .comparison import comparison_table, save_comparison
from .corruption_table import corruption_table
from .domain_table import domain_table
from .panel import predict_rows, save_panel

__all__ = [
    'checkpoint_table',
    'comparison_table',
    'corruption_table',
    'domain_table',
    'predict_rows',
    'save_comparison',
    'save_panel',
]
