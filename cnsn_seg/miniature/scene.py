"""What is in a world and where: the street, its sides, its traffic and the camera.

All domains draw their worlds here, from one distribution. Nothing in this file knows about
colours or light.
"""

from dataclasses import dataclass

import numpy as np

from cnsn_seg.miniature.elements import Element
from cnsn_seg.miniature.ground import FAR, Street, ground_surfaces
from cnsn_seg.miniature.roadside import roadside
from cnsn_seg.miniature.shapes import Surface, Thing
from cnsn_seg.miniature.traffic import traffic


@dataclass(frozen=True)
class Camera:
    """Where the picture is taken from.

    Attributes:
        focal: Focal length as a fraction of the image width.
        lateral: Metres right of the road's centre line.
        height: Metres above the ground.
        horizon: Row of the horizon as a fraction of the image height.
        slope: Tangent of the angle between the road and the optical axis.
        curvature: Half the road's curvature, 1 / m.
        roll: Tangent of the tilt of the horizon.
    """

    focal: float
    lateral: float
    height: float
    horizon: float
    slope: float
    curvature: float
    roll: float


@dataclass(frozen=True)
class World:
    """One street scene.

    Attributes:
        camera: The point of view.
        backdrop: Distant hills, drawn first.
        ground: Road, pavement and markings.
        things: Everything that stands on the ground, the hindmost first.
        hood: Corners (x, y) of the car's own bonnet as fractions of the image, or None.
    """

    camera: Camera
    backdrop: list[Surface]
    ground: list[Surface]
    things: list[Thing]
    hood: np.ndarray | None


def sample_world(rng: np.random.Generator) -> World:
    """Draw a street, what lines it, who uses it and how the camera looks at it."""
    street = Street.sample(rng)
    camera = _sample_camera(rng, street)
    things = [*roadside(rng, street), *traffic(rng, street, camera.lateral)]
    things = [thing for thing in things if thing.far > 2.0]
    return World(
        camera=camera,
        backdrop=_hills(rng),
        ground=ground_surfaces(rng, street),
        things=_hindmost_first(things, camera),
        hood=_hood(rng),
    )


def _sample_camera(rng: np.random.Generator, street: Street) -> Camera:
    lane = int(rng.integers(street.lanes))
    return Camera(
        focal=float(rng.uniform(0.6, 0.85)),
        lateral=(lane + 0.5) * street.lane_width + float(rng.normal(0, 0.25)),
        height=float(rng.uniform(1.25, 2.1)),
        horizon=float(rng.uniform(0.37, 0.5)),
        slope=float(np.clip(rng.normal(0, 0.09), -0.2, 0.2)),
        curvature=float(rng.choice([0, 1])) * float(rng.normal(0, 0.0007)),
        roll=float(rng.normal(0, 0.012)),
    )


def _hindmost_first(things: list[Thing], camera: Camera) -> list[Thing]:
    """Order for painting: of two things side by side the one further to the side comes first."""
    near = np.array([t.near for t in things])
    far = np.array([t.far for t in things])
    lateral = np.array([t.lateral for t in things]) - camera.lateral
    middle = (near + far) / 2
    behind = near[:, None] >= far[None, :] - 0.05
    overlap = ~behind & ~behind.T
    outside = np.abs(lateral)[:, None] > np.abs(lateral)[None, :]
    same_side = np.sign(lateral)[:, None] == np.sign(lateral)[None, :]
    later = middle[:, None] > middle[None, :]
    first = behind | (overlap & np.where(same_side, outside, later))
    np.fill_diagonal(first, False)
    waiting = first.sum(0)
    order, rank = [], middle.copy()
    for _ in things:
        ready = waiting == 0
        pick = int(np.where(ready, rank, -np.inf).argmax()) if ready.any() else int(rank.argmax())
        order.append(things[pick])
        waiting = waiting - first[pick]
        waiting[pick], rank[pick] = len(things) * 2, -np.inf
    return order


def _hills(rng: np.random.Generator) -> list[Surface]:
    if rng.random() < 0.5:
        return []
    distance, count = 3 * FAR, 24
    lateral = np.linspace(-2.5, 2.5, count) * distance
    waves = np.sin(lateral / distance * rng.uniform(1.5, 4) + rng.uniform(0, 6))
    top = distance * (rng.uniform(0.03, 0.07) + 0.03 * waves + rng.uniform(0, 0.008, count))
    ridge = np.stack([lateral, top, np.full(count, distance)], 1)
    base = np.array([(lateral[-1], -20, distance), (lateral[0], -20, distance)])
    contour = np.concatenate([ridge, base]).astype(np.float32)[None]
    return [Surface(contour, Element.MOUNTAIN, 'hill', (0.5, 0.5, 0.5), 0.0, False)]


def _hood(rng: np.random.Generator) -> np.ndarray | None:
    if rng.random() < 0.65:
        return None
    x = np.linspace(-0.02, 1.02, 15)
    rise = float(rng.uniform(0.02, 0.09))
    y = 1 - rise * (1 - (2 * x - 1) ** 4)
    return np.concatenate([np.stack([x, y], 1), [(1.02, 1.1), (-0.02, 1.1)]])
