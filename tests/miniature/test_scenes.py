"""The scenes: all classes occur, and only the look tells the domains apart."""

import numpy as np
import pytest

from cnsn_seg.datasets.label_spaces import CLASSES
from cnsn_seg.miniature.appearance import DOMAINS
from cnsn_seg.miniature.elements import RAW_IDS
from cnsn_seg.miniature.images import make_image
from cnsn_seg.miniature.render import rasterise
from cnsn_seg.miniature.scene import sample_world


def test_every_class_is_in_many_source_images():
    images = np.zeros(len(CLASSES), int)
    for index in range(60):
        elements = rasterise(sample_world(np.random.default_rng([0, 0, index]))).elements
        counts = np.bincount(RAW_IDS['train_ids'][elements].ravel(), minlength=256)
        images += counts[: len(CLASSES)] > 20
    rare = {name: int(n) for name, n in zip(CLASSES, images, strict=True) if n < 8}
    assert not rare


@pytest.mark.parametrize('domain', DOMAINS[1:])
def test_one_world_looks_different_and_is_labelled_the_same(domain):
    source, elements, _ = make_image('gta5', 3, seed=0)
    target, same_elements, _ = make_image(domain, 3, seed=0, world_of='gta5')
    np.testing.assert_array_equal(elements, same_elements)
    assert np.abs(source.astype(int) - target).mean() > 5


def test_images_are_neither_black_nor_white():
    for domain in DOMAINS:
        for index in range(5):
            image = make_image(domain, index, seed=1)[0].astype(float)
            assert 8 < image.mean() < 235, (domain, index)
            assert image.std() > 8, (domain, index)
