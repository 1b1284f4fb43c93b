"""Results for people."""

from .comparison import comparison_table, save_comparison
from .domain_table import domain_table
from .panel import predict_rows, save_panel

__all__ = ['comparison_table', 'domain_table', 'predict_rows', 'save_comparison', 'save_panel']
