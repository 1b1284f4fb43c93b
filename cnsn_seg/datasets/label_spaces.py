"""Raw label ids of every data set and the one lookup table that maps them to train ids.

A *label space* is what one data set writes into its label files. Every space maps to the
19 Cityscapes train ids, with 255 for pixels that take no part in training or evaluation.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np

IGNORE_INDEX = 255

CLASSES = (
    'road', 'sidewalk', 'building', 'wall', 'fence', 'pole', 'traffic light', 'traffic sign',
    'vegetation', 'terrain', 'sky', 'person', 'rider', 'car', 'truck', 'bus', 'train',
    'motorcycle', 'bicycle',
)  # fmt: skip
"""Names of the 19 train ids, in order (cityscapesScripts, ``helpers/labels.py``)."""

PALETTE = (
    (128, 64, 128), (244, 35, 232), (70, 70, 70), (102, 102, 156), (190, 153, 153),
    (153, 153, 153), (250, 170, 30), (220, 220, 0), (107, 142, 35), (152, 251, 152),
    (70, 130, 180), (220, 20, 60), (255, 0, 0), (0, 0, 142), (0, 0, 70), (0, 60, 100),
    (0, 80, 100), (0, 0, 230), (119, 11, 32),
)  # fmt: skip
"""RGB colours of the 19 train ids (cityscapesScripts, ``helpers/labels.py``)."""

_UNKNOWN = 254  # neither a train id nor IGNORE_INDEX


@dataclass(frozen=True)
class LabelSpace:
    """The raw ids of one data set and where each of them goes.

    Args:
        name: Name that a data set puts into every sample, such as ``'gta5'``.
        train_ids: Raw id to train id, 255 for ids that are known and ignored.
        source: Where the table comes from.

    Attributes:
        table: Train id of every raw id, uint8, shape (256,), read-only; 254 marks unknown ids.

    Raises:
        ValueError: If a raw id is not in 0-255, or a train id not in 0-18 or 255.
    """

    name: str
    train_ids: Mapping[int, int]
    source: str
    table: np.ndarray = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        allowed = {*range(len(CLASSES)), IGNORE_INDEX}
        wrong = {
            raw: train_id
            for raw, train_id in self.train_ids.items()
            if raw not in range(256) or train_id not in allowed
        }
        if wrong:
            raise ValueError(
                f"label space '{self.name}' must map 0-255 to {_ranges(sorted(allowed))}, "
                f'which {wrong} does not'
            )
        table = np.full(256, _UNKNOWN, dtype=np.uint8)
        table[list(self.train_ids)] = list(self.train_ids.values())
        table.setflags(write=False)
        object.__setattr__(self, 'table', table)

    def to_train_ids(self, raw: np.ndarray) -> np.ndarray:
        """Map a label map to train ids with one lookup.

        Args:
            raw: Raw ids, uint8, any shape.

        Returns:
            Train ids, uint8, same shape.

        Raises:
            ValueError: If ``raw`` is not uint8 or holds an id this label space does not know.
        """
        if raw.dtype != np.uint8:
            raise ValueError(f"label space '{self.name}' expects uint8 ids, got {raw.dtype}")
        if not raw.size:
            return raw.copy()
        mapped = cv2.LUT(raw.reshape(1, -1), self.table).reshape(raw.shape)
        if (mapped == _UNKNOWN).any():
            unknown = np.unique(raw[mapped == _UNKNOWN]).tolist()
            raise ValueError(
                f"raw ids {unknown} are not in label space '{self.name}', "
                f'which knows {_ranges(sorted(self.train_ids))}'
            )
        return mapped


def _ranges(ids: list[int]) -> str:
    """Write sorted ids compactly, such as ``0-33, 255``."""
    runs: list[list[int]] = []
    for value in ids:
        if runs and value == runs[-1][1] + 1:
            runs[-1][1] = value
        else:
            runs.append([value, value])
    return ', '.join(str(a) if a == b else f'{a}-{b}' for a, b in runs)


def _with_ignored(train_ids: Mapping[int, int], ignored: range | tuple[int, ...]) -> dict[int, int]:
    return {**dict.fromkeys(ignored, IGNORE_INDEX), **train_ids}


_CITYSCAPES_LABEL_IDS = {
    7: 0, 8: 1, 11: 2, 12: 3, 13: 4, 17: 5, 19: 6, 20: 7, 21: 8, 22: 9, 23: 10, 24: 11, 25: 12,
    26: 13, 27: 14, 28: 15, 31: 16, 32: 17, 33: 18,
}  # fmt: skip

_MAPILLARY_V1_2 = {
    2: 1, 3: 4, 6: 3, 13: 0, 15: 1, 17: 2, 19: 11, 20: 12, 21: 12, 22: 12, 24: 0, 27: 10, 29: 9,
    30: 8, 41: 0, 45: 5, 47: 5, 48: 6, 50: 7, 52: 18, 54: 15, 55: 13, 57: 17, 58: 16, 61: 14,
}  # fmt: skip

LABEL_SPACES: dict[str, LabelSpace] = {
    space.name: space
    for space in (
        LabelSpace(
            name='train_ids',
            train_ids=_with_ignored({i: i for i in range(19)}, (IGNORE_INDEX,)),
            source='Cityscapes train ids as they are (BDD100K masks, *_labelTrainIds.png)',
        ),
        LabelSpace(
            name='cityscapes',
            train_ids=_with_ignored(_CITYSCAPES_LABEL_IDS, range(34)),
            source='cityscapesScripts, helpers/labels.py; -1 (license plate) is not written',
        ),
        LabelSpace(
            name='gta5',
            train_ids=_with_ignored(_CITYSCAPES_LABEL_IDS, range(35)),
            source='Cityscapes label ids, and 34 for license plates',
        ),
        LabelSpace(
            name='mapillary_v1.2',
            train_ids=_with_ignored(_MAPILLARY_V1_2, range(66)),
            source='RobustNet; the same in SHADE, WildNet, BlindNet, FAMix, HRDA, CLOUDS',
        ),
    )
}
"""Every label space by name."""
