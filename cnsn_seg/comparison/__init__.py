"""Compare evaluations: seeds, methods, published results."""

from .compare import compare
from .inputs import Result, load_result, load_results
from .published import CHOICES as PUBLISHED

__all__ = ['PUBLISHED', 'Result', 'compare', 'load_result', 'load_results']
