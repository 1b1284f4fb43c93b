"""Mapillary Vistas (Neuhold et al., ICCV 2017)."""

from mmseg.registry import DATASETS

from .domain_dataset import DomainDataset
from .layout import Layout

_SPLITS = {'train': 'training', 'val': 'validation'}


@DATASETS.register_module()
class MapillaryDomain(DomainDataset):
    """Mapillary Vistas: 18000 images in 'train', 2000 in 'val'.

    The labels of v1.2 are read, from the archive of v1.2 or that of v2.0, which holds both sets.
    For the 124 ids of v2.0, pass ``label_space='mapillary_v2.0'``.
    """

    data_set = 'mapillary'
    domain = 'mapillary'
    layouts = (
        Layout('{split}/images/*.jpg', '{split}/labels/*.png', 'mapillary_v1.2', _SPLITS),
        Layout('{split}/images/*.jpg', '{split}/v1.2/labels/*.png', 'mapillary_v1.2', _SPLITS),
        Layout(
            '{split}/images/*.jpg',
            '{split}/v2.0/labels/*.png',
            'mapillary_v2.0',
            _SPLITS,
            on_request=True,
        ),
    )
    official_counts = {'train': 18000, 'val': 2000}
