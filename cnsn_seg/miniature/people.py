"""Pedestrians, cyclists, motorcyclists and the two-wheelers they ride."""

import numpy as np

from cnsn_seg.miniature.elements import Element
from cnsn_seg.miniature.shapes import Thing, Tint, bar, disc, random_tint, rectangles


def _head(thing: Thing, element: Element, x: float, y: float, skin: Tint, cover: str) -> None:
    thing.card(disc(x, y, 0.13, 0.9), element, 'skin', skin)
    cap = disc(x, y + 0.04, 0.135, 0.9)
    cap[:, 1] = np.maximum(cap[:, 1], y + 0.02)
    thing.card(cap, element, cover, skin)


def person(rng: np.random.Generator, lateral: float, ahead: float) -> Thing:
    """Someone standing or walking, seen from any side."""
    thing = Thing(lateral, ahead, footprint=(0.5, 1.75))
    size = float(rng.choice([1.0, 1.0, 1.0, 0.7])) * float(rng.uniform(0.93, 1.06))
    stride, lean = float(rng.uniform(0.05, 0.32)), float(rng.uniform(-0.05, 0.05))
    clothes, legs, skin = random_tint(rng), random_tint(rng), random_tint(rng)
    element = Element.PERSON

    def scaled(shape: np.ndarray) -> np.ndarray:
        return np.asarray(shape, np.float32) * size

    thing.card(scaled(bar(0.07, 0.9, stride, 0.04, 0.17)), element, 'trousers', legs)
    thing.card(scaled(bar(-0.07, 0.9, -stride, 0.04, 0.17)), element, 'trousers', legs)
    shoes = [(stride - 0.08, 0, stride + 0.12, 0.08), (-stride - 0.08, 0, -stride + 0.12, 0.08)]
    thing.card(scaled(rectangles(shoes)), element, 'tyre')
    skirt = float(rng.choice([0.82, 0.82, 0.55]))
    torso = [(-0.2, skirt), (-0.24 + lean, 1.42), (-0.1, 1.5), (0.1, 1.5), (0.24 + lean, 1.42),
             (0.2, skirt)]  # fmt: skip
    swing = float(rng.uniform(0.0, 0.22))
    arms = np.stack([
        bar(-0.24, 1.4, -0.27 - swing, 0.85, 0.11), bar(0.24, 1.4, 0.27 + swing, 0.85, 0.11)
    ])  # fmt: skip
    thing.card(scaled(arms), element, 'sleeves', clothes)
    thing.card(scaled(torso), element, 'clothes', clothes)
    if rng.random() < 0.3:
        bag = rectangles([(0.2, 0.75, 0.45, 1.1)])
        thing.card(scaled(bag), element, 'trousers', random_tint(rng))
    _head(thing, element, lean * size, 1.62 * size, skin, 'hair')
    return thing


def _two_wheels(
    thing: Thing, element: Element, squeeze: float, base: float, radius: float, thick: float
) -> None:
    """Two rings, drawn as tyre, inside and hub; narrowed when seen from behind."""
    width = max(squeeze, thick / radius)
    for x in (-base / 2 * squeeze, base / 2 * squeeze):
        thing.card(disc(x, radius, radius, width, 14), element, 'tyre')
        if squeeze > 0.35:
            inner = disc(x, radius, radius * (1 - thick / radius), width * 0.97, 12)
            thing.card(inner, element, 'spokes')


def _bicycle_frame(thing: Thing, squeeze: float, tint: Tint) -> None:
    k, element = squeeze, Element.BICYCLE
    rods = [
        (-0.5, 0.35, -0.15, 0.85), (-0.5, 0.35, 0.0, 0.32), (0.0, 0.32, -0.15, 0.85),
        (-0.15, 0.8, 0.38, 0.85), (0.0, 0.32, 0.4, 0.8), (0.38, 0.95, 0.52, 0.35),
    ]  # fmt: skip
    tubes = np.stack([bar(x0 * k, y0, x1 * k, y1, 0.09) for x0, y0, x1, y1 in rods])
    thing.card(tubes, element, 'bike_paint', tint)
    thing.card(bar(-0.32 * k, 0.92, -0.02 * k, 0.92, 0.11), element, 'tyre')
    grip = max(0.2 * k, 0.26 * (1 - k))
    thing.card(bar(0.38 * k - grip, 1.05, 0.38 * k + grip, 1.05, 0.08), element, 'tyre')


def bicycle(rng: np.random.Generator, lateral: float, ahead: float) -> Thing:
    """A parked bicycle."""
    thing = Thing(lateral, ahead, footprint=(1.2, 0.9))
    squeeze = float(rng.uniform(0.45, 1.0))
    _two_wheels(thing, Element.BICYCLE, squeeze, 1.05, 0.36, 0.08)
    _bicycle_frame(thing, squeeze, random_tint(rng))
    return thing


def motorcycle(rng: np.random.Generator, lateral: float, ahead: float) -> Thing:
    """A parked motorcycle or motor scooter."""
    thing = Thing(lateral, ahead, footprint=(1.5, 1.0))
    _motorcycle_body(thing, float(rng.uniform(0.4, 1.0)), random_tint(rng))
    return thing


def _motorcycle_body(thing: Thing, squeeze: float, tint: Tint) -> None:
    k, element = squeeze, Element.MOTORCYCLE
    wide = 0.22 * (1 - k)
    _two_wheels(thing, element, k, 1.4, 0.33, 0.13)
    body = [(-0.75 * k - wide, 0.6), (-0.7 * k - wide, 0.85), (0.3 * k + wide, 1.0),
            (0.55 * k + wide, 0.85), (0.3 * k + wide, 0.3), (-0.35 * k - wide, 0.3)]  # fmt: skip
    thing.card(body, element, 'moto_paint', tint)
    engine = rectangles([(-0.3 * k - 0.05, 0.22, 0.3 * k + 0.05, 0.5)])
    thing.card(engine, element, 'rim')
    thing.card(bar(0.45 * k, 1.05, 0.72 * k, 0.33, 0.12), element, 'rim')
    seat = [(-0.8 * k - wide / 2, 0.82), (-0.75 * k, 0.95), (0.1 * k, 0.93), (0.1 * k, 0.82)]
    thing.card(seat, element, 'tyre')
    grip = max(0.12 * k, 0.38 * (1 - k))
    thing.card(bar(0.42 * k - grip, 1.1, 0.42 * k + grip, 1.1, 0.09), element, 'tyre')
    lamp = disc(-0.8 * k, 0.78, 0.09) if k > 0.5 else disc(0.0, 0.78, 0.1)
    thing.card(lamp, element, 'tail_lamp', glow=0.8)


def _rider_body(
    thing: Thing, element: Element, squeeze: float, seat: float, rng: np.random.Generator
) -> None:
    """Someone sitting above `seat` metres with hands on the handlebar."""
    k = squeeze
    clothes, legs, skin = random_tint(rng), random_tint(rng), random_tint(rng)
    spread = 0.14 * (1 - k)
    thighs = [
        bar(-0.15 * k - spread, seat, 0.2 * k - spread, seat - 0.3, 0.17),
        bar(-0.15 * k + spread, seat, 0.25 * k + spread, seat - 0.12, 0.17),
    ]
    shins = [
        bar(0.2 * k - spread, seat - 0.28, 0.0 * k - spread, 0.22, 0.14),
        bar(0.25 * k + spread, seat - 0.1, 0.12 * k + spread, 0.38, 0.14),
    ]
    thing.card(np.stack(shins), element, 'trousers', legs)
    thing.card(np.stack(thighs), element, 'trousers', legs)
    shoulder = 0.18 * k
    wide = 0.15 + 0.1 * (1 - k)
    back = [(-0.15 * k - wide, seat - 0.05), (shoulder - wide, seat + 0.5),
            (shoulder - 0.08, seat + 0.6), (shoulder + 0.08, seat + 0.6),
            (shoulder + wide, seat + 0.5), (-0.15 * k + wide, seat - 0.05)]  # fmt: skip
    thing.card(back, element, 'clothes', clothes)
    reach = 0.26 * (1 - k)
    arms = np.stack([
        bar(shoulder - reach, seat + 0.46, 0.42 * k - reach, seat + 0.15, 0.11),
        bar(shoulder + reach, seat + 0.46, 0.42 * k + reach, seat + 0.15, 0.11),
    ])  # fmt: skip
    thing.card(arms, element, 'sleeves', clothes)
    helmet = 'helmet' if element == Element.MOTORCYCLIST or rng.random() < 0.6 else 'hair'
    _head(thing, element, shoulder + 0.06 * k, seat + 0.74, skin, helmet)


def cyclist(rng: np.random.Generator, lateral: float, ahead: float) -> Thing:
    """A rider on a bicycle."""
    thing = Thing(lateral, ahead, footprint=(1.0, 1.7))
    squeeze = float(rng.uniform(0.3, 1.0))
    _two_wheels(thing, Element.BICYCLE, squeeze, 1.05, 0.36, 0.08)
    _bicycle_frame(thing, squeeze, random_tint(rng))
    _rider_body(thing, Element.BICYCLIST, squeeze, 0.98, rng)
    return thing


def motorcyclist(rng: np.random.Generator, lateral: float, ahead: float) -> Thing:
    """A rider with a helmet on a motorcycle."""
    thing = Thing(lateral, ahead, footprint=(1.2, 1.6))
    squeeze = float(rng.uniform(0.25, 0.95))
    _motorcycle_body(thing, squeeze, random_tint(rng))
    _rider_body(thing, Element.MOTORCYCLIST, squeeze, 0.92, rng)
    return thing


def scooter_rider(rng: np.random.Generator, lateral: float, ahead: float) -> Thing:
    """Someone standing on a kick scooter."""
    thing = person(rng, lateral, ahead)
    riding = Thing(lateral, ahead, footprint=(0.6, 1.75))
    _two_wheels(riding, Element.SCOOTER, 0.6, 0.9, 0.12, 0.06)
    riding.card(bar(-0.3, 0.12, 0.28, 0.12, 0.08), Element.SCOOTER, 'bike_paint')
    for surface in thing.surfaces:
        lifted = surface.contours + np.array([0, 0.15, 0], np.float32)
        riding.surfaces.append(surface._replace(contours=lifted, element=Element.OTHER_RIDER))
    riding.card(bar(0.3, 0.1, 0.34, 1.15, 0.07), Element.SCOOTER, 'tyre')
    return riding
