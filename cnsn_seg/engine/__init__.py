"""Training: hooks and what ``tools/train.py`` does."""

from .cross_norm_hook import CrossNormHook
from .source_selection_hook import SourceSelectionHook, domains_of
from .train import load_config, train

__all__ = ['CrossNormHook', 'SourceSelectionHook', 'domains_of', 'load_config', 'train']
