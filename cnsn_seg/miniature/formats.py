"""Writers of the four data sets' folder layouts, file names and encodings."""

import base64
import json
import random
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from cnsn_seg.miniature.elements import RAW_IDS

_CITIES = ('frankfurt', 'lindau', 'munster')

_MAT_HEADER = 116  # bytes of free text, in which scipy writes the time

_LABEL_ID_COLOURS = (
    (0, 0, 0), (0, 0, 0), (0, 0, 0), (0, 0, 0), (20, 20, 20), (111, 74, 0), (81, 0, 81),
    (128, 64, 128), (244, 35, 232), (250, 170, 160), (230, 150, 140), (70, 70, 70),
    (102, 102, 156), (190, 153, 153), (180, 165, 180), (150, 100, 100), (150, 120, 90),
    (153, 153, 153), (153, 153, 153), (250, 170, 30), (220, 220, 0), (107, 142, 35),
    (152, 251, 152), (70, 130, 180), (220, 20, 60), (255, 0, 0), (0, 0, 142), (0, 0, 70),
    (0, 60, 100), (0, 0, 90), (0, 0, 110), (0, 80, 100), (0, 0, 230), (119, 11, 32), (0, 0, 142),
)  # fmt: skip

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


def _save(image: Image.Image, path: Path, **options: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, **options)


def _save_png(pixels: np.ndarray, path: Path, palette: tuple = ()) -> None:
    image = Image.fromarray(pixels)
    if palette:
        image = image.convert('L')
        image.putpalette([value for colour in palette for value in colour])
    _save(image, path, compress_level=3)


def _save_jpeg(pixels: np.ndarray, path: Path, quality: int) -> None:
    _save(Image.fromarray(pixels), path, quality=quality)


def write_gta5(root: Path, index: int, image: np.ndarray, elements: np.ndarray, _: int) -> None:
    """Write `images/00001.png` and the palette PNG `labels/00001.png` (label ids 0..34)."""
    name = f'{index + 1:05d}.png'
    _save_png(image, root / 'images' / name)
    _save_png(RAW_IDS['gta5'][elements], root / 'labels' / name, _LABEL_ID_COLOURS)


def write_cityscapes(
    root: Path, index: int, image: np.ndarray, elements: np.ndarray, _: int
) -> None:
    """Write `leftImg8bit/val/<city>/..._leftImg8bit.png` and `gtFine/.../..._labelIds.png`."""
    city = _CITIES[index % len(_CITIES)]
    stem = f'{city}_{index // len(_CITIES):06d}_000019'
    _save_png(image, root / 'leftImg8bit/val' / city / f'{stem}_leftImg8bit.png')
    labels = root / 'gtFine/val' / city / f'{stem}_gtFine_labelIds.png'
    _save_png(RAW_IDS['cityscapes'][elements], labels)


def write_bdd100k(
    root: Path, index: int, image: np.ndarray, elements: np.ndarray, quality: int
) -> None:
    """Write `images/10k/val/<name>.jpg` and train ids in `labels/sem_seg/masks/val/<name>.png`."""
    digits = f'{random.Random(f"bdd100k {index}").getrandbits(64):016x}'
    name = f'{digits[:8]}-{digits[8:]}'
    _save_jpeg(image, root / 'images/10k/val' / f'{name}.jpg', quality)
    labels = root / 'labels/sem_seg/masks/val' / f'{name}.png'
    _save_png(RAW_IDS['train_ids'][elements], labels)


def write_mapillary(
    root: Path, index: int, image: np.ndarray, elements: np.ndarray, quality: int
) -> None:
    """Write `validation/images/<id>.jpg` and the palette PNG `validation/labels/<id>.png`."""
    key = random.Random(f'mapillary {index}').randbytes(16)
    name = base64.urlsafe_b64encode(key).decode().rstrip('=')
    _save_jpeg(image, root / 'validation/images' / f'{name}.jpg', quality)
    labels = root / 'validation/labels' / f'{name}.png'
    colours = tuple(colour for _, *colour in _VISTAS)
    _save_png(RAW_IDS['mapillary_v1.2'][elements], labels, colours)


Writer = Callable[[Path, int, np.ndarray, np.ndarray, int], None]
WRITERS: dict[str, Writer] = {
    'gta5': write_gta5,
    'cityscapes': write_cityscapes,
    'bdd100k': write_bdd100k,
    'mapillary': write_mapillary,
}
"""By domain: write(root, index, image, elements, jpeg_quality)."""


def write_gta5_split(root: Path, train: int, val: int) -> None:
    """Write `split.mat` as GTA5 has it: 1-based image numbers of every part."""
    from scipy.io import savemat

    numbers = np.arange(1, train + val + 1, dtype=np.uint16)[:, None]
    root.mkdir(parents=True, exist_ok=True)
    parts = {'trainIds': numbers[:train], 'valIds': numbers[train:], 'testIds': numbers[:0]}
    content = BytesIO()
    savemat(content, parts)
    dated = content.getvalue()
    header = b'MATLAB 5.0 MAT-file'.ljust(_MAT_HEADER)
    (root / 'split.mat').write_bytes(header + dated[_MAT_HEADER:])


def write_mapillary_config(root: Path) -> None:
    """Write `config_v1.2.json`, which names and colours the ids."""
    labels = [
        {
            'name': name.lower().replace(' - ', '--').replace(' ', '-'),
            'readable': name,
            'color': colour,
            'evaluate': name != 'Unlabeled',
            'instances': False,
        }
        for name, *colour in _VISTAS
    ]
    root.mkdir(parents=True, exist_ok=True)
    config = {'version': '1.2', 'mapping': 'public', 'labels': labels}
    (root / 'config_v1.2.json').write_text(json.dumps(config, indent=1) + '\n')
