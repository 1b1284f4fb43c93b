"""CrossNorm and SelfNorm in plain PyTorch."""

from .cnsn import CNSN
from .cross_norm import CrossNorm
from .exchange import Exchange
from .self_norm import SelfNorm

__all__ = ['CNSN', 'CrossNorm', 'Exchange', 'SelfNorm']
