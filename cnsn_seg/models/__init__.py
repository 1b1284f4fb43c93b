"""CrossNorm and SelfNorm in MMSegmentation: plugin layers, norm layers, backbones."""

from . import losses, plugin_layers
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
    'losses',
    'plugin_layers',
]
