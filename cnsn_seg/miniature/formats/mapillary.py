"""Mapillary Vistas: the archives of v1.2 and of v2.0, which holds the labels of both."""

import base64
import json
import random
from collections.abc import Iterable
from pathlib import Path

from cnsn_seg.miniature.elements import RAW_IDS
from cnsn_seg.miniature.formats.files import Palette, Sample, save_jpeg, save_png

_VISTAS = (
    ('Bird', 165, 42, 42), ('Ground Animal', 0, 192, 0), ('Curb', 196, 196, 196),
    ('Fence', 190, 153, 153), ('Guard Rail', 180, 165, 180), ('Barrier', 90, 120, 150),
    ('Wall', 102, 102, 156), ('Bike Lane', 128, 64, 255), ('Crosswalk - Plain', 140, 140, 200),
    ('Curb Cut', 170, 170, 170), ('Parking', 250, 170, 160), ('Pedestrian Area', 96, 96, 96),
    ('Rail Track', 230, 150, 140), ('Road', 128, 64, 128), ('Service Lane', 110, 110, 110),
    ('Sidewalk', 244, 35, 232), ('Bridge', 150, 100, 100), ('Building', 70, 70, 70),
    ('Tunnel', 150, 120, 90), ('Person', 220, 20, 60), ('Bicyclist', 255, 0, 0),
    ('Motorcyclist', 255, 0, 100), ('Other Rider', 255, 0, 200),
    ('Lane Marking - Crosswalk', 200, 128, 128), ('Lane Marking - General', 255, 255, 255),
    ('Mountain', 64, 170, 64), ('Sand', 230, 160, 50), ('Sky', 70, 130, 180),
    ('Snow', 190, 255, 255), ('Terrain', 152, 251, 152), ('Vegetation', 107, 142, 35),
    ('Water', 0, 170, 30), ('Banner', 255, 255, 128), ('Bench', 250, 0, 30),
    ('Bike Rack', 100, 140, 180), ('Billboard', 220, 220, 220), ('Catch Basin', 220, 128, 128),
    ('CCTV Camera', 222, 40, 40), ('Fire Hydrant', 100, 170, 30), ('Junction Box', 40, 40, 40),
    ('Mailbox', 33, 33, 33), ('Manhole', 100, 128, 160), ('Phone Booth', 142, 0, 0),
    ('Pothole', 70, 100, 150), ('Street Light', 210, 170, 100), ('Pole', 153, 153, 153),
    ('Traffic Sign Frame', 128, 128, 128), ('Utility Pole', 0, 0, 80),
    ('Traffic Light', 250, 170, 30), ('Traffic Sign (Back)', 192, 192, 192),
    ('Traffic Sign (Front)', 220, 220, 0), ('Trash Can', 140, 140, 20), ('Bicycle', 119, 11, 32),
    ('Boat', 150, 0, 255), ('Bus', 0, 60, 100), ('Car', 0, 0, 142), ('Caravan', 0, 0, 90),
    ('Motorcycle', 0, 0, 230), ('On Rails', 0, 80, 100), ('Other Vehicle', 128, 64, 64),
    ('Trailer', 0, 0, 110), ('Truck', 0, 0, 70), ('Wheeled Slow', 0, 0, 192),
    ('Car Mount', 32, 32, 32), ('Ego Vehicle', 120, 10, 10), ('Unlabeled', 0, 0, 0),
)  # fmt: skip


def write_mapillary(root: Path, sample: Sample) -> None:
    """Write `validation/images/<id>.jpg` and the palette PNG `validation/labels/<id>.png`."""
    name = _name(sample.index)
    save_jpeg(sample.image, root / 'validation/images' / f'{name}.jpg', sample.quality)
    _save_labels('mapillary_v1.2', _VISTAS, root / 'validation/labels' / f'{name}.png', sample)


def write_mapillary_v2(root: Path, sample: Sample) -> None:
    """Write `validation/images/<id>.jpg` and `validation/{v1.2,v2.0}/labels/<id>.png`."""
    name = _name(sample.index)
    save_jpeg(sample.image, root / 'validation/images' / f'{name}.jpg', sample.quality)
    labels = root / 'validation/v1.2/labels' / f'{name}.png'
    _save_labels('mapillary_v1.2', _VISTAS, labels, sample)
    labels = root / 'validation/v2.0/labels' / f'{name}.png'
    _save_labels('mapillary_v2.0', _vistas_2(), labels, sample)


def write_config(root: Path, *_: int) -> None:
    """Write `config_v1.2.json`, which names and colours the ids."""
    _write_config(root, '1.2', _VISTAS)


def write_configs(root: Path, *_: int) -> None:
    """Write `config_v1.2.json` and `config_v2.0.json`."""
    _write_config(root, '1.2', _VISTAS)
    _write_config(root, '2.0', _vistas_2())


def _name(index: int) -> str:
    key = random.Random(f'mapillary {index}').randbytes(16)
    return base64.urlsafe_b64encode(key).decode().rstrip('=')


def _vistas_2() -> list[tuple]:
    """Names and colours of the 124 ids of v2.0, as MMSegmentation lists them."""
    from mmseg.datasets.mapillary import MapillaryDataset_v2

    info = MapillaryDataset_v2.METAINFO
    return [(name, *rgb) for name, rgb in zip(info['classes'], info['palette'], strict=True)]


def _save_labels(space: str, classes: Iterable[tuple], path: Path, sample: Sample) -> None:
    colours: Palette = tuple(colour for _, *colour in classes)
    save_png(RAW_IDS[space][sample.elements], path, colours)


def _write_config(root: Path, version: str, classes: Iterable[tuple]) -> None:
    labels = [
        {
            'name': name.lower().replace(' - ', '--').replace(' ', '-'),
            'readable': name,
            'color': colour,
            'evaluate': name != 'Unlabeled',
            'instances': False,
        }
        for name, *colour in classes
    ]
    config = {'version': version, 'mapping': 'public', 'labels': labels}
    (root / f'config_v{version}.json').write_text(json.dumps(config, indent=1) + '\n')
