import multiprocessing

import numpy as np
import pytest
from imagecorruptions import get_corruption_names

from cnsn_seg.datasets.transforms import CORRUPTIONS, Corrupt


def picture(shape=(40, 64, 3)) -> np.ndarray:
    smooth = np.linspace(30, 220, np.prod(shape)).reshape(shape)
    texture = np.random.default_rng(0).normal(size=shape) * 10
    return np.clip(smooth + texture, 0, 255).astype(np.uint8)


def corrupted(name, severity=3, sample='a', shape=(40, 64, 3)) -> np.ndarray:
    done = Corrupt(name, severity).transform(dict(img=picture(shape), sample_name=sample))
    return done['img']


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


@pytest.mark.parametrize('name', CORRUPTIONS)
@pytest.mark.parametrize('severity', range(1, 6))
def test_every_severity_keeps_form_and_changes_the_image(name, severity):
    done = corrupted(name, severity)
    assert (done.shape, done.dtype, done.flags.c_contiguous) == ((40, 64, 3), np.uint8, True)
    assert (done != picture()).any()


@pytest.mark.slow
@pytest.mark.parametrize('name', CORRUPTIONS)
@pytest.mark.parametrize('severity', [1, 5])
def test_full_frames_are_corrupted_alike_each_time(name, severity):
    first = corrupted(name, severity, shape=(1024, 2048, 3))
    assert first.shape == (1024, 2048, 3)
    assert (corrupted(name, severity, shape=(1024, 2048, 3)) == first).all()


def test_processes_and_order_make_no_difference():
    calls = [(name, 3, sample) for name in CORRUPTIONS for sample in 'ab']
    expected = [corrupted(*call) for call in calls]
    with multiprocessing.get_context('fork').Pool(2) as pool:
        found = pool.starmap(corrupted, calls[::-1], chunksize=1)
    for one, other in zip(found[::-1], expected, strict=True):
        assert (one == other).all()


@pytest.mark.parametrize('name', CORRUPTIONS)
def test_the_package_sees_rgb_and_the_severity(name):
    seen = []

    def corrupt(image, severity, **more):
        seen.append((np.asarray(image), severity))
        return np.asarray(image)

    transform, image = Corrupt(name, 2), picture()
    transform._corrupt = corrupt
    assert (transform.transform(dict(img=image, sample_name='a'))['img'] == image).all()
    assert (seen[0][0] == image[..., ::-1]).all()
    assert seen[0][1] == 2


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
