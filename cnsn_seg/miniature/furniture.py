"""Trees, bushes, poles, lamps, lights, signs and other things on the pavement."""

import numpy as np

from cnsn_seg.miniature.elements import Element
from cnsn_seg.miniature.shapes import Thing, Tint, bar, blob, disc, random_tint, rectangles


def _foliage(
    thing: Thing, rng: np.random.Generator, x: float, y: float, width: float, height: float,
    tint: Tint,
) -> None:  # fmt: skip
    """Clumps of leaves, dark below and light above."""
    thing.card(blob(rng, x, y, width, height), Element.VEGETATION, 'leaf_dark', tint)
    few = thing.near > 50
    for material, count, shift, size in (
        ('leaf', 2 if few else 6, 0.02, 0.5), ('leaf_light', 1 if few else 5, 0.15, 0.3)
    ):  # fmt: skip
        u, v = rng.uniform(-0.3, 0.3, count), rng.uniform(-0.25, 0.25, count) + shift
        for a, b in zip(u, v, strict=True):
            clump = blob(rng, x + a * width, y + b * height, size * width, size * height, 10)
            thing.card(clump, Element.VEGETATION, material, tint)


def tree(rng: np.random.Generator, lateral: float, ahead: float) -> Thing:
    """A broad-leaved tree or a conifer."""
    height, tint = float(rng.uniform(5.5, 11.0)), random_tint(rng)
    thing = Thing(lateral, ahead, footprint=(0.45 * height, height))
    trunk = float(rng.uniform(0.3, 0.5))
    if rng.random() < 0.2:
        thing.card(bar(0, 0, 0, 2, trunk), Element.VEGETATION, 'trunk', tint)
        for step, material in enumerate(('leaf_dark', 'leaf', 'leaf_dark', 'leaf')):
            base, width = 1.0 + step * 0.2 * height, (0.24 - 0.05 * step) * height
            cone = [(-width, base), (0, base + 0.38 * height), (width, base)]
            thing.card(cone, Element.VEGETATION, material, tint)
        return thing
    stem = [(-trunk / 2, 0), (-trunk / 3, 0.6 * height), (trunk / 3, 0.6 * height), (trunk / 2, 0)]
    thing.card(stem, Element.VEGETATION, 'trunk', tint)
    for sign in (-1, 1):
        branch = bar(0, 0.32 * height, sign * 0.16 * height, 0.55 * height, trunk * 0.45)
        thing.card(branch, Element.VEGETATION, 'trunk', tint)
    width = float(rng.uniform(0.45, 0.7)) * height
    _foliage(thing, rng, 0, 0.68 * height, width, 0.6 * height, tint)
    return thing


def bush(rng: np.random.Generator, lateral: float, ahead: float) -> Thing:
    """A shrub."""
    width, height = float(rng.uniform(1.2, 3.0)), float(rng.uniform(0.9, 1.8))
    thing = Thing(lateral, ahead, footprint=(width, height))
    _foliage(thing, rng, 0, height / 2, width, height, random_tint(rng))
    return thing


def hedge(rng: np.random.Generator, side: int, lateral: float, near: float, far: float) -> Thing:
    """A trimmed hedge along the pavement."""
    height, tint = float(rng.uniform(1.0, 2.0)), random_tint(rng)
    thing = Thing(lateral, near, far, footprint=(1.0, height))
    steps = np.linspace(near, far, 12)
    top = height * rng.uniform(0.92, 1.06, 12)
    line = np.concatenate([np.stack([0 * steps + lateral, top, steps], 1),
                           np.stack([0 * steps + lateral, 0 * top, steps], 1)[::-1]])  # fmt: skip
    thing.add(line, Element.VEGETATION, 'leaf', tint, one_sided=False)
    crown = line.copy()
    crown[12:, 1] = 0.75 * top[::-1]
    thing.add(crown, Element.VEGETATION, 'leaf_light', tint, one_sided=False)
    end = np.array([(lateral, 0, near), (lateral, top[0], near), (lateral + side, top[0], near),
                    (lateral + side, 0, near)])  # fmt: skip
    thing.add(end, Element.VEGETATION, 'leaf_dark', tint, one_sided=False)
    return thing


def street_light(rng: np.random.Generator, side: int, lateral: float, ahead: float) -> Thing:
    """A mast with a lamp on an arm above the road."""
    height, reach = float(rng.uniform(6.5, 8.5)), -side * float(rng.uniform(1.0, 2.0))
    thing = Thing(lateral, ahead, footprint=(0.2, height))
    tint = random_tint(rng)
    mast = np.concatenate([bar(0, 0, 0, height, 0.17)[None], bar(0, 0, 0, 1.2, 0.26)[None]])
    thing.card(mast, Element.POLE, 'metal', tint)
    thing.card(bar(0, height, reach, height + 0.35, 0.12), Element.STREET_LIGHT, 'metal', tint)
    head = bar(reach, height + 0.3, reach * 1.5, height + 0.3, 0.24)
    thing.card(head, Element.STREET_LIGHT, 'lamp', glow=6.0)
    return thing


def utility_pole(rng: np.random.Generator, lateral: float, ahead: float) -> Thing:
    """A wooden pole with cross arms."""
    height = float(rng.uniform(7.0, 9.5))
    thing = Thing(lateral, ahead, footprint=(0.3, height))
    sticks = [bar(0, 0, 0, height, 0.28), bar(-1.0, height - 0.6, 1.0, height - 0.6, 0.16),
              bar(-0.7, height - 1.4, 0.7, height - 1.4, 0.14)]  # fmt: skip
    thing.card(np.stack(sticks), Element.UTILITY_POLE, 'wood', random_tint(rng))
    return thing


def bollard(rng: np.random.Generator, lateral: float, ahead: float) -> Thing:
    """A waist-high post."""
    thing = Thing(lateral, ahead)
    thing.card(bar(0, 0, 0, 1.0, 0.16), Element.POLE, 'metal', random_tint(rng))
    return thing


def _signal(thing: Thing, state: int, x: float, y: float) -> None:
    """A traffic light head hanging around (x, y); `state` 0 red, 1 amber, 2 green."""
    thing.card(
        rectangles([(x - 0.27, y - 0.65, x + 0.27, y + 0.65)]), Element.TRAFFIC_LIGHT, 'housing'
    )
    for index, colour in enumerate(('red', 'amber', 'green')):
        lit = index == state
        lamp = disc(x, y + 0.4 - 0.4 * index, 0.18, corners=8)
        material = f'bulb_{colour}' if lit else 'bulb_off'
        thing.card(lamp, Element.TRAFFIC_LIGHT, material, glow=2.0 if lit else 0.0)


def traffic_light(
    rng: np.random.Generator, side: int, lateral: float, ahead: float, state: int
) -> Thing:
    """A signal on a pole, often with a second one on an arm above the lane."""
    thing = Thing(lateral, ahead, footprint=(0.2, 4.0))
    tint = random_tint(rng)
    if rng.random() < 0.5:
        reach = -side * float(rng.uniform(2.5, 4.5))
        mast = np.stack([bar(0, 0, 0, 5.9, 0.2), bar(0, 5.75, reach, 5.75, 0.15)])
        thing.card(mast, Element.POLE, 'metal', tint)
        _signal(thing, state, reach, 5.3)
    else:
        thing.card(bar(0, 0, 0, 3.6, 0.17), Element.POLE, 'metal', tint)
    _signal(thing, state, 0.0, 3.1)
    return thing


def _triangle(x: float, y: float, radius: float) -> np.ndarray:
    return np.array([(x - 0.95 * radius, y - 0.55 * radius), (x, y + 1.05 * radius),
                     (x + 0.95 * radius, y - 0.55 * radius)])  # fmt: skip


def _sign_face(thing: Thing, kind: int, y: float) -> None:
    """One of six kinds of sign plates centred `y` metres up."""

    def plate(shape: np.ndarray, material: str) -> None:
        thing.card(shape, Element.SIGN_FRONT, material)

    if kind == 0:
        plate(disc(0, y, 0.48, corners=14), 'sign_red')
        plate(disc(0, y, 0.32), 'sign_white')
    elif kind == 1:
        plate(_triangle(0, y, 0.58), 'sign_red')
        plate(_triangle(0, y, 0.36), 'sign_white')
    elif kind == 2:
        plate(rectangles([(-0.42, y - 0.42, 0.42, y + 0.42)]), 'sign_blue')
        plate(rectangles([(-0.14, y - 0.28, 0.2, y + 0.28)]), 'sign_white')
    elif kind == 3:
        plate(disc(0, y, 0.55, corners=4), 'sign_white')
        plate(disc(0, y, 0.42, corners=4), 'sign_yellow')
    elif kind == 4:
        plate(rectangles([(-0.95, y - 0.35, 0.95, y + 0.4)]), 'sign_yellow')
        plate(rectangles([(-0.7, y - 0.12, 0.5, y), (-0.7, y + 0.12, 0.7, y + 0.24)]), 'housing')
    else:
        plate(disc(0, y, 0.5, corners=8), 'sign_red')
        plate(rectangles([(-0.34, y - 0.09, 0.34, y + 0.09)]), 'sign_white')


def traffic_sign(rng: np.random.Generator, lateral: float, ahead: float, back: bool) -> Thing:
    """A plate on a pole, seen from the front or from behind."""
    thing = Thing(lateral, ahead, footprint=(0.2, 2.8))
    height = float(rng.uniform(2.2, 2.7))
    thing.card(bar(0, 0, 0, height + 0.3, 0.13), Element.POLE, 'metal', random_tint(rng))
    kind = int(rng.integers(6))
    if back:
        plate = (
            disc(0, height, 0.46)
            if kind % 2
            else rectangles([(-0.4, height - 0.4, 0.4, height + 0.4)])
        )
        thing.card(plate, Element.SIGN_BACK, 'sign_back')
        return thing
    _sign_face(thing, kind, height)
    if rng.random() < 0.3:
        _sign_face(thing, int(rng.integers(3)), height - 0.95)
    return thing


def litter_bin(rng: np.random.Generator, lateral: float, ahead: float) -> Thing:
    """A waste bin."""
    thing = Thing(lateral, ahead, footprint=(0.6, 1.1))
    thing.card(rectangles([(-0.3, 0, 0.3, 1.0)]), Element.STREET_FURNITURE, 'bin', random_tint(rng))
    thing.card(rectangles([(-0.34, 0.95, 0.34, 1.1)]), Element.STREET_FURNITURE, 'tyre')
    return thing


def bench(rng: np.random.Generator, lateral: float, ahead: float) -> Thing:
    """A wooden bench."""
    thing = Thing(lateral, ahead)
    thing.card(rectangles([(-0.8, 0, -0.68, 0.5), (0.68, 0, 0.8, 0.5)]), Element.BENCH, 'metal')
    boards = rectangles([(-0.85, 0.42, 0.85, 0.52), (-0.85, 0.62, 0.85, 0.9)])
    thing.card(boards, Element.BENCH, 'wood', random_tint(rng))
    return thing
