import numpy as np
import pytest
from imagecorruptions import get_corruption_names

from cnsn_seg.datasets.transforms import CORRUPTIONS, Corrupt


def corrupted(name, severity=3, sample='a', shape=(40, 64, 3)) -> np.ndarray:
    smooth = np.linspace(30, 220, np.prod(shape)).reshape(shape)
    texture = np.random.default_rng(0).normal(size=shape) * 10
    image = np.clip(smooth + texture, 0, 255).astype(np.uint8)
    return Corrupt(name, severity).transform(dict(img=image, sample_name=sample))['img']


def test_they_are_the_common_ones_of_the_package():
    assert list(CORRUPTIONS) == get_corruption_names('common')


@pytest.mark.parametrize('name', CORRUPTIONS)
def test_an_image_is_always_corrupted_alike(name):
    first = corrupted(name)
    np.random.seed(5)
    before = np.random.get_state()[1].copy()
    assert (corrupted(name) == first).all()
    assert (np.random.get_state()[1] == before).all()
    assert (first.shape, first.dtype) == ((40, 64, 3), np.uint8)


@pytest.mark.parametrize('name', ['gaussian_noise', 'impulse_noise', 'glass_blur', 'frost', 'snow'])
def test_images_and_severities_are_corrupted_differently(name):
    assert (corrupted(name) != corrupted(name, sample='b')).any()
    assert (corrupted(name) != corrupted(name, severity=4)).any()


def test_colours_stay_in_their_channels():
    image = np.zeros((32, 32, 3), np.uint8)
    image[..., 0] = 200
    done = Corrupt('jpeg_compression', 1).transform(dict(img=image, sample_name='a'))['img']
    assert done[..., 0].mean() > 150 > 50 > done[..., 2].mean()


def test_mistakes_are_named():
    with pytest.raises(ValueError, match="no corruption 'frog', only gaussian_noise"):
        Corrupt('frog', 1)
    with pytest.raises(ValueError, match='severity 0 of a corruption is not one of 1 to 5'):
        Corrupt('fog', 0)
