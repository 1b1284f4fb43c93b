"""Confusion matrices of single images: ``images.npz`` beside a ``results.json``.

Comparing methods by resampling images and finding the images that a model gets wrong need them.
"""

import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np

from cnsn_seg.atomic_write import atomic_write

FILE_NAME = 'images.npz'

_DAMAGED = (
    *(ValueError, KeyError, EOFError, AttributeError, OSError, MemoryError, RuntimeError),
    *(zipfile.BadZipFile, zlib.error, SyntaxError, struct.error),
)
"""What NumPy and zipfile stumble over in a damaged file."""


@dataclass(frozen=True)
class ImageCounts:
    """What one domain's images contribute to its confusion matrix.

    Args:
        names: Names of the images, relative to the domain's image folder, sorted.
        confusion: Pixels by image, true and predicted class, shape (num_images, C, C), int32.
    """

    names: list[str]
    confusion: np.ndarray


def save_image_counts(path: str | Path, counts: Mapping[str, ImageCounts]) -> None:
    """Write the counts of every domain, completely or not at all."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {}
    for domain, found in counts.items():
        arrays[f'{domain}/names'] = np.array(found.names, dtype=np.str_)
        arrays[f'{domain}/confusion'] = found.confusion.astype(np.int32)
    with atomic_write(path) as temporary:
        np.savez_compressed(temporary, **arrays)


def load_image_counts(path: str | Path) -> dict[str, ImageCounts]:
    """Read what :func:`save_image_counts` wrote.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is something else, or damaged.
    """
    content = BytesIO(Path(path).read_bytes())
    try:
        with np.load(content, allow_pickle=False) as file:
            domains = dict.fromkeys(name.rpartition('/')[0] for name in file.files)
            return {
                domain: ImageCounts(file[f'{domain}/names'].tolist(), file[f'{domain}/confusion'])
                for domain in domains
            }
    except _DAMAGED as error:
        raise ValueError(
            f"'{path}' is damaged or no {FILE_NAME} of tools/test.py ({error}); evaluate again"
        ) from error
