"""What a pipeline needs beyond MMSeg; importing this registers the transforms."""

from .color_jitter import ColorJitter
from .gaussian_blur import RandomGaussianBlur
from .loading import LoadImage, LoadTrainIds
from .packing import PackDomainInputs
from .protocol_view import ProtocolView
from .scale_crop import RandomScaleCrop

__all__ = [
    'ColorJitter',
    'LoadImage',
    'LoadTrainIds',
    'PackDomainInputs',
    'ProtocolView',
    'RandomGaussianBlur',
    'RandomScaleCrop',
]
