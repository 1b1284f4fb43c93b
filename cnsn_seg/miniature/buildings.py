"""What lines the street: buildings with facades, walls, fences and guard rails."""

from collections.abc import Callable

import numpy as np

from cnsn_seg.miniature.elements import Element
from cnsn_seg.miniature.shapes import Frame, Thing, random_tint, rectangles

Place = Callable[[np.ndarray], np.ndarray]
"""Puts flat shapes (..., corners, 2) onto a wall, giving (..., corners, 3)."""


def _window_grid(
    start: float, stop: float, base: float, top: float, pitch: float, storey: float
) -> np.ndarray:
    """Windows on a wall as boxes (x0, y0, x1, y1), shape (windows, 4)."""
    columns = max(int((stop - start) / pitch), 1)
    rows = max(int((top - base) / storey), 0)
    step = (stop - start) / columns
    x = start + (np.arange(columns) + 0.5) * step
    y = base + np.arange(rows) * storey + 0.45 * storey
    x, y = (g.ravel() for g in np.meshgrid(x, y))
    half_width, half_height = 0.29 * step, 0.3 * storey
    return np.stack([x - half_width, y - half_height, x + half_width, y + half_height], 1)


def _windows(thing: Thing, rng: np.random.Generator, place: Place, boxes: np.ndarray) -> None:
    """Frames, panes and, for some, a light switched on inside."""
    if not len(boxes):
        return
    rim = boxes + np.array([-0.12, -0.12, 0.12, 0.12])
    thing.add(place(rectangles(rim)), Element.BUILDING, 'window_frame', random_tint(rng))
    lit = rng.random(len(boxes)) < 0.3
    thing.add(place(rectangles(boxes[~lit])), Element.BUILDING, 'window')
    thing.add(place(rectangles(boxes[lit])), Element.BUILDING, 'window', glow=0.7)


def _ground_floor(
    thing: Thing, rng: np.random.Generator, place: Place, start: float, stop: float
) -> None:
    """A door, or a shop with a sign above its window and sometimes an awning."""
    if rng.random() < 0.55:
        window = rectangles([(start + 0.5, 0.5, stop - 0.5, 2.7)])
        thing.add(
            place(window), Element.BUILDING, 'shop_window', glow=float(rng.choice([0.0, 0.15, 0.4]))
        )
        door = rectangles([((start + stop) / 2 - 0.6, 0.1, (start + stop) / 2 + 0.6, 2.6)])
        thing.add(place(door), Element.BUILDING, 'door', random_tint(rng))
        board = rectangles([(start + 0.3, 2.8, stop - 0.3, 3.5)])
        thing.add(place(board), Element.BUILDING, 'shop_sign', random_tint(rng), glow=0.35)
        return
    middle = float(rng.uniform(start + 1, stop - 1))
    door = rectangles([(middle - 0.65, 0.0, middle + 0.65, 2.4)])
    columns = np.arange(start + 1.2, stop - 1.0, 2.8)
    columns = columns[np.abs(columns - middle) > 1.6]
    boxes = np.stack(
        [columns - 0.6, np.full_like(columns, 1.0), columns + 0.6, np.full_like(columns, 2.5)], 1
    )
    _windows(thing, rng, place, boxes)
    thing.add(place(door), Element.BUILDING, 'door', random_tint(rng))


def building(
    rng: np.random.Generator, side: int, facade: float, near: float, far: float, height: float
) -> Thing:
    """A block along the street.

    Args:
        rng: Source of its windows, shops and colours.
        side: -1 left of the road, 1 right of it.
        facade: Lateral position of its street front, metres.
        near: Where it starts.
        far: Where it ends.
        height: Up to the eaves.

    Returns:
        Walls, windows, ground floor and roof.
    """
    depth, length = 11.0, far - near
    centre = facade + side * depth / 2
    frame = Frame(centre, (near + far) / 2)
    thing = Thing(facade, near, far)
    thing.block = (centre - depth / 2, centre + depth / 2, height)
    tint = random_tint(rng)
    wall = str(rng.choice(['plaster', 'plaster', 'brick', 'concrete']))
    half, inner = length / 2, -side * depth / 2
    front = rectangles([(-half, 0, half, height)])
    gable = rectangles([(-depth / 2, 0, depth / 2, height)])
    thing.add(frame.end(gable, -half), Element.BUILDING, wall, tint)
    thing.add(frame.side(front, inner), Element.BUILDING, wall, tint)
    pitch, storey = float(rng.uniform(2.0, 3.4)), float(rng.uniform(2.8, 3.3))

    def on_front(shape: np.ndarray) -> np.ndarray:
        return frame.side(shape, inner)

    def on_end(shape: np.ndarray) -> np.ndarray:
        return frame.end(shape, -half)

    plinth = rectangles([(-half, 0, half, 0.5)])
    thing.add(on_front(plinth), Element.BUILDING, 'concrete', tint)
    if near < 70:
        _ground_floor(thing, rng, on_front, -half, half)
    boxes = _window_grid(-half + 0.4, half - 0.4, 3.6, height - 0.5, pitch, storey)
    _windows(thing, rng, on_front, boxes)
    _windows(thing, rng, on_end, _window_grid(-4.5, 4.5, 3.6, height - 0.5, 2.6, storey))
    if rng.random() < 0.25 and height > 8:
        sign = rectangles([(-half + 1, 4.0, -half + 4.5, 6.5)])
        thing.add(on_front(sign), Element.BILLBOARD, 'shop_sign', random_tint(rng), glow=0.3)
    ledge = rectangles([(-half, height - 0.35, half, height)])
    thing.add(on_front(ledge), Element.BUILDING, 'window_frame', tint)
    if rng.random() < 0.6:
        _roof(thing, frame, rng, side, length, depth, height)
    return thing


def _roof(
    thing: Thing, frame: Frame, rng: np.random.Generator, side: int, length: float, depth: float,
    height: float,
) -> None:  # fmt: skip
    ridge, half, tint = height + float(rng.uniform(1.5, 3.5)), length / 2, random_tint(rng)
    inner = -side * (depth / 2 + 0.3)
    ends = np.array([-half, -half, half, half], np.float32)
    slope = frame.place(
        ends, np.array([height, ridge, ridge, height]), np.array([inner, 0.0, 0.0, inner])
    )
    gable = np.array([(-depth / 2, height), (0, ridge), (depth / 2, height)])
    thing.add(frame.end(gable, -half), Element.BUILDING, 'plaster', tint)
    thing.add(slope, Element.BUILDING, 'roof', tint, one_sided=False)


def wall(
    rng: np.random.Generator, side: int, lateral: float, near: float, far: float, height: float
) -> Thing:
    """A free-standing wall with coping and joints."""
    frame = Frame(lateral + side * 0.15, (near + far) / 2)
    thing = Thing(lateral, near, far, footprint=(0.3, height))
    half, across, tint = (far - near) / 2, -side * 0.15, random_tint(rng)
    material = str(rng.choice(['wall', 'wall', 'brick_wall']))
    front = rectangles([(-half, 0, half, height)])
    thing.add(
        frame.end(rectangles([(-0.15, 0, 0.15, height)]), -half), Element.WALL, material, tint
    )
    thing.add(frame.side(front, across), Element.WALL, material, tint)
    joints = np.arange(-half, half, 2.5)
    boxes = np.stack([joints, 0 * joints, joints + 0.12, 0 * joints + height], 1)
    courses = np.arange(0.5, height - 0.2, 0.55)
    rows = np.stack([0 * courses - half, courses, 0 * courses + half, courses + 0.06], 1)
    lines = np.concatenate([boxes, rows]) if material == 'brick_wall' else boxes
    thing.add(frame.side(rectangles(lines), across), Element.WALL, 'joint', tint)
    coping = rectangles([(-half, height - 0.14, half, height)])
    thing.add(frame.side(coping, across), Element.WALL, 'coping', tint)
    return thing


def fence(rng: np.random.Generator, side: int, lateral: float, near: float, far: float) -> Thing:
    """A picket fence, a metal railing or a wire mesh between posts."""
    height = float(rng.uniform(1.1, 1.9))
    frame = Frame(lateral, (near + far) / 2)
    thing = Thing(lateral, near, far)
    half, across, tint = (far - near) / 2, -side * 0.03, random_tint(rng)
    kind = str(rng.choice(['picket', 'railing', 'mesh']))
    material = 'picket' if kind == 'picket' else 'railing'

    def draw(boxes: np.ndarray, paint: str) -> None:
        thing.add(frame.side(rectangles(boxes), across), Element.FENCE, paint, tint)

    draw([(-half, 0.05, half, height)], 'fence_gap')
    pitch, width = {'picket': (0.4, 0.2), 'railing': (0.5, 0.12), 'mesh': (2.2, 0.16)}[kind]
    x = np.arange(-half, half, pitch)
    draw(np.stack([x, 0 * x, x + width, 0 * x + height], 1), material)
    rails = (0.25, 0.8 * height) if kind == 'picket' else (0.1, 0.5 * height, height - 0.12)
    draw([(-half, y, half, y + 0.12) for y in rails], material)
    return thing


def guard_rail(side: int, lateral: float, near: float, far: float) -> Thing:
    """A steel beam on posts."""
    frame = Frame(lateral, (near + far) / 2)
    thing = Thing(lateral, near, far)
    half = (far - near) / 2
    x = np.arange(-half, half, 3.0)
    posts = np.stack([x, 0 * x, x + 0.14, 0 * x + 0.7], 1)
    thing.add(frame.side(rectangles(posts), -side * 0.1), Element.GUARD_RAIL, 'railing')
    beam = rectangles([(-half, 0.45, half, 0.8)])
    thing.add(frame.side(beam, -side * 0.1), Element.GUARD_RAIL, 'steel')
    return thing
