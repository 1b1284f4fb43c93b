import numpy as np
import pytest
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
