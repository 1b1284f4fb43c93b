"""Results for people."""

from .checkpoint_table import checkpoint_table
from .comparison_table import comparison_table
from .corruption_table import corruption_table
from .domain_table import domain_table
from .panel import predict_rows, save_panel

__all__ = [
    'checkpoint_table',
    'comparison_table',
    'corruption_table',
    'domain_table',
    'predict_rows',
    'save_panel',
]
