"""Everything a street scene is made of, and its raw id in each data set's label files."""

from enum import IntEnum, auto

import numpy as np

from cnsn_seg.datasets.label_spaces import LABEL_SPACES


class Element(IntEnum):
    """What a pixel shows, finer than any of the four label spaces."""

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


_CITYSCAPES_AND_MAPILLARY = {
    Element.UNLABELED: (0, 65),
    Element.EGO_VEHICLE: (1, 64),
    Element.STREET_FURNITURE: (4, 51),
    Element.BENCH: (4, 33),
    Element.ROAD: (7, 13),
    Element.LANE_MARKING: (7, 24),
    Element.CROSSWALK: (7, 23),
    Element.MANHOLE: (7, 41),
    Element.RAIL_TRACK: (7, 12),
    Element.SIDEWALK: (8, 15),
    Element.CURB: (8, 2),
    Element.BUILDING: (11, 17),
    Element.BILLBOARD: (11, 35),
    Element.WALL: (12, 6),
    Element.FENCE: (13, 3),
    Element.GUARD_RAIL: (14, 4),
    Element.POLE: (17, 45),
    Element.UTILITY_POLE: (17, 47),
    Element.STREET_LIGHT: (17, 44),
    Element.TRAFFIC_LIGHT: (19, 48),
    Element.SIGN_FRONT: (20, 50),
    Element.SIGN_BACK: (4, 49),
    Element.VEGETATION: (21, 30),
    Element.TERRAIN: (22, 29),
    Element.MOUNTAIN: (21, 25),
    Element.SKY: (23, 27),
    Element.PERSON: (24, 19),
    Element.BICYCLIST: (25, 20),
    Element.MOTORCYCLIST: (25, 21),
    Element.OTHER_RIDER: (25, 22),
    Element.CAR: (26, 55),
    Element.LICENSE_PLATE: (26, 55),
    Element.TRUCK: (27, 61),
    Element.BUS: (28, 54),
    Element.TRAIN: (31, 58),
    Element.MOTORCYCLE: (32, 57),
    Element.BICYCLE: (33, 52),
    Element.SCOOTER: (5, 62),
}

_GTA5_LICENSE_PLATE = 34


def _tables() -> dict[str, np.ndarray]:
    cityscapes = np.zeros(len(Element), np.uint8)
    mapillary = np.zeros(len(Element), np.uint8)
    for element, (label_id, vistas_id) in _CITYSCAPES_AND_MAPILLARY.items():
        cityscapes[element], mapillary[element] = label_id, vistas_id
    gta5 = cityscapes.copy()
    gta5[Element.LICENSE_PLATE] = _GTA5_LICENSE_PLATE
    return {
        'gta5': gta5,
        'cityscapes': cityscapes,
        'train_ids': LABEL_SPACES['cityscapes'].to_train_ids(cityscapes),
        'mapillary_v1.2': mapillary,
    }


RAW_IDS: dict[str, np.ndarray] = _tables()
"""Label space name to raw ids by element, uint8, shape (number of elements,)."""
