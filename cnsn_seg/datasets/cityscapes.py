"""Cityscapes (Cordts et al., CVPR 2016), finely annotated part."""

from mmseg.registry import DATASETS

from cnsn_seg.datasets.domain_dataset import DomainDataset


@DATASETS.register_module()
class CityscapesDomain(DomainDataset):
    """Cityscapes from the label ids in the archive: 2975 images in 'train', 500 in 'val'.

    To read train ids that somebody made before, pass ``label_space='train_ids'`` and
    ``seg_map_suffix='_gtFine_labelTrainIds.png'``.
    """

    domain = 'cityscapes'
    label_space = 'cityscapes'
    img_suffix = '_leftImg8bit.png'
    seg_map_suffix = '_gtFine_labelIds.png'
    splits = {
        split: {'img_path': f'leftImg8bit/{split}', 'seg_map_path': f'gtFine/{split}'}
        for split in ('train', 'val')
    }
