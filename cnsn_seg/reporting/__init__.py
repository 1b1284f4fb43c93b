"""Results for people."""

from .comparison_table import comparison_table
from .domain_table import domain_table
from .panel import predict_rows, save_panel
from .save_comparison import save_comparison

__all__ = ['comparison_table', 'domain_table', 'predict_rows', 'save_comparison', 'save_panel']
