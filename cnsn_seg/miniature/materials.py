"""What the surfaces of a world are painted with: palettes of sRGB colours, by place and season."""

from dataclasses import dataclass

import numpy as np

Palette = dict[str, list[tuple[int, int, int]]]

_COMMON: Palette = {
    'asphalt': [(92, 92, 96), (104, 102, 100), (82, 83, 88)],
    'marking': [(232, 232, 228)],
    'zebra': [(228, 228, 222)],
    'curb': [(178, 175, 168)],
    'rail': [(52, 50, 50)],
    'manhole': [(58, 56, 54)],
    'contact': [(38, 38, 40)],
    'paving': [(172, 162, 150), (158, 154, 150), (180, 166, 146)],
    'grass': [(92, 140, 52), (112, 150, 60), (84, 126, 58)],
    'hill': [(96, 122, 92)],
    'leaf_dark': [(38, 78, 30), (48, 84, 34), (34, 72, 40)],
    'leaf': [(64, 116, 40), (78, 124, 46), (56, 108, 54)],
    'leaf_light': [(104, 154, 60), (122, 160, 66), (92, 146, 74)],
    'trunk': [(92, 70, 50), (80, 64, 52)],
    'plaster': [(226, 206, 160), (214, 150, 104), (232, 228, 214), (196, 120, 92),
                (170, 190, 200), (238, 196, 120)],
    'brick': [(158, 78, 56), (140, 70, 58), (178, 104, 74)],
    'concrete': [(170, 166, 158), (148, 146, 144), (188, 180, 166)],
    'roof': [(150, 70, 48), (92, 82, 80), (120, 60, 48)],
    'window': [(50, 66, 84)],
    'window_frame': [(232, 230, 222), (120, 96, 76), (200, 194, 180)],
    'shop_window': [(70, 84, 92)],
    'shop_sign': [(200, 44, 40), (36, 90, 170), (34, 130, 84), (230, 180, 40), (240, 236, 226)],
    'door': [(96, 56, 36), (44, 74, 60), (60, 60, 66), (140, 40, 36)],
    'wall': [(186, 178, 166), (168, 160, 152), (200, 188, 164)],
    'brick_wall': [(156, 88, 66), (146, 92, 76)],
    'joint': [(128, 120, 110)],
    'coping': [(206, 200, 190), (140, 132, 124)],
    'picket': [(228, 224, 214), (134, 92, 58), (156, 116, 76)],
    'railing': [(60, 64, 66), (40, 62, 54), (104, 108, 110)],
    'fence_gap': [(112, 116, 92), (98, 104, 88)],
    'steel': [(172, 176, 180)],
    'metal': [(112, 116, 120), (88, 92, 94), (140, 144, 146)],
    'wood': [(112, 84, 60), (96, 76, 58)],
    'lamp': [(214, 212, 204)],
    'housing': [(34, 36, 34)],
    'bulb_off': [(62, 58, 54)],
    'bulb_red': [(255, 50, 36)],
    'bulb_amber': [(255, 176, 30)],
    'bulb_green': [(50, 240, 140)],
    'sign_red': [(206, 32, 38)],
    'sign_white': [(244, 244, 240)],
    'sign_blue': [(24, 82, 180)],
    'sign_yellow': [(248, 200, 30)],
    'sign_back': [(140, 142, 144)],
    'bin': [(40, 92, 62), (78, 82, 84), (196, 98, 34)],
    'skin': [(224, 176, 144), (196, 142, 108), (120, 82, 60), (236, 194, 166)],
    'hair': [(46, 34, 28), (92, 62, 38), (150, 112, 66), (30, 28, 28)],
    'helmet': [(230, 230, 228), (196, 40, 36), (40, 44, 52), (240, 200, 40)],
    'clothes': [(196, 48, 44), (44, 88, 160), (232, 228, 220), (52, 54, 60), (70, 130, 84),
                (222, 170, 56), (130, 80, 140)],
    'sleeves': [(170, 42, 40), (40, 78, 144), (206, 202, 194), (46, 48, 54), (62, 116, 76),
                (200, 150, 50), (116, 70, 124)],
    'trousers': [(48, 58, 88), (44, 44, 48), (116, 104, 84), (74, 80, 92), (150, 138, 116)],
    'car_paint': [(190, 32, 34), (30, 74, 156), (236, 236, 234), (52, 54, 58), (176, 180, 184),
                  (228, 172, 36), (42, 110, 74), (120, 26, 48)],
    'glass': [(38, 48, 58)],
    'tyre': [(30, 30, 32)],
    'rim': [(150, 152, 156)],
    'spokes': [(128, 128, 126)],
    'plate': [(240, 238, 226), (244, 206, 74)],
    'tail_lamp': [(190, 22, 24)],
    'head_lamp': [(240, 240, 232)],
    'truck_cab': [(204, 44, 38), (38, 84, 160), (238, 238, 236), (240, 190, 50), (70, 120, 80)],
    'truck_load': [(234, 234, 230), (200, 204, 208), (226, 150, 60), (74, 112, 158)],
    'truck_door': [(206, 206, 202), (176, 180, 184), (196, 128, 50), (64, 98, 140)],
    'bus_paint': [(232, 176, 32), (204, 40, 44), (44, 124, 182), (70, 150, 90)],
    'bus_skirt': [(90, 72, 30), (236, 234, 228), (236, 236, 236), (50, 70, 60)],
    'tram_paint': [(240, 234, 210), (232, 232, 236), (236, 220, 120)],
    'tram_lower': [(176, 38, 42), (34, 92, 152), (40, 120, 84)],
    'cabin': [(46, 56, 64)],
    'board': [(40, 40, 38)],
    'moto_paint': [(196, 30, 34), (38, 60, 150), (44, 44, 48), (240, 150, 30)],
    'bike_paint': [(210, 46, 40), (40, 100, 176), (60, 62, 66), (80, 160, 90), (236, 200, 60)],
    'hood': [(60, 62, 68)],
}  # fmt: skip

_GREY_CARS = [
    (34, 36, 40), (60, 64, 68), (148, 152, 156), (186, 188, 190), (216, 216, 214), (44, 54, 78),
    (104, 36, 38), (96, 100, 96),
]  # fmt: skip

PLACES: dict[str, Palette] = {
    'game': {},
    'german': {
        'asphalt': [(98, 100, 104), (86, 90, 92)],
        'marking': [(206, 206, 202)],
        'paving': [(140, 138, 136), (128, 128, 130), (150, 142, 136)],
        'plaster': [(196, 188, 168), (186, 178, 172), (206, 198, 186), (170, 160, 146),
                    (182, 184, 180), (176, 150, 124)],
        'brick': [(128, 86, 72), (116, 82, 74)],
        'concrete': [(146, 146, 142), (132, 132, 130)],
        'roof': [(110, 68, 58), (78, 74, 74)],
        'grass': [(94, 112, 62), (104, 116, 72)],
        'shop_sign': [(168, 56, 50), (60, 84, 124), (196, 176, 90), (190, 190, 184)],
        'car_paint': _GREY_CARS,
        'clothes': [(52, 54, 62), (70, 74, 88), (120, 112, 104), (140, 52, 50), (44, 52, 78)],
        'sleeves': [(48, 50, 58), (64, 68, 82), (112, 104, 96), (128, 46, 46), (40, 46, 70)],
        'bus_paint': [(196, 186, 120), (168, 56, 54), (196, 196, 192), (90, 128, 140)],
        'truck_load': [(206, 206, 202), (176, 180, 182), (150, 128, 96), (90, 108, 130)],
    },
    'american': {
        'asphalt': [(112, 110, 106), (128, 124, 118), (96, 94, 92)],
        'paving': [(178, 172, 162), (164, 158, 150)],
        'plaster': [(204, 186, 156), (190, 172, 150), (214, 206, 192), (160, 150, 142),
                    (176, 140, 112)],
        'grass': [(128, 134, 74), (148, 140, 84), (106, 124, 62)],
        'car_paint': [*_GREY_CARS, (228, 228, 226), (24, 24, 26)],
        'bus_paint': [(226, 226, 222), (196, 60, 48), (214, 160, 60), (100, 130, 160)],
        'tram_lower': [(150, 40, 40), (60, 66, 76), (60, 90, 140)],
        'marking': [(222, 220, 206), (214, 180, 84)],
    },
    'global': {
        'asphalt': [(88, 86, 88), (118, 112, 104), (132, 120, 108), (76, 80, 86)],
        'paving': [(170, 140, 120), (146, 146, 146), (186, 178, 160), (132, 120, 114)],
        'plaster': [(222, 214, 196), (204, 132, 96), (150, 172, 184), (232, 198, 140),
                    (178, 176, 170), (196, 110, 110), (140, 150, 128), (240, 236, 228)],
        'brick': [(150, 84, 64), (124, 70, 60), (176, 128, 100)],
        'grass': [(104, 138, 64), (140, 138, 84), (86, 120, 60)],
        'car_paint': [*_GREY_CARS, (176, 40, 40), (44, 88, 150), (208, 180, 60)],
    },
}  # fmt: skip
"""Changes to the common palette by place."""

SEASONS: dict[str, Palette] = {
    'summer': {},
    'spring': {
        'leaf_dark': [(62, 100, 44), (70, 104, 48)],
        'leaf': [(104, 148, 60), (120, 156, 72)],
        'leaf_light': [(152, 188, 92), (206, 190, 178)],
    },
    'dry': {
        'leaf_dark': [(62, 70, 42), (70, 72, 46)],
        'leaf': [(96, 104, 60), (106, 106, 66)],
        'leaf_light': [(134, 138, 86), (146, 142, 94)],
        'grass': [(152, 142, 88), (162, 148, 96), (138, 134, 80)],
    },
    'autumn': {
        'leaf_dark': [(96, 60, 32), (110, 76, 36), (70, 74, 38)],
        'leaf': [(156, 96, 42), (170, 122, 48), (110, 108, 52)],
        'leaf_light': [(204, 140, 58), (212, 170, 70), (150, 140, 66)],
        'grass': [(124, 122, 70), (110, 116, 66)],
    },
    'winter': {
        'leaf_dark': [(66, 60, 54), (58, 62, 52)],
        'leaf': [(96, 88, 78), (84, 88, 72)],
        'leaf_light': [(128, 118, 104), (112, 114, 96)],
        'grass': [(120, 118, 90), (112, 112, 84)],
    },
}
"""Changes to foliage and grass by season."""

_GLOW_COLOUR = {
    'window': (255, 196, 120), 'shop_window': (255, 226, 180), 'lamp': (255, 190, 110),
    'cabin': (240, 236, 210), 'board': (255, 170, 60),
}  # fmt: skip

_ROUGHNESS = {
    'asphalt': 0.10, 'grass': 0.28, 'paving': 0.10, 'leaf': 0.30, 'leaf_light': 0.28,
    'leaf_dark': 0.30, 'brick': 0.16, 'plaster': 0.05, 'concrete': 0.07, 'wall': 0.10,
    'brick_wall': 0.18, 'hill': 0.10, 'roof': 0.12, 'trunk': 0.2, 'wood': 0.12,
}  # fmt: skip

NAMES = tuple(_COMMON)
INDEX = {name: i for i, name in enumerate(NAMES)}
GLASS = np.array([name in ('window', 'glass', 'cabin', 'shop_window') for name in NAMES])
ROUGHNESS = np.array([_ROUGHNESS.get(name, 0.03) for name in NAMES], np.float32)


def linear(colour: np.ndarray) -> np.ndarray:
    """8-bit sRGB values to light, float32 in [0, 1]."""
    return (np.asarray(colour, np.float32) / 255) ** 2.2


@dataclass(frozen=True)
class Paint:
    """A palette as arrays, ready to colour all surfaces of a world at once.

    Attributes:
        colours: All colours in linear light, float32, shape (colours, 3).
        start: First colour of each material, shape (materials,).
        count: Number of colours of each material, shape (materials,).
        glow: Colour in which each material shines, float32, shape (materials, 3).
    """

    colours: np.ndarray
    start: np.ndarray
    count: np.ndarray
    glow: np.ndarray

    @classmethod
    def of(cls, place: str, season: str) -> 'Paint':
        """The paint of a place in a season."""
        palette = {**_COMMON, **PLACES[place], **SEASONS[season]}
        colours = [palette[name] for name in NAMES]
        count = np.array([len(c) for c in colours])
        glow = [_GLOW_COLOUR.get(name, palette[name][0]) for name in NAMES]
        flat = [c for options in colours for c in options]
        return cls(linear(flat), np.cumsum(count) - count, count, linear(glow))

    def albedo(self, material: np.ndarray, tint: np.ndarray) -> np.ndarray:
        """Colours of surfaces.

        Args:
            material: Indices into `NAMES`, shape (surfaces,).
            tint: In [0, 1), shape (surfaces, 3).

        Returns:
            Linear light, float32, shape (surfaces, 3).
        """
        pick = self.start[material] + (tint[:, 0] * self.count[material]).astype(int)
        spread = 0.85 + 0.3 * tint[:, 1:2]
        return self.colours[pick] * spread
