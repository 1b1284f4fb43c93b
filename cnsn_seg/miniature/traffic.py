"""Who and what uses the road: moving and parked vehicles, riders, crossings and signals."""

import numpy as np

from cnsn_seg.miniature import furniture, people, vehicles
from cnsn_seg.miniature.ground import Street
from cnsn_seg.miniature.shapes import Thing


def traffic(rng: np.random.Generator, street: Street, own_lateral: float) -> list[Thing]:
    """Everything on the road, in no order, with room left for the camera's own car.

    Args:
        rng: Source of what there is and where.
        street: The road.
        own_lateral: Where the camera drives, metres right of the centre line.

    Returns:
        Vehicles, riders, pedestrians on crossings and traffic lights.
    """
    return [
        *_moving(rng, street, own_lateral),
        *_parked(rng, street),
        *_signals(rng, street),
        *_crossing(rng, street),
    ]


def _moving(rng: np.random.Generator, street: Street, own_lateral: float) -> list[Thing]:
    """Moving vehicles in every lane, and riders at the edge of the road."""
    things: list[Thing] = []
    tram_lane = int(rng.choice([-1, 1])) if street.rails and rng.random() < 0.85 else 0
    for direction in (-1, 1):
        for lane in range(street.lanes):
            centre = direction * (lane + 0.5) * street.lane_width
            own = abs(centre - own_lateral) < 1.5
            ahead = float(rng.uniform(8, 32)) if own else float(rng.uniform(2, 30))
            if lane == 0 and direction == tram_lane:
                ahead = float(rng.uniform(14, 22)) if own else float(rng.uniform(7, 20))
                tram = vehicles.tram(rng, centre, ahead, _heading(direction))
                ahead = _keep_clear(tram, ahead)
                things.append(tram)
                ahead = tram.far + 6
            while ahead < 75:
                vehicle = _vehicle(rng, centre, ahead, direction)
                ahead = _keep_clear(vehicle, ahead)
                things.append(vehicle)
                ahead = vehicle.far + float(rng.uniform(5, 40))
    for _ in range(int(rng.integers(0, 3))):
        lateral = street.lane_edge - float(rng.uniform(0.3, 0.8))
        ride = people.cyclist if rng.random() < 0.7 else people.motorcyclist
        side = 1 if rng.random() < 0.65 else -1
        things.append(ride(rng, side * lateral, float(rng.uniform(6, 28))))
    return things


def _heading(direction: int) -> float:
    return 0.0 if direction > 0 else float(np.pi)


def _keep_clear(vehicle: Thing, ahead: float) -> float:
    """Move a vehicle placed with its centre at `ahead` so that its near end is there."""
    shift = np.array([0, 0, ahead - vehicle.near], np.float32)
    vehicle.surfaces = [s._replace(contours=s.contours + shift) for s in vehicle.surfaces]
    vehicle.far, vehicle.near = vehicle.far + float(shift[2]), ahead
    return ahead


def _vehicle(rng: np.random.Generator, lateral: float, ahead: float, direction: int) -> Thing:
    kind = rng.choice(4, p=[0.66, 0.13, 0.12, 0.09])
    lateral += float(rng.normal(0, 0.2))
    if kind == 3:
        return people.motorcyclist(rng, lateral, ahead)
    make = (vehicles.car, vehicles.truck, vehicles.bus)[kind]
    return make(rng, lateral, ahead, _heading(direction))


def _parked(rng: np.random.Generator, street: Street) -> list[Thing]:
    things: list[Thing] = []
    for side in (-1, 1):
        if not street.parking:
            continue
        ahead = float(rng.uniform(3, 9))
        lateral = side * (street.lane_edge + 1.1)
        while ahead < 55:
            if street.in_crossroad(ahead) or street.in_crossroad(ahead + 5):
                ahead += 6
                continue
            draw = rng.random()
            if draw < 0.5:
                heading = _heading(side if rng.random() < 0.9 else -side)
                parked = vehicles.car(rng, lateral + float(rng.normal(0, 0.1)), ahead, heading)
                things.append(parked)
                _keep_clear(parked, ahead)
                ahead = parked.far + 0.8
            elif draw < 0.68:
                things.append(people.motorcycle(rng, lateral, ahead))
                ahead += 2.5
            else:
                ahead += float(rng.uniform(3, 9))
    return things


def _signals(rng: np.random.Generator, street: Street) -> list[Thing]:
    """Traffic lights in front of the crossroad or of a crossing for pedestrians."""
    if not street.crossing:
        return []
    state = int(rng.integers(3))
    things = []
    for side in (-1, 1):
        ahead = street.crossing + (0 if side > 0 else 4)
        things.append(furniture.traffic_light(rng, side, side * (street.edge + 0.5), ahead, state))
    if street.crossroad:
        beyond = street.crossroad + street.crossroad_width + 1
        things.append(furniture.traffic_light(rng, 1, street.edge + 0.5, beyond, state))
    return things


def _crossing(rng: np.random.Generator, street: Street) -> list[Thing]:
    """Whoever crosses the road, on foot or along the cross street."""
    things: list[Thing] = []
    if street.crossing:
        for _ in range(int(rng.integers(0, 4))):
            lateral = float(rng.uniform(-street.edge, street.edge))
            things.append(people.person(rng, lateral, street.crossing + float(rng.uniform(1, 3))))
    if street.crossroad:
        for _ in range(int(rng.integers(0, 3))):
            lateral = float(rng.choice([-1, 1])) * float(rng.uniform(street.edge + 2, 24))
            ahead = street.crossroad + street.crossroad_width * float(rng.uniform(0.3, 0.7))
            make = (vehicles.car, vehicles.truck, vehicles.bus)[rng.choice(3, p=[0.7, 0.15, 0.15])]
            things.append(make(rng, lateral, ahead, float(rng.choice([-1, 1])) * np.pi / 2))
    return things
