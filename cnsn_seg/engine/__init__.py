"""Training: hooks and what ``tools/train.py`` does."""

from .cross_norm_hook import CrossNormHook
from .lost_rank import lost_ranks_as_errors
from .source_selection_hook import SourceSelectionHook, domains_of
from .train import load_config, train

__all__ = [
    'CrossNormHook',
    'SourceSelectionHook',
    'domains_of',
    'load_config',
    'lost_ranks_as_errors',
    'train',
]
