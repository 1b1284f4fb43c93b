"""Data sets that choose what to train on; importing this registers them."""

from .class_uniform import ClassUniformDataset
from .rare_class import RareClassDataset
from .sampled import SampledDataset

__all__ = ['ClassUniformDataset', 'RareClassDataset', 'SampledDataset']
