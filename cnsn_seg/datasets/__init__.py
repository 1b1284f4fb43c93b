"""Data sets and transforms; importing this registers them with MMSeg."""

from cnsn_seg.datasets.bdd100k import BDD100KDomain
from cnsn_seg.datasets.cityscapes import CityscapesDomain
from cnsn_seg.datasets.domain_dataset import DomainDataset
from cnsn_seg.datasets.gta5 import GTA5Domain
from cnsn_seg.datasets.label_spaces import (
    CLASSES,
    IGNORE_INDEX,
    LABEL_SPACES,
    PALETTE,
    LabelSpace,
)
from cnsn_seg.datasets.mapillary import MapillaryDomain
from cnsn_seg.datasets.transforms import LoadTrainIds, PackDomainInputs, RandomGaussianBlur

__all__ = [
    'CLASSES',
    'IGNORE_INDEX',
    'LABEL_SPACES',
    'PALETTE',
    'BDD100KDomain',
    'CityscapesDomain',
    'DomainDataset',
    'GTA5Domain',
    'LabelSpace',
    'LoadTrainIds',
    'MapillaryDomain',
    'PackDomainInputs',
    'RandomGaussianBlur',
]
