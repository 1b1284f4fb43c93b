"""BDD100K (Yu et al., CVPR 2020), the 10K images with semantic segmentation."""

from mmseg.registry import DATASETS

from .domain_dataset import DomainDataset
from .layout import Layout, same


@DATASETS.register_module()
class BDD100KDomain(DomainDataset):
    """BDD100K masks of train ids: 7000 images in 'train', 1000 in 'val'.

    The layout of the current archives is read, or that of the older ``bdd100k_seg.zip``.
    """

    data_set = 'bdd100k'
    domain = 'bdd100k'
    layouts = (
        Layout(
            'images/10k/{split}/*.jpg',
            'labels/sem_seg/masks/{split}/*.png',
            'train_ids',
            same('train', 'val'),
        ),
        Layout(
            'seg/images/{split}/*.jpg',
            'seg/labels/{split}/*_train_id.png',
            'train_ids',
            same('train', 'val'),
        ),
    )
    official_counts = {'train': 7000, 'val': 1000}
