"""ACDC (Sakaridis et al., ICCV 2021): fog, night, rain and snow."""

from mmseg.registry import DATASETS

from .domain_dataset import DomainDataset
from .layout import Layout, same

CONDITIONS = ('fog', 'night', 'rain', 'snow')


@DATASETS.register_module()
class ACDCDomain(DomainDataset):
    """One condition of ACDC, a domain of its own: ``acdc_fog``, ``acdc_night``, ...

    Args:
        condition: ``'fog'``, ``'night'``, ``'rain'`` or ``'snow'``.
        *args: As for :class:`DomainDataset`.
        **kwargs: As for :class:`DomainDataset`.

    Raises:
        ValueError: If there is no such condition.
    """

    data_set = 'acdc'
    domain = 'acdc_{condition}'
    layouts = (
        Layout(
            'rgb_anon/{condition}/{split}/*_rgb_anon.png',
            'gt/{condition}/{split}/*_gt_labelTrainIds.png',
            'train_ids',
            same('train', 'val'),
        ),
        Layout(
            'rgb_anon/{condition}/{split}/*_rgb_anon.png',
            'gt/{condition}/{split}/*_gt_labelIds.png',
            'cityscapes',
            same('train', 'val'),
        ),
    )

    def __init__(self, *args, condition: str, **kwargs) -> None:
        if condition not in CONDITIONS:
            raise ValueError(f"ACDC has no condition '{condition}', only {CONDITIONS}")
        self.variant = {'condition': condition}
        self.official_counts = {'train': 400, 'val': 106 if condition == 'night' else 100}
        super().__init__(*args, **kwargs)
