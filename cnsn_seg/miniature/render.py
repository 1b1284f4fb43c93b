"""From a world to pixels: which surface, which element and how far away.

Colour, labels and distance all come from one drawing of the surfaces' indices, so they cannot
disagree, and nothing here depends on how a domain looks.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from cnsn_seg.miniature.elements import Element
from cnsn_seg.miniature.scene import Camera, World
from cnsn_seg.miniature.shapes import Surface

WIDTH, HEIGHT = 256, 128
SUPERSAMPLING = 3

_SUBPIXEL_BITS = 4
_CLOSEST = 1.0  # metres; nearer corners are moved here
_SKY, _HOOD = 0, 1


@dataclass(frozen=True)
class Raster:
    """A drawn world.

    Attributes:
        surface: Index of the visible surface, int32, supersampled; 0 is the sky, 1 the hood.
        surfaces: What the indices mean from 2 on.
        seen: The same at the centre of every pixel, shape (HEIGHT, WIDTH).
        elements: `Element` of every pixel, uint8, shape (HEIGHT, WIDTH).
        flat: Whether the pixel shows the ground, bool, shape (HEIGHT, WIDTH).
        distance: Metres to what is visible, float32, shape (HEIGHT, WIDTH).
        ground: Road coordinates (lateral, ahead) if the pixel shows flat ground, float32,
            shape (HEIGHT, WIDTH, 2).
    """

    surface: np.ndarray
    surfaces: list[Surface]
    seen: np.ndarray
    elements: np.ndarray
    flat: np.ndarray
    distance: np.ndarray
    ground: np.ndarray


def project(points: np.ndarray, camera: Camera) -> np.ndarray:
    """Road coordinates to pixels.

    Args:
        points: (lateral, up, ahead) in metres, shape (points, 3).
        camera: The point of view.

    Returns:
        (x, y) in pixels of the WIDTH x HEIGHT image, float32, shape (points, 2).
    """
    focal = camera.focal * WIDTH
    ahead = np.maximum(points[:, 2], _CLOSEST)
    x = focal * ((points[:, 0] - camera.lateral) / ahead + camera.slope + camera.curvature * ahead)
    y = focal * (camera.height - points[:, 1]) / ahead
    out = np.empty((len(points), 2), np.float32)
    out[:, 0] = x + WIDTH / 2
    out[:, 1] = y + camera.horizon * HEIGHT + camera.roll * x
    return out


def rasterise(world: World) -> Raster:
    """Paint every surface's index, the hindmost first."""
    surfaces = [*world.backdrop, *world.ground]
    first_standing = len(surfaces)
    for thing in world.things:
        surfaces += thing.surfaces
    canvas = np.zeros((HEIGHT * SUPERSAMPLING, WIDTH * SUPERSAMPLING), np.int32)
    _paint(canvas, surfaces, world.camera)
    if world.hood is not None:
        size = np.array([canvas.shape[1], canvas.shape[0]])
        cv2.fillPoly(canvas, [(world.hood * size).astype(np.int32)], _HOOD)
    centre = SUPERSAMPLING // 2
    seen = canvas[centre::SUPERSAMPLING, centre::SUPERSAMPLING]
    elements = np.array(
        [Element.SKY, Element.EGO_VEHICLE, *(s.element for s in surfaces)], np.uint8
    )
    ground = _ground_coordinates(world.camera)
    middle = np.array([s.contours[0, [0, 2], 2] for s in surfaces]).mean(1)
    distance = np.concatenate([[1e4, 1.0], middle]).astype(np.float32)[seen]
    flat = (seen >= 2 + len(world.backdrop)) & (seen < 2 + first_standing)
    distance[flat] = ground[..., 1][flat]
    return Raster(canvas, surfaces, seen, elements[seen], flat, distance, ground)


def _paint(canvas: np.ndarray, surfaces: list[Surface], camera: Camera) -> None:
    corners = [s.contours.shape[0] * s.contours.shape[1] for s in surfaces]
    points = np.concatenate([s.contours.reshape(-1, 3) for s in surfaces])
    pixels = project(points, camera)
    starts = np.cumsum([0, *corners])
    hidden = _faces_away(pixels, starts[:-1]) & np.array([s.one_sided for s in surfaces])
    scale = SUPERSAMPLING << _SUBPIXEL_BITS
    fixed = np.clip(pixels, -4000, 4000) * scale
    fixed = np.rint(fixed - (scale / SUPERSAMPLING) / 2).astype(np.int32)
    for index, surface in enumerate(surfaces):
        if not hidden[index]:
            block = fixed[starts[index] : starts[index + 1]].reshape(*surface.contours.shape[:2], 2)
            cv2.fillPoly(canvas, list(block), index + 2, cv2.LINE_8, _SUBPIXEL_BITS)


def _faces_away(pixels: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Whether the first corners of each surface run anticlockwise on the screen."""
    first, second, third = pixels[starts], pixels[starts + 1], pixels[starts + 2]
    a, b = second - first, third - second
    return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0] <= 0


def _ground_coordinates(camera: Camera) -> np.ndarray:
    focal = camera.focal * WIDTH
    x = np.arange(WIDTH, dtype=np.float32)[None] + 0.5 - WIDTH / 2
    y = np.arange(HEIGHT, dtype=np.float32)[:, None] + 0.5 - camera.horizon * HEIGHT
    below = np.maximum(y - camera.roll * x, 0.4)
    ahead = focal * camera.height / below
    lateral = (x / focal - camera.slope - camera.curvature * ahead) * ahead + camera.lateral
    return np.stack([lateral, ahead], 2)
