"""What lines the street: plots on both sides, the far end, and what stands on the pavement."""

import numpy as np

from cnsn_seg.miniature import buildings, furniture, people
from cnsn_seg.miniature.ground import FAR, Street
from cnsn_seg.miniature.shapes import Thing


def roadside(rng: np.random.Generator, street: Street) -> list[Thing]:
    """Everything beside the road and at its end, in no order."""
    return [
        *_side(rng, street, -1),
        *_side(rng, street, 1),
        *_far_end(rng, street),
        *_pavement(rng, street),
    ]


def _side(rng: np.random.Generator, street: Street, side: int) -> list[Thing]:
    """Buildings, walls, fences, hedges and gardens along one side of the street."""
    things: list[Thing] = []
    ahead = float(rng.uniform(-6, 2))
    line = side * street.walk_edge
    while ahead < 125:
        if street.in_crossroad(ahead):
            ahead = street.crossroad + street.crossroad_width + 2.5
        length = float(rng.uniform(8, 17))
        if street.crossroad and ahead < street.crossroad:
            length = min(length, street.crossroad - 2.5 - ahead)
        near, stop = max(ahead, 1.0), ahead + length
        if stop - near > 2.5:
            things += _plot(rng, street, side, line, near, stop)
        ahead += length + (0.0 if rng.random() < 0.7 else float(rng.uniform(1, 5)))
    return things


def _plot(
    rng: np.random.Generator, street: Street, side: int, line: float, near: float, far: float
) -> list[Thing]:
    """One lot: a block at the pavement, a house behind a fence, or open land."""
    kind = rng.choice(['block', 'garden', 'open'], p=street.plots)
    if kind == 'block':
        height = float(rng.uniform(6.5, 19))
        return [buildings.building(rng, side, line + side * 0.3, near, far, height)]
    things = _boundary(rng, side, line + side * 0.2, near, far)
    if kind == 'garden':
        back = line + side * float(rng.uniform(4, 8))
        height = float(rng.uniform(4.5, 8.5))
        things.append(buildings.building(rng, side, back, near + 1, max(far - 1, near + 4), height))
        spots = rng.integers(0, 3)
    else:
        spots = rng.integers(2, 6)
    for _ in range(int(spots)):
        lateral = line + side * float(rng.uniform(1.5, 4 if kind == 'garden' else 14))
        plant = furniture.tree if rng.random() < 0.6 else furniture.bush
        things.append(plant(rng, lateral, float(rng.uniform(max(near, 4), max(far, 5)))))
    return things


def _boundary(
    rng: np.random.Generator, side: int, lateral: float, near: float, far: float
) -> list[Thing]:
    kind = rng.choice(5, p=[0.3, 0.34, 0.12, 0.06, 0.18])
    if kind == 0:
        return [buildings.wall(rng, side, lateral, near, far, float(rng.uniform(1.2, 3.0)))]
    if kind == 1:
        return [buildings.fence(rng, side, lateral, near, far)]
    if kind == 2:
        return [furniture.hedge(rng, side, lateral, near, far)]
    if kind == 3:
        return [buildings.guard_rail(side, lateral, near, far)]
    return []


def _far_end(rng: np.random.Generator, street: Street) -> list[Thing]:
    """What closes the view: a row of blocks and trees."""
    things: list[Thing] = []
    lateral = -140.0
    while lateral < 140:
        ahead, width = float(rng.uniform(152, FAR - 8)), float(rng.uniform(10, 22))
        if rng.random() < 0.55:
            height = float(rng.uniform(5, 16))
            block = buildings.building(rng, 1, lateral, ahead, ahead + 2, height)
            things.append(block)
        elif abs(lateral) > street.edge:
            things.append(furniture.tree(rng, lateral, ahead))
        lateral += width
    return things


def _pavement(rng: np.random.Generator, street: Street) -> list[Thing]:
    """People, bicycles, trees, poles and signs between the kerb and the buildings."""
    things: list[Thing] = []
    trees, lamps, wooden = rng.random() < 0.55, rng.random() < 0.75, rng.random() < 0.3
    phase, pitch = float(rng.uniform(4, 14)), float(rng.uniform(8, 16))
    for side in (-1, 1):
        kerb, strip = side * (street.edge + 0.45), side * (street.edge + 0.8)
        for ahead in np.arange(phase, 85, pitch):
            if trees and not street.in_crossroad(ahead) and rng.random() < 0.75:
                things.append(furniture.tree(rng, strip, float(ahead)))
        for ahead in np.arange(phase + pitch / 2, 110, 2 * pitch):
            if lamps:
                things.append(furniture.street_light(rng, side, kerb, float(ahead)))
            elif wooden:
                things.append(furniture.utility_pole(rng, kerb, float(ahead)))
        for make, most, nearest, furthest in (
            (furniture.bollard, 3, 6, 25), (furniture.litter_bin, 1, 6, 25),
            (furniture.bench, 1, 7, 20), (people.bicycle, 2, 5, 22),
        ):  # fmt: skip
            for _ in range(int(rng.integers(0, most + 1))):
                things.append(make(rng, kerb, float(rng.uniform(nearest, furthest))))
        for _ in range(int(rng.integers(0, 4))):
            back = bool(side < 0) if rng.random() < 0.8 else bool(rng.random() < 0.5)
            place = float(rng.uniform(6, 32))
            things.append(furniture.traffic_sign(rng, side * (street.edge + 0.5), place, back))
        for _ in range(int(rng.integers(0, 6))):
            lateral = side * float(rng.uniform(street.edge + 0.6, street.walk_edge - 0.2))
            place = float(rng.uniform(5, 35))
            if rng.random() < 0.12:
                things.append(people.cyclist(rng, lateral, place))
            else:
                things.append(people.person(rng, lateral, place))
    if rng.random() < 0.25:
        lateral = float(rng.choice([-1, 1])) * (street.edge + 1.0)
        things.append(people.scooter_rider(rng, lateral, float(rng.uniform(6, 20))))
    return things
