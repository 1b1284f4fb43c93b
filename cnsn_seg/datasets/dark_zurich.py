"""Dark Zurich (Sakaridis et al., ICCV 2019)."""

from mmseg.registry import DATASETS

from .domain_dataset import DomainDataset
from .layout import Layout, same


@DATASETS.register_module()
class DarkZurichDomain(DomainDataset):
    """The labelled night images of Dark Zurich: 50 in 'val'."""

    data_set = 'dark_zurich'
    domain = 'dark_zurich'
    layouts = (
        Layout(
            'rgb_anon/{split}/night/*_rgb_anon.png',
            'gt/{split}/night/*_gt_labelTrainIds.png',
            'train_ids',
            same('val'),
        ),
        Layout(
            'rgb_anon/{split}/night/*_rgb_anon.png',
            'gt/{split}/night/*_gt_labelIds.png',
            'cityscapes',
            same('val'),
        ),
    )
    official_counts = {'val': 50}
