"""Training: hooks, what ``tools/train.py`` does, and studies of several methods."""

from .cross_norm_hook import CrossNormHook
from .progress_hook import ProgressHook
from .source_selection_hook import SourceSelectionHook, domains_of
from .train import load_config, train

__all__ = [
    'CrossNormHook',
    'ProgressHook',
    'SourceSelectionHook',
    'domains_of',
    'load_config',
    'train',
]
