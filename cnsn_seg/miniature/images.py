"""One image of one domain, from the seed to pixels."""

import numpy as np

from cnsn_seg.miniature.camera import photograph
from cnsn_seg.miniature.looks import DOMAINS, sample_look
from cnsn_seg.miniature.render import rasterise
from cnsn_seg.miniature.scene import sample_world
from cnsn_seg.miniature.shading import shade


def make_image(
    domain: str, index: int, seed: int, world_of: str | None = None
) -> tuple[np.ndarray, np.ndarray, int]:
    """Make an image with its labels.

    Args:
        domain: One of `DOMAINS`; decides how the image looks.
        index: Number of the image in its domain, from 0.
        seed: Seed of the whole set.
        world_of: Domain whose world to show, to compare looks; the image's own by default.

    Returns:
        RGB uint8 of shape (128, 256, 3), `Element` values uint8 of shape (128, 256), and the
        quality for a JPEG file.
    """
    number = DOMAINS.index(domain)
    world_number = DOMAINS.index(world_of or domain)
    world = sample_world(np.random.default_rng([seed, world_number, index]))
    raster = rasterise(world)
    rng = np.random.default_rng([seed, number, index, 1])
    look = sample_look(domain, index, rng)
    light_field = shade(world, raster, look, rng)
    image = photograph(light_field, look.light, look.response, rng)
    return image, raster.elements, look.response.jpeg
