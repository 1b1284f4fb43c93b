"""Mapillary Vistas (Neuhold et al., ICCV 2017)."""

from mmseg.registry import DATASETS

from cnsn_seg.datasets.domain_dataset import DomainDataset


@DATASETS.register_module()
class MapillaryDomain(DomainDataset):
    """Mapillary Vistas v1.2: 18000 images in 'train', 2000 in 'val'.

    The archive of v2.0 holds the v1.2 labels as well; for it, pass
    ``data_prefix=dict(seg_map_path='validation/v1.2/labels')``.
    """

    domain = 'mapillary'
    label_space = 'mapillary_v1.2'
    img_suffix = '.jpg'
    seg_map_suffix = '.png'
    splits = {
        'train': {'img_path': 'training/images', 'seg_map_path': 'training/labels'},
        'val': {'img_path': 'validation/images', 'seg_map_path': 'validation/labels'},
    }
