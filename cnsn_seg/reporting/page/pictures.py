"""Pictures small enough to be part of a page."""

import base64
import io

import cv2
import numpy as np
from PIL import Image

from cnsn_seg.datasets.label_spaces import IGNORE_INDEX, PALETTE

ERROR_COLOUR = (213, 94, 0)  # Okabe and Ito's vermillion
PHOTO_QUALITY = 82


def photo_uri(image: np.ndarray, width: int) -> str:
    """Encode a photo as WebP, no wider than ``width``.

    Args:
        image: RGB, shape (H, W, 3), uint8.
        width: In pixels.
    """
    size = _size(image, width)
    if size != (image.shape[1], image.shape[0]):
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return _uri(Image.fromarray(image), 'webp', quality=PHOTO_QUALITY, method=4)


def labels_uri(train_ids: np.ndarray, width: int) -> str:
    """Encode train ids as PNG in the Cityscapes colours, ignored pixels black.

    Args:
        train_ids: Shape (H, W), uint8.
        width: In pixels; every kept pixel has a class of the original.
    """
    ids = _shrunk(train_ids, width)
    black = len(PALETTE)  # the id behind the classes, so that the palette stays short
    colours = [part for colour in (*PALETTE, (0, 0, 0)) for part in colour]
    return _png(np.where(ids == IGNORE_INDEX, black, ids).astype(np.uint8), colours)


def errors_uri(truth: np.ndarray, prediction: np.ndarray, width: int) -> str:
    """Encode wrong pixels as PNG to lay over a photo, everything else being transparent.

    Args:
        truth: Train ids, shape (H, W); ignored pixels are never wrong.
        prediction: Train ids, shape (H, W).
        width: In pixels.
    """
    wrong = (truth != prediction) & (truth != IGNORE_INDEX)
    colours = [0, 0, 0, *ERROR_COLOUR]
    return _png(_shrunk(wrong.astype(np.uint8), width), colours, bits=1, transparency=0)


def _png(ids: np.ndarray, palette: list[int], **options: object) -> str:
    picture = Image.fromarray(ids).convert('P')
    picture.putpalette(palette)
    return _uri(picture, 'png', optimize=True, **options)


def _shrunk(ids: np.ndarray, width: int) -> np.ndarray:
    return cv2.resize(ids, _size(ids, width), interpolation=cv2.INTER_NEAREST)


def _size(image: np.ndarray, width: int) -> tuple[int, int]:
    height, full = image.shape[:2]
    width = min(width, full)
    return width, max(1, round(height * width / full))


def _uri(picture: Image.Image, kind: str, **options: object) -> str:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return f'data:image/{kind};base64,{base64.b64encode(file.getvalue()).decode()}'
