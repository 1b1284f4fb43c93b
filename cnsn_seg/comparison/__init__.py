"""Compare evaluations: seeds, methods, published results."""

from .compare import baseline_of, compare
from .inputs import Result, check_results, load_results
from .published import CHOICES as PUBLISHED

__all__ = ['PUBLISHED', 'Result', 'baseline_of', 'check_results', 'compare', 'load_results']
