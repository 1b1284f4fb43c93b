"""Light on a drawn world: sun and sky, shadows, lamps, textures, haze and the sky itself."""

import cv2
import numpy as np

from cnsn_seg.miniature import materials
from cnsn_seg.miniature.appearance import Light, Look
from cnsn_seg.miniature.elements import Element
from cnsn_seg.miniature.render import HEIGHT, WIDTH, Raster, project
from cnsn_seg.miniature.scene import Camera, World
from cnsn_seg.miniature.shapes import Surface

_SNOW = np.array([0.80, 0.83, 0.88], np.float32)


def _noise_tile() -> np.ndarray:
    """Smooth noise of several sizes that repeats every 256 pixels; mean 0, deviation 1."""
    rng = np.random.default_rng(2021)
    tile = np.zeros((256, 256), np.float32)
    for step in (2, 4, 8, 16, 32):
        coarse = rng.standard_normal((256 // step, 256 // step)).astype(np.float32)
        padded = np.pad(coarse, 2, mode='wrap')
        big = cv2.resize(padded, None, fx=step, fy=step, interpolation=cv2.INTER_LINEAR)
        tile += big[2 * step : 2 * step + 256, 2 * step : 2 * step + 256] * step**0.5
    return (tile - tile.mean()) / tile.std()


_TILE = _noise_tile()


def _tile_at(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return _TILE[y.astype(np.int32) & 255, x.astype(np.int32) & 255]


def shade(world: World, raster: Raster, look: Look, rng: np.random.Generator) -> np.ndarray:
    """The light that reaches the camera.

    Args:
        world: What there is.
        raster: Where it is in the image.
        look: Light, place and season.
        rng: Source of fine texture and clouds.

    Returns:
        Linear light, float32, shape (HEIGHT, WIDTH, 3).
    """
    light = look.light
    albedo, lit, glow, rough = _surface_tables(raster.surfaces, look, world.camera)
    radiance = _gather(raster, albedo * lit)
    seen = raster.seen
    texture = _texture(raster, rough[seen], rng) * look.texture
    factor = 1 + texture
    if max(light.sun) > 0.05:
        factor *= 1 - _shadows(world, raster, light)
    image = radiance[..., :3] * factor[..., None]
    if look.snow:
        image = _snow_on_the_ground(image, raster, look, factor)
    if light.lamps:
        image += _gather(raster, albedo)[..., :3] * _lamp_light(world, raster, light)
        image += _gather(raster, glow)[..., :3]
    else:
        image += _gather(raster, glow * 0.6)[..., :3]
    visible = np.exp(-light.haze * np.minimum(raster.distance, 400))[..., None]
    image = image * visible + np.float32(light.horizon) * (1 - visible) * (1 - radiance[..., 3:])
    image = image + _sky(world.camera, light, rng) * radiance[..., 3:]
    return _wet_ground(image, raster, light.wet) if light.wet else image


def _snow_on_the_ground(
    image: np.ndarray, raster: Raster, look: Look, factor: np.ndarray
) -> np.ndarray:
    """Cover the ground with snow, but the road only in patches."""
    light = look.light
    lit = np.array(light.ambient) * 1.1 + np.array(light.sun) * sun_direction(light)[1]
    lateral, ahead = raster.ground[..., 0], raster.ground[..., 1]
    road = (raster.elements >= Element.ROAD) & (raster.elements <= Element.RAIL_TRACK)
    amount = look.snow - np.where(road, 0.3, 0.0)
    cover = np.clip(0.5 + 0.5 * _tile_at(lateral * 6, ahead * 0.6) + 3 * (amount - 0.5), 0, 0.97)
    cover = cv2.GaussianBlur(np.float32(cover), (0, 0), 0.6) * raster.flat
    snow = np.float32(_SNOW * lit) * factor[..., None]
    return image + (snow - image) * cover[..., None]


def _wet_ground(image: np.ndarray, raster: Raster, wet: float) -> np.ndarray:
    """Darken road and pavement, and mirror in them what stands above."""
    rows = np.arange(HEIGHT)[:, None]
    foot = np.maximum.accumulate(np.where(raster.flat, 0, rows), axis=0)
    mirrored = image[np.maximum(2 * foot - rows, 0), np.arange(WIDTH)]
    mirrored = cv2.GaussianBlur(mirrored, (0, 0), 0.8, sigmaY=3.0)
    paved = (raster.elements >= Element.ROAD) & (raster.elements <= Element.CURB) & raster.flat
    share = wet * np.clip(raster.ground[..., 1] / 25, 0.3, 0.7) * paved
    return image * (1 - share[..., None]) + 0.9 * mirrored * share[..., None]


def _gather(raster: Raster, table: np.ndarray) -> np.ndarray:
    """Values of surfaces to anti-aliased pixels; channel 3 is the share of sky."""
    wide = np.zeros((len(table), 4), np.float32)
    wide[:, :3] = table
    wide[0, 3] = 1
    fine = wide.take(raster.surface, axis=0)
    return cv2.resize(fine, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)


def _surface_tables(
    surfaces: list[Surface], look: Look, camera: Camera
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Albedo, light, glow and roughness by surface index; rows 0 and 1 are sky and hood."""
    light, paint = look.light, materials.Paint.of(look.place, look.season)
    material = np.array([materials.INDEX[s.material] for s in surfaces])
    tint = np.array([s.tint for s in surfaces], np.float32)
    albedo = paint.albedo(material, tint)
    corners = np.stack([_three_corners(s.contours[0]) for s in surfaces])
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 1])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6)
    view = np.array([camera.lateral, camera.height, 0]) - corners[:, 0]
    normal *= np.where((normal * view).sum(1) < 0, -1, 1)[:, None]
    if look.snow:
        standing = np.array([s.contours[0, :, 1].max() > 0.1 for s in surfaces])
        upward = standing & (normal[:, 1] > 0.35) & ~materials.GLASS[material]
        albedo[upward] += 0.8 * look.snow * (_SNOW - albedo[upward])
    facing = np.maximum(normal @ sun_direction(light), 0)[:, None]
    lit = np.array(light.ambient) * (0.85 + 0.25 * normal[:, 1:2]) + np.array(light.sun) * facing
    glass = materials.GLASS[material][:, None]
    strength = np.array([s.glow for s in surfaces], np.float32)[:, None]
    signal = np.array([s.material.startswith('bulb') for s in surfaces])[:, None]
    shining = strength * np.where(signal, max(light.lamps, 0.5), light.lamps)
    glow = paint.glow[material] * shining + 0.16 * glass * np.array(light.horizon)
    hood = paint.colours[paint.start[materials.INDEX['hood']]]
    rows = [np.zeros(3), hood], [np.zeros(3), np.array(light.ambient)], np.zeros((2, 3))
    full = [np.concatenate([r, t]) for r, t in zip(rows, (albedo, lit, glow), strict=True)]
    rough = np.concatenate([[0, 0.02], materials.ROUGHNESS[material]]).astype(np.float32)
    return full[0], full[1], full[2], rough


def _three_corners(contour: np.ndarray) -> np.ndarray:
    """Corners a third of the way round apart, which span the polygon's plane."""
    step = len(contour) // 3
    return contour[: 3 * step : step]


def sun_direction(light: Light) -> np.ndarray:
    """Unit vector (lateral, up, ahead) towards the sun."""
    flat = np.cos(light.elevation)
    return np.array([
        flat * np.sin(light.azimuth), np.sin(light.elevation), -flat * np.cos(light.azimuth)
    ])  # fmt: skip


def _texture(raster: Raster, rough: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Relative change of brightness by grain: in perspective on the ground, else on screen."""
    lateral, ahead = raster.ground[..., 0], raster.ground[..., 1]
    shift = rng.integers(0, 256, 2)
    fine = _tile_at(lateral * 24 + shift[0], ahead * 12 + shift[1]) / (1 + ahead / 12)
    patches = _tile_at(lateral * 3 + shift[1], ahead * 1.2 + shift[0])
    ground = 0.8 * fine + 0.6 * patches
    screen = rng.standard_normal((HEIGHT, WIDTH), np.float32)
    screen = 0.6 * screen + 1.4 * cv2.GaussianBlur(screen, (0, 0), 1.2)
    return np.clip(np.where(raster.flat, ground, screen) * rough, -0.7, 0.8)


def _shadows(world: World, raster: Raster, light: Light) -> np.ndarray:
    """Share of the light on the ground that things keep off, in [0, 1]."""
    sun = sun_direction(light)
    reach = -sun[[0, 2]] / max(sun[1], 0.25)
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    for thing in world.things:
        left, right, height = thing.block
        if height < 0.6 or thing.near > 80:
            continue
        near, far = thing.near, max(thing.far, thing.near + 0.3)
        base = np.array([(left, near), (left, far), (right, far), (right, near)])
        top = base + reach * height
        hull = cv2.convexHull(np.concatenate([base, top]).astype(np.float32))[:, 0]
        points = np.zeros((len(hull), 3), np.float32)
        points[:, [0, 2]] = hull
        pixels = np.clip(project(points, world.camera), -4000, 4000)
        cv2.fillPoly(mask, [pixels.astype(np.int32)], 255)
    if light.penumbra:
        mask = cv2.GaussianBlur(mask, (0, 0), light.penumbra)
    soft = mask.astype(np.float32) / 255
    direct = np.mean(light.sun) * sun[1]
    return soft * raster.flat * (direct / (direct + np.mean(light.ambient) * 1.1))


def _lamp_light(world: World, raster: Raster, light: Light) -> np.ndarray:
    """Light of street lamps and of the car's own headlights at every pixel."""
    camera, distance = world.camera, np.minimum(raster.distance, 400)
    focal = camera.focal * WIDTH
    x = np.arange(WIDTH, dtype=np.float32)[None] - WIDTH / 2
    y = np.arange(HEIGHT, dtype=np.float32)[:, None] - camera.horizon * HEIGHT
    lateral = (x / focal - camera.slope - camera.curvature * distance) * distance + camera.lateral
    up = camera.height - y / focal * distance
    beam = np.exp(-(((lateral - camera.lateral) / (2.5 + 0.12 * distance)) ** 2))
    beam *= 1.1 / (1 + (distance / 13) ** 2) / (1 + np.exp(np.clip((up - 1.5) * 3, -20, 20)))
    total = beam[..., None] * np.array([1.0, 0.95, 0.82], np.float32)
    pools = np.zeros_like(distance)
    for thing in world.things:
        if thing.surfaces[-1].material == 'lamp' and thing.near < 70:
            head = thing.surfaces[-1].contours[0].mean(0)
            square = (lateral - head[0]) ** 2 + (distance - head[2]) ** 2
            pools += np.exp(-square / 60)
    return light.lamps * (total + 0.75 * pools[..., None] * np.array([1.0, 0.72, 0.4], np.float32))


def _sky(camera: Camera, light: Light, rng: np.random.Generator) -> np.ndarray:
    y = (np.arange(HEIGHT, dtype=np.float32)[:, None] + 0.5) / HEIGHT
    height = np.clip((camera.horizon - y) / 0.45, 0, 1) + np.zeros((1, WIDTH), np.float32)
    mix = (height**0.7)[..., None]
    sky = np.float32(light.horizon) * (1 - mix) + np.float32(light.zenith) * mix
    shift = rng.integers(0, 256, 2)
    x = np.arange(WIDTH, dtype=np.float32)[None] - WIDTH / 2
    depth = 1 / (height + 0.15)
    field = _tile_at(x * depth * 0.35 + shift[0] + 4096, 40 * depth + shift[1])
    cover = np.clip(0.9 * field + 2.4 * (light.clouds - 0.5), 0, 1) * np.clip(height * 4, 0, 1)
    white = 1.1 * np.float32(light.horizon) + 0.12 * np.float32(light.ambient)
    cover = cv2.GaussianBlur(cover, (0, 0), 1.2)[..., None] * 0.75
    return sky * (1 - cover) + white * cover
