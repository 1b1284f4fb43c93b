"""Data sets and transforms; importing this registers them with MMSeg."""

from .acdc import ACDCDomain
from .bdd100k import BDD100KDomain
from .cityscapes import CityscapesDomain
from .dark_zurich import DarkZurichDomain
from .domain_dataset import DomainDataset
from .gta5 import GTA5Domain
from .idd import IDDDomain
from .image_folder import ImageFolder
from .label_spaces import CLASSES, IGNORE_INDEX, LABEL_SPACES, PALETTE, LabelSpace
from .layout import Layout
from .mapillary import MapillaryDomain
from .nighttime_driving import NighttimeDrivingDomain
from .protocols import PROTOCOLS, Protocol, View, protocol_of
from .sampling import ClassUniformDataset, RareClassDataset
from .statistics import ClassStatistics
from .synthia import SYNTHIADomain
from .transforms import (
    ColorJitter,
    KeepLabel,
    LoadImage,
    LoadTrainIds,
    PackDomainInputs,
    ProtocolView,
    RandomGaussianBlur,
    RandomScaleCrop,
)

__all__ = [
    'CLASSES',
    'IGNORE_INDEX',
    'LABEL_SPACES',
    'PALETTE',
    'PROTOCOLS',
    'ACDCDomain',
    'BDD100KDomain',
    'CityscapesDomain',
    'ClassStatistics',
    'ClassUniformDataset',
    'ColorJitter',
    'DarkZurichDomain',
    'DomainDataset',
    'GTA5Domain',
    'IDDDomain',
    'ImageFolder',
    'KeepLabel',
    'LabelSpace',
    'Layout',
    'LoadImage',
    'LoadTrainIds',
    'MapillaryDomain',
    'NighttimeDrivingDomain',
    'PackDomainInputs',
    'Protocol',
    'ProtocolView',
    'RandomGaussianBlur',
    'RandomScaleCrop',
    'RareClassDataset',
    'SYNTHIADomain',
    'View',
    'protocol_of',
]
