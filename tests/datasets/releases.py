"""How each release of each data set names and encodes its files."""

from dataclasses import dataclass, field

import cnsn_seg.datasets as ours


@dataclass(frozen=True)
class Format:
    dataset: type[ours.DomainDataset]
    split: str
    image: str
    label: str
    names: tuple[str, str]
    encoding: str
    ids: tuple[int, ...]
    arguments: dict[str, str] = field(default_factory=dict)


_CITYSCAPES_NAMES = ('lindau/lindau_000000_000019', 'munster/munster_000000_000019')
_BDD_NAMES = ('7d06fefd-f7be05a6', 'b1c66a42-6f7d68ca')
_VISTAS_NAMES = ('-0BJ8sKVyGQ1HVZA', '__CRyFzoDOXn6unQ')
_TRAIN_IDS = (*range(19), 255)

FORMATS = {
    'gta5': Format(
        ours.GTA5Domain, 'val', 'images/{}.png', 'labels/{}.png',
        ('00002', '00005'), 'palette', tuple(range(35)),
    ),
    'cityscapes': Format(
        ours.CityscapesDomain, 'val',
        'leftImg8bit/val/{}_leftImg8bit.png', 'gtFine/val/{}_gtFine_labelIds.png',
        _CITYSCAPES_NAMES, 'grey', tuple(range(34)),
    ),
    'bdd100k': Format(
        ours.BDD100KDomain, 'val', 'images/10k/val/{}.jpg', 'labels/sem_seg/masks/val/{}.png',
        _BDD_NAMES, 'grey', _TRAIN_IDS,
    ),
    'mapillary': Format(
        ours.MapillaryDomain, 'val', 'validation/images/{}.jpg', 'validation/labels/{}.png',
        _VISTAS_NAMES, 'palette', tuple(range(66)),
    ),
    'synthia': Format(
        ours.SYNTHIADomain, 'train', 'RGB/{}.png', 'GT/LABELS/{}.png',
        ('0000000', '0000001'), 'red16', tuple(range(23)),
    ),
    'acdc': Format(
        ours.ACDCDomain, 'val',
        'rgb_anon/fog/val/{}_rgb_anon.png', 'gt/fog/val/{}_gt_labelTrainIds.png',
        ('GOPR0475/GOPR0475_frame_000041', 'GOPR0476/GOPR0476_frame_000854'), 'grey', _TRAIN_IDS,
        {'condition': 'fog'},
    ),
    'dark_zurich': Format(
        ours.DarkZurichDomain, 'val',
        'rgb_anon/val/night/{}_rgb_anon.png', 'gt/val/night/{}_gt_labelTrainIds.png',
        ('GOPR0356/GOPR0356_frame_000321', 'GOPR0356/GOPR0356_frame_000324'), 'grey', _TRAIN_IDS,
    ),
    'nighttime_driving': Format(
        ours.NighttimeDrivingDomain, 'test',
        'leftImg8bit/test/night/{}_leftImg8bit.png',
        'gtCoarse_daytime_trainvaltest/test/night/{}_gtCoarse_labelTrainIds.png',
        ('0_frame0001', '1_frame0002'), 'grey', _TRAIN_IDS,
    ),
    'idd': Format(
        ours.IDDDomain, 'val',
        'leftImg8bit/val/{}_leftImg8bit.png', 'gtFine/val/{}_gtFine_labellevel3Ids.png',
        ('119/903127', '201/frame0029'), 'grey', (*range(26), 255),
    ),
}  # fmt: skip
"""The releases that are read first."""

ALTERNATIVES = {
    'gta5_robustnet': Format(
        ours.GTA5Domain, 'val', 'images/valid/{}.png', 'labels/valid/{}.png',
        ('folder/00002', 'folder/00005'), 'palette', tuple(range(35)),
    ),
    'gta5_colours': Format(
        ours.GTA5Domain, 'val', 'images/{}.png', 'labels/{}.png',
        ('00002', '00005'), 'colours', (0, *range(4, 18), *range(19, 34)),
    ),
    'cityscapes_train_ids': Format(
        ours.CityscapesDomain, 'val',
        'leftImg8bit/val/{}_leftImg8bit.png', 'gtFine/val/{}_gtFine_labelTrainIds.png',
        _CITYSCAPES_NAMES, 'grey', _TRAIN_IDS,
    ),
    'bdd100k_seg': Format(
        ours.BDD100KDomain, 'val', 'seg/images/val/{}.jpg', 'seg/labels/val/{}_train_id.png',
        _BDD_NAMES, 'grey', _TRAIN_IDS,
    ),
    'mapillary_v2.0_archive': Format(
        ours.MapillaryDomain, 'val', 'validation/images/{}.jpg', 'validation/v1.2/labels/{}.png',
        _VISTAS_NAMES, 'palette', tuple(range(66)),
    ),
    'mapillary_v2.0_labels': Format(
        ours.MapillaryDomain, 'val', 'validation/images/{}.jpg', 'validation/v2.0/labels/{}.png',
        _VISTAS_NAMES, 'palette', tuple(range(124)), {'label_space': 'mapillary_v2.0'},
    ),
    'acdc_label_ids': Format(
        ours.ACDCDomain, 'val',
        'rgb_anon/night/val/{}_rgb_anon.png', 'gt/night/val/{}_gt_labelIds.png',
        ('GOPR0351/GOPR0351_frame_000159', 'GOPR0351/GOPR0351_frame_000200'), 'grey',
        tuple(range(34)), {'condition': 'night'},
    ),
    'idd_part_2': Format(
        ours.IDDDomain, 'val',
        'leftImg8bit/val/{}_leftImg8bit.jpg', 'gtFine/val/{}_gtFine_labelids.png',
        ('300/frame0029', '301/frame2059'), 'grey', tuple(range(40)),
    ),
}  # fmt: skip
"""Other releases of the same data sets."""
