"""Cars, trucks, buses and trams: swept profiles with windows, wheels and lamps."""

from itertools import pairwise

import numpy as np

from cnsn_seg.miniature.elements import Element
from cnsn_seg.miniature.shapes import Frame, Thing, Tint, disc, random_tint, rectangles

# Side profiles, clockwise from the lower back; (along, up) in metres. The edges named in the
# second entry are glass.
_SEDAN = (
    [(-2.2, 0.3), (-2.2, 0.95), (-1.75, 1.0), (-1.15, 1.45), (0.25, 1.45), (0.95, 0.98),
     (1.95, 0.82), (2.15, 0.6), (2.15, 0.3)],
    (2, 4),
    [(-1.5, 1.0), (-1.05, 1.36), (0.2, 1.36), (0.75, 1.0)],
)  # fmt: skip
_HATCH = (
    [(-1.9, 0.3), (-1.95, 0.95), (-1.6, 1.5), (0.2, 1.52), (0.95, 1.0), (1.75, 0.85), (1.95, 0.6),
     (1.95, 0.3)],
    (1, 3),
    [(-1.65, 1.0), (-1.4, 1.42), (0.15, 1.42), (0.75, 1.0)],
)  # fmt: skip
_SUV = (
    [(-2.2, 0.4), (-2.25, 1.1), (-2.0, 1.75), (0.3, 1.75), (1.0, 1.18), (2.05, 1.05),
     (2.25, 0.75), (2.25, 0.4)],
    (1, 3),
    [(-1.9, 1.18), (-1.75, 1.64), (0.25, 1.64), (0.8, 1.18)],
)  # fmt: skip
_VAN = (
    [(-2.5, 0.4), (-2.5, 1.2), (-2.45, 2.1), (1.2, 2.1), (1.95, 1.25), (2.45, 1.0), (2.5, 0.4)],
    (1, 3),
    [(-0.4, 1.25), (-0.4, 1.95), (1.1, 1.95), (1.7, 1.25)],
)  # fmt: skip
_CARS = (_SEDAN, _HATCH, _SUV, _SEDAN, _HATCH, _VAN)

CAR_LENGTH = 4.5


def _start(
    lateral: float, ahead: float, heading: float, length: float, width: float, height: float
) -> tuple[Thing, Frame]:
    """Make an empty vehicle with the dark patch of ground underneath it."""
    frame = Frame(lateral, ahead, heading)
    reach = (abs(frame.cos) * length + abs(frame.sin) * width) / 2
    spread = abs(frame.sin) * length + abs(frame.cos) * width
    thing = Thing(lateral, ahead - reach, ahead + reach, footprint=(spread, height))
    patch = frame.ground(length * 1.03, width * 1.1, 0.01)
    thing.add(patch, Element.ROAD, 'contact', one_sided=False)
    return thing, frame


def _wheels(
    thing: Thing, frame: Frame, element: Element, axles: tuple[float, ...], radius: float,
    width: float,
) -> None:  # fmt: skip
    for across in (-width / 2 - 0.02, width / 2 + 0.02):
        tyres = np.stack([disc(a, radius, radius) for a in axles])
        rims = np.stack([disc(a, radius, radius * 0.55, corners=8) for a in axles])
        thing.add(frame.side(tyres, across), element, 'tyre')
        thing.add(frame.side(rims, across), element, 'rim')


def _treads(
    thing: Thing, frame: Frame, element: Element, length: float, width: float, clearance: float
) -> None:
    """Wheels and the dark gap under the body as seen from behind or in front."""
    half = width / 2
    treads = rectangles([(-half, 0, -half + 0.28, clearance), (half - 0.28, 0, half, clearance)])
    gap = rectangles([(-half + 0.1, clearance * 0.45, half - 0.1, clearance)])
    for along in (-length / 2 + 0.15, length / 2 - 0.15):
        thing.add(frame.end(gap, along), element, 'tyre')
        thing.add(frame.end(treads, along), element, 'tyre')


def _lamps(
    thing: Thing, frame: Frame, element: Element, back: float, front: float, width: float,
    up: float, size: float = 0.3,
) -> None:  # fmt: skip
    half = width / 2 - 0.06
    pair = rectangles(
        [(-half, up, -half + size, up + 0.6 * size), (half - size, up, half, up + 0.6 * size)]
    )
    thing.add(frame.end(pair, back), element, 'tail_lamp', glow=0.8)
    thing.add(frame.end(pair, front), element, 'head_lamp', glow=2.5)


def car(rng: np.random.Generator, lateral: float, ahead: float, heading: float = 0.0) -> Thing:
    """A passenger car or small van with licence plates."""
    profile, glass, window = _CARS[rng.integers(len(_CARS))]
    profile = np.array(profile, np.float32)
    stretch = float(rng.uniform(0.94, 1.06))
    profile[:, 0] *= stretch
    window = np.array(window, np.float32) * (stretch, 1.0)
    width, tint = float(rng.uniform(1.72, 1.92)), random_tint(rng)
    length = 2 * float(profile[:, 0].max())
    thing, frame = _start(lateral, ahead, heading, length, width, float(profile[:, 1].max()))
    clearance = float(profile[0, 1])
    _treads(thing, frame, Element.CAR, length, width, clearance + 0.1)
    hull = frame.hull(profile, width)
    body = [i for i in range(len(profile) - 1) if i not in glass]
    thing.add_each(hull[body], Element.CAR, 'car_paint', tint)
    thing.add_each(hull[list(glass)], Element.CAR, 'glass', tint)
    pillar = (window[1, 0] + window[2, 0]) / 2
    for across in (-width / 2, width / 2):
        thing.add(frame.side(profile, across), Element.CAR, 'car_paint', tint)
        thing.add(frame.side(window, across), Element.CAR, 'glass', tint)
        post = rectangles([(pillar - 0.06, window[0, 1], pillar + 0.06, window[1, 1])])
        thing.add(frame.side(post, across), Element.CAR, 'car_paint', tint)
    _wheels(thing, frame, Element.CAR, (profile[0, 0] + 0.75, profile[-1, 0] - 0.8), 0.33, width)
    back, front = float(profile[:, 0].min()), float(profile[:, 0].max())
    _lamps(thing, frame, Element.CAR, back - 0.02, front + 0.02, width, clearance + 0.35)
    bumper = rectangles([(-width / 2, clearance, width / 2, clearance + 0.16)])
    grille = rectangles([(-0.45, clearance + 0.2, 0.45, clearance + 0.38)])
    plate = rectangles([(-0.28, clearance + 0.2, 0.28, clearance + 0.36)])
    for along in (back - 0.02, front + 0.02):
        thing.add(frame.end(bumper, along), Element.CAR, 'tyre')
    thing.add(frame.end(grille, front + 0.02), Element.CAR, 'tyre')
    for along in (back - 0.03, front + 0.03):
        thing.add(frame.end(plate, along), Element.LICENSE_PLATE, 'plate')
    return thing


def _box(
    thing: Thing, frame: Frame, element: Element, material: str, tint: Tint,
    extent: tuple[float, float], width: float, up: tuple[float, float],
) -> None:  # fmt: skip
    """A cuboid from `extent[0]` to `extent[1]` along and `up[0]` to `up[1]` high."""
    profile = rectangles([(extent[0], up[0], extent[1], up[1])])[0]
    thing.add_each(frame.hull(profile, width)[:3], element, material, tint)
    for across in (-width / 2, width / 2):
        thing.add(frame.side(profile, across), element, material, tint)


def truck(rng: np.random.Generator, lateral: float, ahead: float, heading: float = 0.0) -> Thing:
    """A lorry: cab in front, box, flatbed or tank-like load behind."""
    length, width, height = rng.uniform(6.5, 9.5), 2.45, float(rng.uniform(3.1, 3.8))
    thing, frame = _start(lateral, ahead, heading, length, width, height)
    cab, load = random_tint(rng), random_tint(rng)
    split = length / 2 - 1.9
    _treads(thing, frame, Element.TRUCK, length, width, 0.95)
    cab_box = (split + 0.15, length / 2)
    load_box = (-length / 2, split)
    cab_up, load_up = (0.55, float(rng.uniform(2.5, 2.9))), (0.95, height)
    parts = [
        (cab_box, cab_up, 'truck_cab', cab),
        (load_box, load_up, 'truck_load', load),
    ]
    if frame.cos < 0 or (abs(frame.cos) < 0.5 and frame.sin > 0):
        parts.reverse()
    for extent, up, material, tint in parts:
        _box(thing, frame, Element.TRUCK, material, tint, extent, width, up)
    chassis = rectangles([(-length / 2, 0.6, split, 0.95)])
    stripe = rectangles([(-length / 2 + 0.4, 1.7, split - 0.4, 2.4)])
    door_window = rectangles([(split + 0.55, 1.55, length / 2 - 0.1, 2.3)])
    for across in (-width / 2, width / 2):
        thing.add(frame.side(chassis, across), Element.TRUCK, 'tyre')
        if cab[0] < 0.6:
            thing.add(frame.side(stripe, across), Element.TRUCK, 'truck_cab', cab)
        thing.add(frame.side(door_window, across), Element.TRUCK, 'glass')
    axles = (-length / 2 + 0.9, -length / 2 + 2.0, length / 2 - 1.0)
    _wheels(thing, frame, Element.TRUCK, axles, 0.5, width)
    windscreen = rectangles([(-1.1, 1.5, 1.1, 2.35)])
    thing.add(frame.end(windscreen, length / 2 + 0.02), Element.TRUCK, 'glass')
    doors = rectangles([(-1.1, 1.05, -0.03, height - 0.15), (0.03, 1.05, 1.1, height - 0.15)])
    thing.add(frame.end(doors, -length / 2 - 0.02), Element.TRUCK, 'truck_door', load)
    bumper = rectangles([(-1.2, 0.55, 1.2, 0.8)])
    thing.add(frame.end(bumper, -length / 2 - 0.03), Element.TRUCK, 'tyre')
    _lamps(thing, frame, Element.TRUCK, -length / 2 - 0.04, length / 2 + 0.04, width, 0.8, 0.35)
    return thing


def _row_of_windows(start: float, stop: float, up: tuple[float, float], pitch: float) -> np.ndarray:
    count = max(int((stop - start) / pitch), 1)
    edges = np.linspace(start, stop, count + 1)
    boxes = [(a + 0.08, up[0], b - 0.08, up[1]) for a, b in pairwise(edges)]
    return rectangles(boxes)


def bus(rng: np.random.Generator, lateral: float, ahead: float, heading: float = 0.0) -> Thing:
    """A city bus with a destination board and a band of windows."""
    length, width, height = rng.uniform(9.5, 12.0), 2.5, float(rng.uniform(2.95, 3.2))
    thing, frame = _start(lateral, ahead, heading, length, width, height)
    tint, half = random_tint(rng), length / 2
    _treads(thing, frame, Element.BUS, length, width, 0.5)
    _box(thing, frame, Element.BUS, 'bus_paint', tint, (-half, half), width, (0.35, height))
    windows = _row_of_windows(-half + 0.3, half - 0.2, (1.35, 2.45), 1.5)
    doors = rectangles([(half - 2.0, 0.45, half - 0.8, 2.45), (-0.7, 0.45, 0.7, 2.45)])
    skirt = rectangles([(-half, 0.35, half, 0.7)])
    for across in (-width / 2, width / 2):
        thing.add(frame.side(skirt, across), Element.BUS, 'bus_skirt', tint)
        thing.add(frame.side(windows, across), Element.BUS, 'cabin', glow=0.5)
    thing.add(frame.side(doors, width / 2), Element.BUS, 'glass')
    _wheels(thing, frame, Element.BUS, (-half + 2.6, half - 2.4), 0.48, width)
    front = rectangles([(-1.12, 1.0, 1.12, 2.4)])
    rear = rectangles([(-1.05, 1.6, 1.05, 2.5)])
    board = rectangles([(-0.9, 2.5, 0.9, 2.85)])
    thing.add(frame.end(front, half + 0.02), Element.BUS, 'cabin', glow=0.5)
    thing.add(frame.end(rear, -half - 0.02), Element.BUS, 'cabin', glow=0.5)
    grille = rectangles([(-0.8, 0.75, 0.8, 1.3)])
    thing.add(frame.end(grille, -half - 0.02), Element.BUS, 'bus_skirt', tint)
    for along in (-half - 0.02, half + 0.02):
        thing.add(frame.end(board, along), Element.BUS, 'board', glow=0.9)
    _lamps(thing, frame, Element.BUS, -half - 0.03, half + 0.03, width, 0.75, 0.32)
    return thing


def tram(rng: np.random.Generator, lateral: float, ahead: float, heading: float = 0.0) -> Thing:
    """A two-tone tram of articulated cars with a pantograph."""
    length, width, height = rng.uniform(17.0, 26.0), 2.5, 3.5
    thing, frame = _start(lateral, ahead, heading, length, width, height)
    tint, half = random_tint(rng), length / 2
    profile = np.array([
        (-half, 0.3), (-half - 0.1, 1.2), (-half + 0.55, 3.1), (-half + 1.0, height),
        (half - 1.0, height), (half - 0.55, 3.1), (half + 0.1, 1.2), (half, 0.3),
    ])  # fmt: skip
    hull = frame.hull(profile, width)
    thing.add_each(hull[[0, 2, 3, 4, 6]], Element.TRAIN, 'tram_paint', tint)
    thing.add_each(hull[[1, 5]], Element.TRAIN, 'cabin', glow=0.35)
    windows = _row_of_windows(-half + 1.0, half - 1.0, (1.5, 2.6), 1.8)
    joints = rectangles([(a - 0.2, 0.3, a + 0.2, height - 0.1) for a in (-length / 6, length / 6)])
    lower = rectangles([(-half, 0.3, half, 1.2)])
    for across in (-width / 2, width / 2):
        thing.add(frame.side(profile, across), Element.TRAIN, 'tram_paint', tint)
        thing.add(frame.side(lower, across), Element.TRAIN, 'tram_lower', tint)
        thing.add(frame.side(windows, across), Element.TRAIN, 'cabin', glow=0.5)
        thing.add(frame.side(joints, across), Element.TRAIN, 'tyre')
    lower_end = rectangles([(-1.2, 0.3, 1.2, 0.85)])
    board = rectangles([(-0.7, 3.1, 0.7, 3.4)])
    for along in (-half - 0.12, half + 0.12):
        thing.add(frame.end(lower_end, along), Element.TRAIN, 'tram_lower', tint)
    for along in (-half + 0.3, half - 0.3):
        thing.add(frame.end(board, along), Element.TRAIN, 'board', glow=0.9)
    _lamps(thing, frame, Element.TRAIN, -half - 0.13, half + 0.13, width, 0.9, 0.3)
    pantograph = np.array(
        [(-0.1, height), (-0.7, height + 0.8), (0.7, height + 0.8), (0.1, height)]
    )
    thing.add(frame.end(pantograph, -half + 2.5), Element.TRAIN, 'tyre', one_sided=False)
    return thing
