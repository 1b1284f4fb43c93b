"""What training sees, and in which order; importing this registers the data sets."""

from .class_uniform import ClassUniformDataset
from .rare_class import RareClassDataset
from .sampled import SampledDataset
from .stream import batches_from, seed_generators

__all__ = [
    'ClassUniformDataset',
    'RareClassDataset',
    'SampledDataset',
    'batches_from',
    'seed_generators',
]
