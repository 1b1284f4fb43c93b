import cv2
import numpy as np
import pytest
from mmcv.transforms.utils import cache_random_params
from scipy.ndimage import gaussian_filter

from cnsn_seg.datasets.transforms import RandomGaussianBlur

NOISE = np.random.default_rng(0).integers(0, 256, (40, 30, 3), dtype=np.uint8)


@pytest.mark.parametrize('sigma', [0.15, 0.4, 0.8, 1.3])
def test_a_given_sigma(sigma):
    blurred = RandomGaussianBlur(prob=1, sigma=(sigma, sigma)).transform({'img': NOISE})['img']
    expected = gaussian_filter(NOISE.astype(float), (sigma, sigma, 0), mode='mirror', truncate=4)
    assert abs(blurred - expected).max() < 1.5


def test_sigma_is_drawn_for_every_image():
    np.random.seed(0)
    blur = RandomGaussianBlur(prob=1, sigma=(0.15, 1.3))
    spread = [blur.transform({'img': NOISE})['img'].std() for _ in range(100)]
    weakest, strongest = (
        RandomGaussianBlur(prob=1, sigma=(sigma, sigma)).transform({'img': NOISE})['img'].std()
        for sigma in (0.15, 1.3)
    )
    assert strongest <= min(spread) < 1.2 * strongest
    assert 0.9 * weakest < max(spread) <= weakest


@pytest.mark.parametrize('sigma', [(0, 1), (1, 0.5), (1,), ()])
def test_refuses_wrong_sigmas(sigma):
    with pytest.raises(ValueError, match='sigma'):
        RandomGaussianBlur(sigma=sigma)


def test_blur_acts_with_its_probability(monkeypatch):
    image = np.random.default_rng(0).integers(0, 256, (9, 9, 3), dtype=np.uint8)
    kernel = np.array([1, 4, 6, 4, 1]) / 16
    expected = cv2.sepFilter2D(image.astype(np.float64), -1, kernel, kernel)
    blur = RandomGaussianBlur(prob=0.3)
    monkeypatch.setattr(np.random, 'rand', lambda: 0.29)
    blurred = blur.transform({'img': image.copy()})['img']
    assert blurred.dtype == np.uint8
    np.testing.assert_allclose(blurred, expected, atol=0.51)
    monkeypatch.setattr(np.random, 'rand', lambda: 0.3)
    np.testing.assert_array_equal(blur.transform({'img': image.copy()})['img'], image)


def test_blur_keeps_its_choice_where_mmcv_caches_it():
    blur = RandomGaussianBlur(prob=0.5)
    image = np.random.default_rng(0).integers(0, 256, (9, 9, 3), dtype=np.uint8)
    with cache_random_params(blur):
        results = [blur.transform({'img': image})['img'] for _ in range(20)]
    assert all(np.array_equal(result, results[0]) for result in results)


@pytest.mark.parametrize('wrong', [{'prob': 1.5}, {'prob': -0.1}, {'kernel_size': 4}])
def test_blur_refuses_wrong_arguments(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        RandomGaussianBlur(**wrong)
