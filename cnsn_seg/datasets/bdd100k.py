"""BDD100K (Yu et al., CVPR 2020), the 10K images with semantic segmentation."""

from mmseg.registry import DATASETS

from cnsn_seg.datasets.domain_dataset import DomainDataset


@DATASETS.register_module()
class BDD100KDomain(DomainDataset):
    """BDD100K masks of train ids: 7000 images in 'train', 1000 in 'val'."""

    domain = 'bdd100k'
    label_space = 'train_ids'
    img_suffix = '.jpg'
    seg_map_suffix = '.png'
    splits = {
        split: {
            'img_path': f'images/10k/{split}',
            'seg_map_path': f'labels/sem_seg/masks/{split}',
        }
        for split in ('train', 'val')
    }
