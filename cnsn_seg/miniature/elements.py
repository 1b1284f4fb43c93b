"""Everything a street scene is made of, and its raw id in each data set's label files."""

from enum import IntEnum, auto

import numpy as np

from cnsn_seg.datasets.label_spaces import LABEL_SPACES


class Element(IntEnum):
    """What a pixel shows, finer than any label space."""

    UNLABELED = 0
    EGO_VEHICLE = auto()
    STREET_FURNITURE = auto()
    BENCH = auto()
    ROAD = auto()
    LANE_MARKING = auto()
    CROSSWALK = auto()
    MANHOLE = auto()
    RAIL_TRACK = auto()
    SIDEWALK = auto()
    CURB = auto()
    BUILDING = auto()
    BILLBOARD = auto()
    WALL = auto()
    FENCE = auto()
    GUARD_RAIL = auto()
    POLE = auto()
    UTILITY_POLE = auto()
    STREET_LIGHT = auto()
    TRAFFIC_LIGHT = auto()
    SIGN_FRONT = auto()
    SIGN_BACK = auto()
    VEGETATION = auto()
    TERRAIN = auto()
    MOUNTAIN = auto()
    SKY = auto()
    PERSON = auto()
    BICYCLIST = auto()
    MOTORCYCLIST = auto()
    OTHER_RIDER = auto()
    CAR = auto()
    LICENSE_PLATE = auto()
    TRUCK = auto()
    BUS = auto()
    TRAIN = auto()
    MOTORCYCLE = auto()
    BICYCLE = auto()
    SCOOTER = auto()


# Raw ids in Cityscapes, Mapillary Vistas 1.2, Mapillary Vistas 2.0, SYNTHIA and IDD (level 3).
# SYNTHIA-RAND-CITYSCAPES labels no terrain, no trucks and no trains. Rails that lie in a lane
# are road to all but Vistas.
_IDS = {
    Element.UNLABELED: (0, 65, 123, 0, 255),
    Element.EGO_VEHICLE: (1, 64, 120, 0, 255),
    Element.STREET_FURNITURE: (4, 51, 104, 0, 21),
    Element.BENCH: (4, 33, 67, 0, 21),
    Element.ROAD: (7, 13, 21, 3, 0),
    Element.LANE_MARKING: (7, 24, 35, 22, 0),
    Element.CROSSWALK: (7, 23, 45, 22, 0),
    Element.MANHOLE: (7, 41, 74, 3, 0),
    Element.RAIL_TRACK: (7, 12, 20, 3, 0),
    Element.SIDEWALK: (8, 15, 24, 4, 2),
    Element.CURB: (8, 2, 4, 4, 13),
    Element.BUILDING: (11, 17, 27, 2, 22),
    Element.BILLBOARD: (11, 35, 78, 2, 17),
    Element.WALL: (12, 6, 12, 21, 14),
    Element.FENCE: (13, 3, 5, 5, 15),
    Element.GUARD_RAIL: (14, 4, 6, 0, 16),
    Element.POLE: (17, 45, 85, 7, 20),
    Element.UTILITY_POLE: (17, 47, 88, 7, 20),
    Element.STREET_LIGHT: (17, 44, 84, 7, 20),
    Element.TRAFFIC_LIGHT: (19, 48, 92, 15, 19),
    Element.SIGN_FRONT: (20, 50, 100, 9, 18),
    Element.SIGN_BACK: (4, 49, 97, 0, 21),
    Element.VEGETATION: (21, 30, 64, 6, 24),
    Element.TERRAIN: (22, 29, 63, 0, 3),
    Element.MOUNTAIN: (21, 25, 59, 6, 24),
    Element.SKY: (23, 27, 61, 1, 25),
    Element.PERSON: (24, 19, 30, 10, 4),
    Element.BICYCLIST: (25, 20, 32, 17, 5),
    Element.MOTORCYCLIST: (25, 21, 33, 17, 5),
    Element.OTHER_RIDER: (25, 22, 34, 17, 5),
    Element.CAR: (26, 55, 108, 8, 9),
    Element.LICENSE_PLATE: (26, 55, 108, 8, 9),
    Element.TRUCK: (27, 61, 114, 0, 10),
    Element.BUS: (28, 54, 107, 19, 11),
    Element.TRAIN: (31, 58, 111, 0, 12),
    Element.MOTORCYCLE: (32, 57, 110, 12, 6),
    Element.BICYCLE: (33, 52, 105, 11, 7),
    Element.SCOOTER: (5, 62, 116, 0, 12),
}

_GTA5_LICENSE_PLATE = 34


def _tables() -> dict[str, np.ndarray]:
    columns = np.array([_IDS[element] for element in Element], np.uint8).T
    cityscapes, mapillary, mapillary_2, synthia, idd = columns
    gta5 = cityscapes.copy()
    gta5[Element.LICENSE_PLATE] = _GTA5_LICENSE_PLATE
    return {
        'gta5': gta5,
        'cityscapes': cityscapes,
        'train_ids': LABEL_SPACES['cityscapes'].to_train_ids(cityscapes),
        'mapillary_v1.2': mapillary,
        'mapillary_v2.0': mapillary_2,
        'synthia': synthia.astype(np.uint16),
        'idd_level3': idd,
    }


RAW_IDS: dict[str, np.ndarray] = _tables()
"""Label space name to raw ids by element, shape (number of elements,): uint8, SYNTHIA's uint16."""
