"""What the writers of all formats share: an image with its place in the set, and image files."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

Palette = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class Sample:
    """An image to write, and where in its data set it belongs.

    Attributes:
        index: Its number in the data set, from 0; training images come first.
        train: Number of training images in the data set.
        total: Number of images in the data set.
        image: RGB, uint8, shape (H, W, 3).
        elements: `Element` of every pixel, uint8, shape (H, W).
        quality: For a JPEG file.
    """

    index: int
    train: int
    total: int
    image: np.ndarray
    elements: np.ndarray
    quality: int


def save_png(pixels: np.ndarray, path: Path, palette: Palette = ()) -> None:
    """Write a PNG: RGB, grey, or with a palette.

    Args:
        pixels: uint8, shape (H, W, 3) or (H, W).
        path: File to write; its folders are made.
        palette: Colours of the ids, for shape (H, W) alone.
    """
    image = Image.fromarray(pixels)
    if palette:
        image = image.convert('L')
        image.putpalette([value for colour in palette for value in colour])
    _save(image, path, compress_level=3)


def save_jpeg(pixels: np.ndarray, path: Path, quality: int) -> None:
    """Write RGB pixels, uint8, shape (H, W, 3), as a JPEG; the file's folders are made."""
    _save(Image.fromarray(pixels), path, quality=quality)


def _save(image: Image.Image, path: Path, **options: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, **options)
