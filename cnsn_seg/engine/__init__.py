"""Training: hooks and what ``tools/train.py`` does."""

from .corrupt_files_hook import CorruptFilesHook
from .cross_norm_hook import CrossNormHook
from .durable_checkpoint_hook import DurableCheckpointHook
from .load_config import load_config
from .lost_rank import lost_ranks_as_errors
from .mixed_precision import MixedPrecisionOptimWrapper
from .non_finite_hook import NonFiniteHook
from .resumable_train_loop import ResumableTrainLoop
from .source_selection_hook import SourceSelectionHook, domains_of
from .train import train

__all__ = [
    'CorruptFilesHook',
    'CrossNormHook',
    'DurableCheckpointHook',
    'MixedPrecisionOptimWrapper',
    'NonFiniteHook',
    'ResumableTrainLoop',
    'SourceSelectionHook',
    'domains_of',
    'load_config',
    'lost_ranks_as_errors',
    'train',
]
