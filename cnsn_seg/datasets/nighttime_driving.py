"""Nighttime Driving (Dai and Van Gool, ITSC 2018)."""

from mmseg.registry import DATASETS

from .domain_dataset import DomainDataset
from .layout import Layout, same

_IMAGES = 'leftImg8bit/{split}/night/*_leftImg8bit.png'
_LABELS = 'gtCoarse_daytime_trainvaltest/{split}/night/*_gtCoarse_'


@DATASETS.register_module()
class NighttimeDrivingDomain(DomainDataset):
    """The coarsely labelled night images of Nighttime Driving: 50 in 'test'."""

    data_set = 'nighttime_driving'
    domain = 'nighttime_driving'
    layouts = (
        Layout(_IMAGES, _LABELS + 'labelTrainIds.png', 'train_ids', same('test')),
        Layout(_IMAGES, _LABELS + 'labelIds.png', 'cityscapes', same('test')),
    )
    official_counts = {'test': 50}
