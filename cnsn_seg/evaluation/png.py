"""PNG files that are there as a whole or not at all."""

from pathlib import Path

import cv2
import numpy as np

from cnsn_seg.atomic_write import atomic_write


def save_png(path: Path, pixels: np.ndarray) -> None:
    """Write a PNG under its name once it is whole, and make the folders that it needs.

    Args:
        path: The file.
        pixels: uint8, shape (H, W) for grey or (H, W, 3) for BGR.

    Raises:
        OSError: If the file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(path) as temporary:
        temporary.write_bytes(cv2.imencode('.png', pixels)[1].tobytes())
