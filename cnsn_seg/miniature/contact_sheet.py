"""A picture of a few images of every domain next to their labels."""

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from cnsn_seg.datasets.label_spaces import PALETTE
from cnsn_seg.miniature.appearance import DOMAINS
from cnsn_seg.miniature.elements import RAW_IDS
from cnsn_seg.miniature.images import make_image
from cnsn_seg.miniature.render import HEIGHT, WIDTH

_TITLES = {
    'gta5': 'GTA5 (source)',
    'cityscapes': 'Cityscapes',
    'bdd100k': 'BDD100K',
    'mapillary': 'Mapillary Vistas',
}
_SCALE, _GAP, _HEADER = 2, 6, 40


def contact_sheet(seed: int, rows: int = 6) -> np.ndarray:
    """Draw the sheet: a column of images and a narrower one of labels for each domain.

    Args:
        seed: Seed of the set.
        rows: Images of each domain, from the first on.

    Returns:
        RGB, uint8, shape (height, width, 3).
    """
    wide, high = WIDTH * _SCALE, HEIGHT * _SCALE
    sheet = Image.new(
        'RGB',
        (len(DOMAINS) * (wide + _GAP) + _GAP, _HEADER + rows * (high * 3 // 2 + _GAP)),
        'white',
    )
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(24)
    for column, domain in enumerate(DOMAINS):
        left = _GAP + column * (wide + _GAP)
        draw.text((left + 4, 5), _TITLES[domain], fill='black', font=font)
        for row in range(rows):
            top = _HEADER + row * (high * 3 // 2 + _GAP)
            image, elements, _ = make_image(domain, row, seed)
            big = cv2.resize(image, (wide, high), interpolation=cv2.INTER_CUBIC)
            sheet.paste(Image.fromarray(big), (left, top))
            labels = Image.fromarray(_coloured(elements))
            sheet.paste(labels, (left, top + high))
            sheet.paste(Image.fromarray(_overlay(image, elements)), (left + WIDTH, top + high))
    return np.asarray(sheet)


def _coloured(elements: np.ndarray) -> np.ndarray:
    palette = np.zeros((256, 3), np.uint8)
    palette[: len(PALETTE)] = PALETTE
    return palette[RAW_IDS['train_ids'][elements]]


def _overlay(image: np.ndarray, elements: np.ndarray) -> np.ndarray:
    return cv2.addWeighted(image, 0.5, _coloured(elements), 0.5, 0)
