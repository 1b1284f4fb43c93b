"""A picture of a few images of every domain next to their labels."""

from collections.abc import Iterable

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from cnsn_seg.datasets.label_spaces import PALETTE
from cnsn_seg.miniature.elements import RAW_IDS
from cnsn_seg.miniature.images import make_image
from cnsn_seg.miniature.looks import DOMAINS
from cnsn_seg.miniature.render import HEIGHT, WIDTH

_TITLES = {
    'gta5': 'GTA5 (source)',
    'cityscapes': 'Cityscapes',
    'bdd100k': 'BDD100K',
    'mapillary': 'Mapillary Vistas',
    'synthia': 'SYNTHIA (source)',
    'acdc': 'ACDC: fog, night, rain, snow',
    'dark_zurich': 'Dark Zurich',
    'nighttime_driving': 'Nighttime Driving',
    'idd': 'IDD',
}
_SCALE, _GAP, _HEADER = 2, 6, 40
_MOST_COLUMNS = 4


def contact_sheet(domains: Iterable[str], seed: int) -> np.ndarray:
    """Draw the sheet: for each domain a column of images, each above its labels.

    Up to four domains stand side by side with six images each; more are wrapped into rows of
    columns with four images each.

    Args:
        domains: What to show.
        seed: Seed of the set.

    Returns:
        RGB, uint8, shape (height, width, 3).
    """
    shown = [domain for domain in DOMAINS if domain in set(domains)]
    rows = -(-len(shown) // _MOST_COLUMNS)
    columns = -(-len(shown) // rows)
    tiles = [_column(domain, 6 if rows == 1 else 4, seed) for domain in shown]
    high, wide = tiles[0].shape[:2]
    sheet = np.full((rows * high, _GAP + columns * wide, 3), 255, np.uint8)
    for place, tile in enumerate(tiles):
        top, left = place // columns * high, _GAP + place % columns * wide
        sheet[top : top + high, left : left + wide] = tile
    return sheet


def _column(domain: str, count: int, seed: int) -> np.ndarray:
    """The first images of a domain under its name, with a gap to the right."""
    wide, high = WIDTH * _SCALE, HEIGHT * _SCALE
    step = high * 3 // 2 + _GAP
    column = Image.new('RGB', (wide + _GAP, _HEADER + count * step), 'white')
    font = ImageFont.load_default(24)
    ImageDraw.Draw(column).text((4, 5), _TITLES[domain], fill='black', font=font)
    for index in range(count):
        top = _HEADER + index * step
        image, elements, _ = make_image(domain, index, seed)
        big = cv2.resize(image, (wide, high), interpolation=cv2.INTER_CUBIC)
        column.paste(Image.fromarray(big), (0, top))
        column.paste(Image.fromarray(_coloured(elements)), (0, top + high))
        column.paste(Image.fromarray(_overlay(image, elements)), (WIDTH, top + high))
    return np.asarray(column)


def _coloured(elements: np.ndarray) -> np.ndarray:
    palette = np.zeros((256, 3), np.uint8)
    palette[: len(PALETTE)] = PALETTE
    return palette[RAW_IDS['train_ids'][elements]]


def _overlay(image: np.ndarray, elements: np.ndarray) -> np.ndarray:
    return cv2.addWeighted(image, 0.5, _coloured(elements), 0.5, 0)
