"""What is made of a prediction: a picture to look at, or ids."""

from collections.abc import Callable

import cv2
import numpy as np

from cnsn_seg.datasets.label_spaces import CLASSES, LABEL_SPACES
from cnsn_seg.reporting.panel import colour

_OPACITY = 0.5

Format = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""From an image (BGR, uint8, shape (H, W, 3)) and train ids, shape (H, W), to pixels of a PNG."""


def overlay(image: np.ndarray, train_ids: np.ndarray) -> np.ndarray:
    """Mix an image with the Cityscapes colours of its classes: BGR, uint8, shape (H, W, 3)."""
    colours = cv2.cvtColor(colour(train_ids), cv2.COLOR_RGB2BGR)
    return cv2.addWeighted(image, 1 - _OPACITY, colours, _OPACITY, 0)


def as_train_ids(image: np.ndarray, train_ids: np.ndarray) -> np.ndarray:
    """Keep train ids: uint8, shape (H, W)."""
    return train_ids.astype(np.uint8)


def as_label_ids(image: np.ndarray, train_ids: np.ndarray) -> np.ndarray:
    """Turn train ids into the label ids that the Cityscapes server expects: uint8, shape (H, W)."""
    return _LABEL_IDS[train_ids]


def check_classes(format_name: str, num_classes: int) -> None:
    """Make sure that a format can show what a model predicts.

    Raises:
        ValueError: If it is for the 19 classes of Cityscapes and the model has others.
    """
    if num_classes != len(CLASSES) and format_name != 'train-ids':
        raise ValueError(
            f'--format {format_name} is for the {len(CLASSES)} classes of Cityscapes, and the '
            f'model has {num_classes}: use --format train-ids'
        )


def _label_ids() -> np.ndarray:
    known = LABEL_SPACES['cityscapes'].train_ids.items()
    by_train_id = {train_id: label_id for label_id, train_id in known}
    return np.array([by_train_id[train_id] for train_id in range(len(CLASSES))], dtype=np.uint8)


_LABEL_IDS = _label_ids()

FORMATS: dict[str, Format] = {
    'overlay': overlay,
    'train-ids': as_train_ids,
    'label-ids': as_label_ids,
}
"""Every format by its name."""
