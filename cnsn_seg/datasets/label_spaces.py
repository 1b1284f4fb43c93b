"""Raw label ids of every data set and the one lookup table that maps them to train ids.

A *label space* is what one data set writes into its label files. Every space maps to the
19 Cityscapes train ids, with 255 for pixels that take no part in training or evaluation.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np

IGNORE_INDEX = 255

CLASSES = (
    'road', 'sidewalk', 'building', 'wall', 'fence', 'pole', 'traffic light', 'traffic sign',
    'vegetation', 'terrain', 'sky', 'person', 'rider', 'car', 'truck', 'bus', 'train',
    'motorcycle', 'bicycle',
)  # fmt: skip
"""Names of the 19 train ids, in order (cityscapesScripts, ``helpers/labels.py``)."""

CATEGORIES = {
    'flat': ('road', 'sidewalk'),
    'construction': ('building', 'wall', 'fence'),
    'object': ('pole', 'traffic light', 'traffic sign'),
    'nature': ('vegetation', 'terrain'),
    'sky': ('sky',),
    'human': ('person', 'rider'),
    'vehicle': ('car', 'truck', 'bus', 'train', 'motorcycle', 'bicycle'),
}
"""Category to classes (cityscapesScripts, ``helpers/labels.py``)."""

PALETTE = (
    (128, 64, 128), (244, 35, 232), (70, 70, 70), (102, 102, 156), (190, 153, 153),
    (153, 153, 153), (250, 170, 30), (220, 220, 0), (107, 142, 35), (152, 251, 152),
    (70, 130, 180), (220, 20, 60), (255, 0, 0), (0, 0, 142), (0, 0, 70), (0, 60, 100),
    (0, 80, 100), (0, 0, 230), (119, 11, 32),
)  # fmt: skip
"""RGB colours of the 19 train ids (cityscapesScripts, ``helpers/labels.py``)."""

_UNKNOWN = 254  # neither a train id nor IGNORE_INDEX

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class LabelSpace:
    """The raw ids of one data set and where each of them goes.

    Args:
        name: Name that a data set puts into every sample, such as ``'gta5'``.
        train_ids: Raw id to train id, 255 for ids that are known and ignored.
        source: Where the table comes from.
        ids: Name of the raw ids themselves, which several label spaces may map differently.
            Defaults to ``name``.
        bits: Bits of a raw id in the label file, 8 or 16. Defaults to 8.
        colours: RGB to raw id, for data sets that are also handed around as coloured labels.
            Defaults to None.

    Attributes:
        table: Train id of every raw id, uint8, shape (2**bits,), read-only; 254 marks unknown ids.

    Raises:
        ValueError: If a raw id does not fit into the bits, or a train id is not 0-18 or 255.
    """

    name: str
    train_ids: Mapping[int, int]
    source: str
    ids: str = ''
    bits: int = 8
    colours: Mapping[Colour, int] | None = None
    table: np.ndarray = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        allowed = {*range(len(CLASSES)), IGNORE_INDEX}
        wrong = {
            raw: train_id
            for raw, train_id in self.train_ids.items()
            if raw not in range(2**self.bits) or train_id not in allowed
        }
        if wrong:
            raise ValueError(
                f"label space '{self.name}' must map 0-{2**self.bits - 1} to "
                f'{_ranges(sorted(allowed))}, which {wrong} does not'
            )
        table = np.full(2**self.bits, _UNKNOWN, dtype=np.uint8)
        table[list(self.train_ids)] = list(self.train_ids.values())
        table.flags.writeable = False
        object.__setattr__(self, 'table', table)
        object.__setattr__(self, 'ids', self.ids or self.name)

    def to_train_ids(self, raw: np.ndarray) -> np.ndarray:
        """Map raw ids to train ids in one pass.

        Args:
            raw: Raw ids, uint8 or uint16 as ``bits`` says, any shape.

        Returns:
            Train ids, uint8, same shape.

        Raises:
            ValueError: If ``raw`` has another type or holds an id this label space does not know.
        """
        if raw.dtype != self.raw_dtype:
            raise ValueError(
                f"label space '{self.name}' expects {self.raw_dtype} ids, got {raw.dtype}"
            )
        mapped = self._look_up(raw)
        may_be_unknown = raw.size and raw.max() >= self._first_unknown
        if may_be_unknown and (mapped == _UNKNOWN).any():
            unknown = np.unique(raw[mapped == _UNKNOWN]).tolist()
            raise ValueError(
                f"raw ids {_ranges(unknown)} are not in label space '{self.name}', "
                f'which knows {_ranges(sorted(self.train_ids))}{_guess(self, unknown)}'
            )
        return mapped

    def from_file(self, stored: np.ndarray) -> np.ndarray:
        """Find the raw ids in what a label file stores.

        Args:
            stored: The decoded file: ids of shape (H, W); or, of shape (H, W, 3), RGB: 16 bits
                with the id in red (SYNTHIA), or 8 bits of colours if the label space has any.

        Returns:
            Raw ids, uint8 or uint16, shape (H, W).

        Raises:
            ValueError: If the file's form is not that of this label space, or a colour is unknown.
        """
        if stored.dtype == self.raw_dtype and stored.ndim == 2:
            return stored
        if stored.ndim == 3 and self.bits == 16 and stored.dtype == np.uint16:
            return np.ascontiguousarray(stored[..., 0])
        if stored.ndim == 3 and self.colours and stored.dtype == np.uint8:
            return self._from_colours(stored)
        raise ValueError(
            f"label space '{self.name}' needs {self._form()}, "
            f'not an array of shape {stored.shape} and type {stored.dtype}'
        )

    @property
    def raw_dtype(self) -> np.dtype:
        """Type of a raw id."""
        return np.dtype(f'uint{self.bits}')

    def _look_up(self, raw: np.ndarray) -> np.ndarray:
        if self.bits == 8 and raw.size:
            return cv2.LUT(raw.reshape(1, -1), self.table).reshape(raw.shape)
        return self.table[raw]

    def _form(self) -> str:
        if self.bits == 16:
            return 'ids in the red channel of a 16-bit PNG'
        form = 'ids in one channel of 8 bits (a grey or palette PNG)'
        return form + (', or its colours' if self.colours else '')

    def _from_colours(self, rgb: np.ndarray) -> np.ndarray:
        red, green, blue = (rgb[..., channel].astype(np.int32) for channel in range(3))
        raw = self._ids_by_colour[red << 16 | green << 8 | blue]
        if (raw == _UNKNOWN).any():
            unknown = np.unique(rgb[raw == _UNKNOWN], axis=0).tolist()
            raise ValueError(f"colours {unknown[:5]} are not in label space '{self.name}'")
        return raw

    @cached_property
    def _first_unknown(self) -> int:
        unknown = np.flatnonzero(self.table == _UNKNOWN)
        return int(unknown[0]) if len(unknown) else len(self.table)

    @cached_property
    def _ids_by_colour(self) -> np.ndarray:
        """Raw id of each of the 2**24 colours, uint8."""
        table = np.full(2**24, _UNKNOWN, dtype=np.uint8)
        for (red, green, blue), raw in self.colours.items():
            table[red << 16 | green << 8 | blue] = raw
        return table


def _ranges(ids: list[int]) -> str:
    """Write sorted ids compactly, such as ``0-33, 255``."""
    runs: list[list[int]] = []
    for value in ids:
        if runs and value == runs[-1][1] + 1:
            runs[-1][1] = value
        else:
            runs.append([value, value])
    return ', '.join(str(a) if a == b else f'{a}-{b}' for a, b in runs)


def _guess(space: LabelSpace, unknown: Iterable[int]) -> str:
    """Name what the file may be instead."""
    others = [
        other.ids
        for other in LABEL_SPACES.values()
        if other.bits == space.bits
        and other.ids.split('_')[0] == space.ids.split('_')[0]
        and other.train_ids.keys() >= {*unknown}
    ]
    return f"; '{others[0]}' has them" if others else ''


def _with_ignored(train_ids: Mapping[int, int], ignored: Iterable[int]) -> dict[int, int]:
    return {**dict.fromkeys(ignored, IGNORE_INDEX), **train_ids}


_CITYSCAPES_LABEL_IDS = {
    7: 0, 8: 1, 11: 2, 12: 3, 13: 4, 17: 5, 19: 6, 20: 7, 21: 8, 22: 9, 23: 10, 24: 11, 25: 12,
    26: 13, 27: 14, 28: 15, 31: 16, 32: 17, 33: 18,
}  # fmt: skip

# Where two ids share a colour (17 and 18, 26 and 34), the colour stands for the first.
_GTA5_COLOURS = {
    (0, 0, 0): 0, (20, 20, 20): 4, (111, 74, 0): 5, (81, 0, 81): 6, (128, 64, 128): 7,
    (244, 35, 232): 8, (250, 170, 160): 9, (230, 150, 140): 10, (70, 70, 70): 11,
    (102, 102, 156): 12, (190, 153, 153): 13, (180, 165, 180): 14, (150, 100, 100): 15,
    (150, 120, 90): 16, (153, 153, 153): 17, (250, 170, 30): 19, (220, 220, 0): 20,
    (107, 142, 35): 21, (152, 251, 152): 22, (70, 130, 180): 23, (220, 20, 60): 24,
    (255, 0, 0): 25, (0, 0, 142): 26, (0, 0, 70): 27, (0, 60, 100): 28, (0, 0, 90): 29,
    (0, 0, 110): 30, (0, 80, 100): 31, (0, 0, 230): 32, (119, 11, 32): 33,
}  # fmt: skip

_MAPILLARY_V1_2 = {
    2: 1, 3: 4, 6: 3, 13: 0, 15: 1, 17: 2, 19: 11, 20: 12, 21: 12, 22: 12, 24: 0, 27: 10, 29: 9,
    30: 8, 41: 0, 45: 5, 47: 5, 48: 6, 50: 7, 52: 18, 54: 15, 55: 13, 57: 17, 58: 16, 61: 14,
}  # fmt: skip

_MAPILLARY_V1_2_REIN = {
    **_MAPILLARY_V1_2,
    7: 0, 8: 0, 9: 1, 10: 0, 11: 1, 14: 0, 23: 0, 41: 255, 44: 5, 46: 7, 49: 7,
}  # fmt: skip

_MAPILLARY_V2_0 = {
    4: 1, 5: 4, 12: 3, 21: 0, 24: 1, 27: 2, 28: 2, 30: 11, 31: 11, 32: 12, 33: 12, 34: 12,
    **{marking: 0 for marking in range(35, 59) if marking not in (45, 56)},
    61: 10, 63: 9, 64: 8, 74: 0, 85: 5, 88: 5, **dict.fromkeys(range(90, 96), 6),
    99: 7, 100: 7, 101: 7, 103: 7, 105: 18, 107: 15, 108: 13, 110: 17, 111: 16, 114: 14,
}  # fmt: skip

_SYNTHIA_16 = {
    1: 10, 2: 2, 3: 0, 4: 1, 5: 4, 6: 8, 7: 5, 8: 13, 9: 7, 10: 11, 11: 18, 12: 17, 15: 6, 17: 12,
    19: 15, 21: 3,
}  # fmt: skip
_SYNTHIA = {**_SYNTHIA_16, 16: 9, 18: 14, 20: 16}
_SYNTHIA_13 = {raw: train_id for raw, train_id in _SYNTHIA_16.items() if raw not in (5, 7, 21)}

_IDD = {
    0: 0, 3: 1, 5: 9, 6: 11, 8: 12, 9: 17, 10: 18, 12: 13, 13: 14, 14: 15, 17: 16, 20: 3, 21: 4,
    24: 7, 25: 6, 26: 5, 29: 2, 32: 8, 33: 10,
}  # fmt: skip
_IDD_LEVEL_3 = {
    0: 0, 2: 1, 3: 9, 4: 11, 5: 12, 6: 17, 7: 18, 9: 13, 10: 14, 11: 15, 14: 3, 15: 4, 18: 7,
    19: 6, 20: 5, 22: 2, 24: 8, 25: 10,
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
            colours=_GTA5_COLOURS,
        ),
        LabelSpace(
            name='gta5_robustnet',
            ids='gta5',
            train_ids=_with_ignored({**_CITYSCAPES_LABEL_IDS, 18: 5, 34: 13}, range(35)),
            source="RobustNet reads the labels' colours: license plates count as car, pole groups "
            'as pole',
            colours=_GTA5_COLOURS,
        ),
        LabelSpace(
            name='mapillary_v1.2',
            train_ids=_with_ignored(_MAPILLARY_V1_2, range(66)),
            source='RobustNet; the same in SHADE, WildNet, BlindNet, FAMix, HRDA, CLOUDS',
        ),
        LabelSpace(
            name='mapillary_v1.2_rein',
            ids='mapillary_v1.2',
            train_ids=_with_ignored(_MAPILLARY_V1_2_REIN, range(66)),
            source="Rein; the same in SoMA and DepthForge; differs from RobustNet's in 11 ids",
        ),
        LabelSpace(
            name='mapillary_v2.0',
            train_ids=_with_ignored(_MAPILLARY_V2_0, range(124)),
            source="ours: RobustNet's map carried over to the 124 ids by name; person groups are "
            'persons, garages are buildings, and what v1.2 does not know is ignored',
        ),
        LabelSpace(
            name='synthia',
            train_ids=_with_ignored(_SYNTHIA, range(23)),
            source='DAFormer and Rein; terrain, truck and train never occur, which leaves 16',
            bits=16,
        ),
        LabelSpace(
            name='synthia_16',
            ids='synthia',
            train_ids=_with_ignored(_SYNTHIA_16, range(23)),
            source='the 16 classes of SYNTHIA-RAND-CITYSCAPES',
            bits=16,
        ),
        LabelSpace(
            name='synthia_13',
            ids='synthia',
            train_ids=_with_ignored(_SYNTHIA_13, range(23)),
            source='the 16 classes without wall, fence and pole',
            bits=16,
        ),
        LabelSpace(
            name='idd',
            train_ids=_with_ignored(_IDD, (*range(40), IGNORE_INDEX)),
            source='AutoNUE, helpers/anue_labels.py: csTrainId by id',
        ),
        LabelSpace(
            name='idd_level3',
            train_ids=_with_ignored(_IDD_LEVEL_3, (*range(26), IGNORE_INDEX)),
            source='AutoNUE, helpers/anue_labels.py: csTrainId by level3Id. Where one level3Id '
            'holds several ids: rail tracks count as terrain, animals as person, pole groups as '
            'pole, fallback background as sky; caravans, trailers and trains are ignored',
        ),
    )
}
"""Every label space by name."""
