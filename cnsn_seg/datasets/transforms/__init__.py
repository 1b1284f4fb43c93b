"""What a pipeline needs beyond MMSeg; importing this registers the transforms."""

from .color_jitter import ColorJitter
from .corruption import CORRUPTIONS, Corrupt
from .gaussian_blur import RandomGaussianBlur
from .keep_label import KeepLabel
from .loading import LoadImage, LoadTrainIds
from .packing import PackDomainInputs
from .protocol_view import ProtocolView
from .scale_crop import RandomScaleCrop

__all__ = [
    'CORRUPTIONS',
    'ColorJitter',
    'Corrupt',
    'KeepLabel',
    'LoadImage',
    'LoadTrainIds',
    'PackDomainInputs',
    'ProtocolView',
    'RandomGaussianBlur',
    'RandomScaleCrop',
]
