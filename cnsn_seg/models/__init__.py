"""CrossNorm and SelfNorm in MMSegmentation: plugin layers, norm layers, backbones."""

from . import data_parallel, losses, plugin_layers
from .norm_layers import CNBN, CNSNBN, SNBN
from .placement import Placement
from .resnet import CNSNResNet, CNSNResNetV1c, CNSNResNetV1d

__all__ = [
    'CNBN',
    'CNSNBN',
    'SNBN',
    'CNSNResNet',
    'CNSNResNetV1c',
    'CNSNResNetV1d',
    'Placement',
    'data_parallel',
    'losses',
    'plugin_layers',
]
