"""IDD, the India Driving Dataset (Varma et al., WACV 2019)."""

from mmseg.registry import DATASETS

from .domain_dataset import DomainDataset
from .layout import Layout, same

_IMAGES = 'leftImg8bit/{split}/*_leftImg8bit.png'
_LABELS = 'gtFine/{split}/*_gtFine_label'
_SPLITS = same('train', 'val')


@DATASETS.register_module()
class IDDDomain(DomainDataset):
    """IDD: 6993 images in 'train', 981 in 'val' (part I).

    The labels are what AutoNUE's ``createLabels.py`` makes of the archive's polygons: level-3 ids,
    or else ids, or else Cityscapes train ids. Images are PNG in part I and JPEG in part II, whose
    folders may be merged.
    """

    data_set = 'idd'
    domain = 'idd'
    layouts = tuple(
        Layout(_IMAGES, _LABELS + suffix, label_space, _SPLITS, ('_leftImg8bit.jpg',))
        for suffix, label_space in (
            ('level3Ids.png', 'idd_level3'),
            ('ids.png', 'idd'),
            ('csTrainIds.png', 'train_ids'),
        )
    )
    official_counts = {'train': 6993, 'val': 981}
