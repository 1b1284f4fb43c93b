"""Cityscapes (Cordts et al., CVPR 2016), finely annotated part."""

from mmseg.registry import DATASETS

from .domain_dataset import DomainDataset
from .layout import Layout, same

_IMAGES = 'leftImg8bit/{split}/*_leftImg8bit.png'


@DATASETS.register_module()
class CityscapesDomain(DomainDataset):
    """Cityscapes: 2975 images in 'train', 500 in 'val'.

    The label ids of the archive are read, or the train ids that ``csCreateTrainIdLabelImgs`` and
    MMSeg's converter make, where only those are there.
    """

    data_set = 'cityscapes'
    domain = 'cityscapes'
    layouts = (
        Layout(
            _IMAGES,
            'gtFine/{split}/*_gtFine_labelIds.png',
            'cityscapes',
            same('train', 'val'),
        ),
        Layout(
            _IMAGES,
            'gtFine/{split}/*_gtFine_labelTrainIds.png',
            'train_ids',
            same('train', 'val'),
        ),
    )
    official_counts = {'train': 2975, 'val': 500}
