"""Building blocks of the world: flat surfaces in road coordinates.

Road coordinates, in metres: *lateral* (to the right of the road's centre line), *up* (above the
ground) and *ahead* (along the road from the camera). A surface that is `one_sided` lists its
corners clockwise as seen from outside; the renderer drops it when it faces away.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from cnsn_seg.miniature.elements import Element

Tint = tuple[float, float, float]
"""Three numbers in [0, 1) that pick one colour out of a material's palette."""


class Surface(NamedTuple):
    """Some polygons of one material.

    Attributes:
        contours: Corners (lateral, up, ahead) in metres, shape (polygons, corners, 3).
        element: What the pixels are.
        material: Key of the palettes in `materials.py`.
        tint: Picks a colour of the material.
        glow: How strongly the surface shines when lamps are on, 0 for not at all.
        one_sided: Whether only the outside is visible.
    """

    contours: np.ndarray
    element: Element
    material: str
    tint: Tint
    glow: float
    one_sided: bool


class Thing:
    """Something that stands in the world.

    Args:
        lateral: Where it stands, metres right of the centre line.
        near: Its end closest to the camera, metres ahead.
        far: Its other end, metres ahead.
        footprint: Width and height in metres of the block that casts its shadow; kept as
            `block`: its left end, right end and height.
    """

    def __init__(
        self,
        lateral: float,
        near: float,
        far: float | None = None,
        footprint: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        self.lateral = lateral
        self.near = near
        self.far = near if far is None else far
        width, height = footprint
        self.block = (lateral - width / 2, lateral + width / 2, height)
        self.surfaces: list[Surface] = []

    def add(
        self,
        contours: np.ndarray,
        element: Element,
        material: str,
        tint: Tint = (0.5, 0.5, 0.5),
        glow: float = 0.0,
        one_sided: bool = True,
    ) -> None:
        """Add polygons on top of those already there, shape (corners, 3) or (polygons, ...)."""
        contours = np.asarray(contours, np.float32)
        if contours.ndim == 2:
            contours = contours[None]
        if len(contours):
            self.surfaces.append(Surface(contours, element, material, tint, glow, one_sided))

    def add_each(
        self, contours: np.ndarray, element: Element, material: str, tint: Tint = (0.5, 0.5, 0.5),
        glow: float = 0.0,
    ) -> None:  # fmt: skip
        """Add every polygon of (polygons, corners, 3) as a surface of its own.

        Faces that look different ways need this: a surface is lit, and dropped when it faces
        away, as a whole.
        """
        for contour in contours:
            self.add(contour, element, material, tint, glow)

    def card(
        self,
        shape: np.ndarray,
        element: Element,
        material: str,
        tint: Tint = (0.5, 0.5, 0.5),
        glow: float = 0.0,
    ) -> None:
        """Add flat shapes that stand upright at the thing's place and face the camera.

        Args:
            shape: Corners (across, up) in metres, shape (corners, 2) or (polygons, corners, 2).
            element: What the pixels are.
            material: Key of the palettes.
            tint: Picks a colour of the material.
            glow: Brightness when lamps are on.
        """
        shape = np.asarray(shape, np.float32)
        contours = np.full((*shape.shape[:-1], 3), self.near, np.float32)
        contours[..., 0] = self.lateral + shape[..., 0]
        contours[..., 1] = shape[..., 1]
        self.add(contours, element, material, tint, glow, one_sided=False)


class Frame:
    """A place with a heading; maps local (along, up, across) metres to road coordinates.

    Args:
        lateral: Position of the origin.
        ahead: Position of the origin.
        heading: Radians; 0 looks ahead, pi towards the camera, pi / 2 to the right.
    """

    def __init__(self, lateral: float, ahead: float, heading: float = 0.0) -> None:
        self.lateral, self.ahead = lateral, ahead
        self.cos, self.sin = float(np.cos(heading)), float(np.sin(heading))

    def place(self, along: np.ndarray, up: np.ndarray, across: np.ndarray) -> np.ndarray:
        """Local to road coordinates; the arguments broadcast; shape (..., 3)."""
        lateral = self.lateral + along * self.sin + across * self.cos
        out = np.empty((*lateral.shape, 3), np.float32)
        out[..., 0] = lateral
        out[..., 1] = up
        out[..., 2] = self.ahead + along * self.cos - across * self.sin
        return out

    def side(self, shape: np.ndarray, across: float) -> np.ndarray:
        """Shapes (along, up) on the right flank (`across` > 0) or the left one."""
        shape = np.asarray(shape, np.float32)
        if across < 0:
            shape = shape[..., ::-1, :]
        return self.place(shape[..., 0], shape[..., 1], across)

    def end(self, shape: np.ndarray, along: float) -> np.ndarray:
        """Shapes (across, up) on the back (`along` < 0) or the front."""
        shape = np.asarray(shape, np.float32)
        if along > 0:
            shape = shape[..., ::-1, :]
        return self.place(along, shape[..., 1], shape[..., 0])

    def hull(self, profile: np.ndarray, width: float) -> np.ndarray:
        """Sweep a clockwise profile (along, up) over `width`; one quad per profile edge.

        Returns:
            Shape (edges, 4, 3); edge i joins corners i and i + 1.
        """
        start = np.asarray(profile, np.float32)
        stop = np.roll(start, -1, axis=0)
        along = np.stack([start[:, 0], stop[:, 0], stop[:, 0], start[:, 0]], 1)
        up = np.stack([start[:, 1], stop[:, 1], stop[:, 1], start[:, 1]], 1)
        half = width / 2
        return self.place(along, up, np.array([-half, -half, half, half], np.float32))

    def ground(self, length: float, width: float, up: float = 0.0) -> np.ndarray:
        """A rectangle on the ground, shape (4, 3)."""
        along = np.array([-1, 1, 1, -1], np.float32) * length / 2
        across = np.array([-1, -1, 1, 1], np.float32) * width / 2
        return self.place(along, up, across)


def rectangles(boxes: np.ndarray) -> np.ndarray:
    """Corners of axis-parallel boxes (x0, y0, x1, y1), clockwise; shape (boxes, 4, 2)."""
    boxes = np.asarray(boxes, np.float32).reshape(-1, 4)
    return boxes[:, [0, 1, 0, 3, 2, 3, 2, 1]].reshape(-1, 4, 2)


@cache
def _circle(corners: int) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    return np.stack([np.cos(angle), np.sin(angle)], 1)


def disc(x: float, y: float, radius: float, squeeze: float = 1.0, corners: int = 10) -> np.ndarray:
    """A filled circle as a clockwise polygon, shape (corners, 2); `squeeze` narrows it."""
    return _circle(corners) * (squeeze * radius, -radius) + (x, y)


def bar(x0: float, y0: float, x1: float, y1: float, thickness: float) -> np.ndarray:
    """A straight stick between two points, shape (4, 2)."""
    dx, dy = x1 - x0, y1 - y0
    scale = thickness / 2 / max(float(np.hypot(dx, dy)), 1e-6)
    nx, ny = -dy * scale, dx * scale
    return np.array(
        [[x0 + nx, y0 + ny], [x1 + nx, y1 + ny], [x1 - nx, y1 - ny], [x0 - nx, y0 - ny]]
    )


def blob(
    rng: np.random.Generator, x: float, y: float, width: float, height: float, corners: int = 14
) -> np.ndarray:
    """An irregular round shape such as foliage, shape (corners, 2)."""
    radius = rng.uniform(0.78, 1.12, (corners, 1))
    return _circle(corners) * radius * (width / 2, height / 2) + (x, y)


def random_tint(rng: np.random.Generator) -> Tint:
    """Draw a tint."""
    a, b, c = rng.random(3)
    return float(a), float(b), float(c)
