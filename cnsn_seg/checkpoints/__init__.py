"""Checkpoint files: read without running code, compared with a model, found in a work dir."""

from .load import load, state_dict_of, weights_only
from .misfit import differences, misfit
from .newest import newest_checkpoint

__all__ = ['differences', 'load', 'misfit', 'newest_checkpoint', 'state_dict_of', 'weights_only']
