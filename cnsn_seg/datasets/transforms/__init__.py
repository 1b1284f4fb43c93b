"""What a pipeline needs beyond MMSeg; importing this registers the transforms."""

from .gaussian_blur import RandomGaussianBlur
from .loading import LoadTrainIds
from .packing import PackDomainInputs

__all__ = ['LoadTrainIds', 'PackDomainInputs', 'RandomGaussianBlur']
