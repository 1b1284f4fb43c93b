"""The street in plan: its cross-section, markings, crossings and rails."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cnsn_seg.miniature.elements import Element
from cnsn_seg.miniature.shapes import Surface, Tint

FAR = 180.0
"""Metres to the end of the ground."""

_NEAR = 1.0

Lay = Callable[[np.ndarray, Element, str, Tint], None]
"""Adds polygons of an element, a material and a tint to the ground."""


@dataclass(frozen=True)
class Street:
    """Cross-section and plan of the street; distances in metres from the centre line.

    Attributes:
        lanes: Lanes in each direction.
        lane_width: Width of one.
        lane_edge: Outer edge of the lanes.
        edge: The kerb; further out than `lane_edge` where cars park.
        verge: Width of the grass between kerb and pavement, 0 for none.
        walk_edge: Where the pavement ends and the plots begin.
        parking: Whether cars park along the kerb.
        rails: Whether tram tracks run in the inner lanes.
        crossing: Where a pedestrian crossing starts, 0 for none.
        crossroad: Where a crossing street starts, 0 for none.
        crossroad_width: Its width.
        plots: Shares of blocks at the pavement, houses with gardens, and open land.
    """

    lanes: int
    lane_width: float
    lane_edge: float
    edge: float
    verge: float
    walk_edge: float
    parking: bool
    rails: bool
    crossing: float
    crossroad: float
    crossroad_width: float
    plots: tuple[float, float, float]

    @classmethod
    def sample(cls, rng: np.random.Generator) -> 'Street':
        """Draw a street of the city, the suburbs or the outskirts."""
        lanes, width = int(rng.choice([1, 1, 2])), float(rng.uniform(3.0, 3.5))
        parking = bool(rng.random() < 0.55)
        edge = lanes * width + (2.2 if parking else 0.4)
        verge = float(rng.uniform(1.0, 2.5)) if rng.random() < 0.4 else 0.0
        walk = float(rng.uniform(2.2, 4.5))
        crossroad = float(rng.uniform(16, 45)) if rng.random() < 0.4 else 0.0
        crossing = 0.0
        if crossroad:
            crossing = crossroad - 5.0
        elif rng.random() < 0.3:
            crossing = float(rng.uniform(9, 26))
        plots = ((0.8, 0.1, 0.1), (0.35, 0.35, 0.3), (0.1, 0.4, 0.5))[
            rng.choice(3, p=[0.45, 0.3, 0.25])
        ]
        return cls(
            lanes, width, lanes * width, edge, verge, edge + verge + walk, parking,
            bool(rng.random() < 0.27), crossing, crossroad, float(rng.uniform(6.5, 9.5)), plots,
        )  # fmt: skip

    def in_crossroad(self, ahead: float) -> bool:
        """Whether the crossing street and its pavements lie `ahead` metres away."""
        start = self.crossroad - 2.5
        return bool(self.crossroad) and start <= ahead < start + self.crossroad_width + 5


def _band(left: float, right: float, near: float = _NEAR, far: float = FAR) -> np.ndarray:
    """A strip of ground that follows the road, shape (corners, 3)."""
    ahead = np.geomspace(near, far, 24)
    sides = [np.stack([np.full(24, x), np.zeros(24), ahead], 1) for x in (left, right)]
    return np.concatenate([sides[0], sides[1][::-1]]).astype(np.float32)


def _dashes(lateral: float, width: float, start: float) -> np.ndarray:
    """A broken line, shape (dashes, 4, 3)."""
    near = np.arange(start, 90, 7.0)
    near = np.maximum(near, _NEAR)
    far = near + 3.2
    left, right = np.full_like(near, lateral - width), np.full_like(near, lateral + width)
    x = np.stack([left, left, right, right], 1)
    z = np.stack([near, far, far, near], 1)
    return np.stack([x, 0 * x, z], 2).astype(np.float32)


def ground_surfaces(rng: np.random.Generator, street: Street) -> list[Surface]:
    """The ground from below: open land, pavement, road, kerbs and paint."""
    surfaces: list[Surface] = []

    def lay(contours: np.ndarray, element: Element, material: str, tint: Tint) -> None:
        contours = contours if contours.ndim == 3 else contours[None]
        surfaces.append(Surface(contours, element, material, tint, 0.0, False))

    tint = tuple(float(v) for v in rng.random(3))
    wide = 160.0
    lay(_band(-wide, wide), Element.TERRAIN, 'grass', tint)
    for side in (-1, 1):
        inner, outer = side * street.edge, side * street.walk_edge
        if street.plots[0] > 0.5:
            lay(_band(inner, side * (street.walk_edge + 12)), Element.SIDEWALK, 'paving', tint)
        else:
            lay(_band(inner, outer), Element.SIDEWALK, 'paving', tint)
        if street.verge:
            strip = _band(inner, side * (street.edge + street.verge))
            lay(strip, Element.TERRAIN, 'grass', tint)
    lay(_band(-street.edge, street.edge), Element.ROAD, 'asphalt', tint)
    for side in (-1, 1):
        kerb = _band(side * street.edge, side * (street.edge + 0.22))
        lay(kerb, Element.CURB, 'curb', tint)
    if street.crossroad:
        near, far = street.crossroad, street.crossroad + street.crossroad_width
        lay(_band(-wide, wide, near - 2, far + 2), Element.SIDEWALK, 'paving', tint)
        lay(_band(-wide, wide, near, far), Element.ROAD, 'asphalt', tint)
        lay(_band(-street.edge, street.edge, near - 2.5, far + 2.5), Element.ROAD, 'asphalt', tint)
    _markings(rng, street, lay, tint)
    return surfaces


def _markings(rng: np.random.Generator, street: Street, lay: Lay, tint: Tint) -> None:
    if street.rails:
        for track in (-0.5, 0.5):
            for rail in (-0.72, 0.72):
                x = track * street.lane_width + rail
                lay(_band(x - 0.06, x + 0.06), Element.RAIL_TRACK, 'rail', tint)
    phase = float(rng.uniform(1, 8))
    centre = _band(-0.09, 0.09) if rng.random() < 0.4 else _dashes(0.0, 0.08, phase)
    lay(centre, Element.LANE_MARKING, 'marking', tint)
    for side in (-1, 1):
        for lane in range(1, street.lanes):
            line = _dashes(side * lane * street.lane_width, 0.08, phase)
            lay(line, Element.LANE_MARKING, 'marking', tint)
        if street.parking or rng.random() < 0.5:
            x = side * street.lane_edge
            lay(_band(x - 0.06, x + 0.06), Element.LANE_MARKING, 'marking', tint)
    if street.crossroad:
        near, far = street.crossroad - 2.2, street.crossroad + street.crossroad_width + 2.2
        lay(_band(-street.edge, street.edge, near, far), Element.ROAD, 'asphalt', tint)
    if street.crossing:
        stripes = np.arange(-street.edge + 0.4, street.edge - 0.5, 1.0)
        zebra = [_band(x, x + 0.5, street.crossing, street.crossing + 2.8) for x in stripes]
        lay(np.stack(zebra), Element.CROSSWALK, 'zebra', tint)
        stop = _band(0.1, street.lane_edge, street.crossing - 1.4, street.crossing - 1.0)
        lay(stop, Element.LANE_MARKING, 'marking', tint)
    for _ in range(int(rng.integers(0, 3))):
        angle = np.linspace(0, 2 * np.pi, 10, endpoint=False)
        x = float(rng.uniform(-street.lane_edge, street.lane_edge)) + 0.38 * np.cos(angle)
        z = float(rng.uniform(5, 16)) + 0.38 * np.sin(angle)
        cover = np.stack([x, 0 * x, z], 1).astype(np.float32)
        lay(cover, Element.MANHOLE, 'manhole', tint)
