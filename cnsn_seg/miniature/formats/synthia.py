"""SYNTHIA-RAND-CITYSCAPES."""

from pathlib import Path

import cv2
import numpy as np

from cnsn_seg.miniature.elements import RAW_IDS, Element
from cnsn_seg.miniature.formats.files import Sample, save_png


def write_synthia(root: Path, sample: Sample) -> None:
    """Write `RGB/0000000.png` and, in 16 bits, `GT/LABELS/0000000.png`.

    The label file's red channel holds the class, its green channel the number of the instance.
    """
    name = f'{sample.index:07d}.png'
    save_png(sample.image, root / 'RGB' / name)
    classes = RAW_IDS['synthia'][sample.elements]
    bgr = np.stack([np.zeros_like(classes), _instances(sample.elements), classes], 2)
    labels = root / 'GT/LABELS' / name
    labels.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(labels), bgr)


def _instances(elements: np.ndarray) -> np.ndarray:
    """Number the connected regions of people and vehicles from 1; uint16, shape (H, W)."""
    numbers = np.zeros(elements.shape, np.uint16)
    for element in range(Element.PERSON, len(Element)):
        count, regions = cv2.connectedComponents((elements == element).astype(np.uint8))
        if count > 1:
            numbers[regions > 0] = (regions + numbers.max())[regions > 0]
    return numbers
