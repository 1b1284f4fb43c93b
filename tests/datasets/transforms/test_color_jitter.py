import itertools

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmcv.transforms.utils import cache_random_params
from PIL import Image, ImageEnhance

from cnsn_seg.datasets.transforms.color_jitter import (
    ColorJitter,
    adjust_brightness,
    adjust_contrast,
    adjust_hue,
    adjust_saturation,
)

NOISE = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
DARK = NOISE // 4
PHOTO = cv2.GaussianBlur(cv2.resize(NOISE, (160, 160), interpolation=cv2.INTER_CUBIC), (5, 5), 0)
HALVES = np.uint8([0, 255]).repeat(60).reshape(12, 10, 1).repeat(3, axis=2)  # 127.5 on average
IMAGES = [NOISE, DARK, PHOTO, HALVES]


def enhanced(enhance, image, factor):
    pillow = Image.fromarray(image[..., ::-1])
    return np.array(enhance(pillow).enhance(factor))[..., ::-1].astype(int)


def hue_turned(image, turns):
    """What torchvision does to a Pillow image."""
    hue, saturation, value = Image.fromarray(image[..., ::-1]).convert('HSV').split()
    turned = (np.array(hue).astype(int) + int(turns * 255)) % 256
    parts = (Image.fromarray(turned.astype(np.uint8)), saturation, value)
    return np.array(Image.merge('HSV', parts).convert('RGB'))[..., ::-1].astype(int)


@pytest.mark.parametrize('image', IMAGES, ids=['noise', 'dark', 'photo', 'halves'])
@pytest.mark.parametrize(
    ('adjust', 'enhance', 'tolerance'),
    [
        (adjust_brightness, ImageEnhance.Brightness, 0),
        (adjust_contrast, ImageEnhance.Contrast, 0),
        (adjust_saturation, ImageEnhance.Color, 1),
    ],
)
@given(factor=st.floats(0, 2))
def test_factors_do_what_pillow_does(adjust, enhance, tolerance, image, factor):
    adjusted = adjust(image, factor)
    assert adjusted.dtype == np.uint8
    assert abs(adjusted - enhanced(enhance, image, factor)).max() <= tolerance


@given(turns=st.floats(-0.5, 0.5))
def test_hue_is_near_what_torchvision_does(turns):
    difference = abs(adjust_hue(PHOTO, turns) - hue_turned(PHOTO, turns))
    assert difference.mean() < 3
    assert np.median(difference) <= 2


@pytest.mark.parametrize(
    ('turns', 'bgr'),
    [(1 / 3, (0, 255, 0)), (-1 / 3, (255, 0, 0)), (0.5, (255, 255, 0)), (-0.5, (255, 255, 0))],
)
def test_turning_red(turns, bgr):
    red = np.full((2, 3, 3), (0, 0, 255), dtype=np.uint8)
    assert abs(adjust_hue(red, turns) - np.int64(bgr)).max() <= 6  # a 256th of a turn


def test_images_are_not_changed_in_place():
    for adjust in (adjust_brightness, adjust_contrast, adjust_saturation, adjust_hue):
        image = NOISE.copy()
        adjust(image, 0.3)
        np.testing.assert_array_equal(image, NOISE)


def test_views_are_as_good_as_copies():
    view = NOISE[3:30, 5:40]
    for adjust in (adjust_brightness, adjust_contrast, adjust_saturation, adjust_hue):
        np.testing.assert_array_equal(adjust(view, 0.3), adjust(view.copy(), 0.3))


def test_draws_every_order_and_stays_within_the_strengths():
    np.random.seed(0)
    jitter = ColorJitter(brightness=0.4, contrast=1.5, saturation=0.2, hue=0.1, prob=1)
    ranges = {
        adjust_brightness: (0.6, 1.4),
        adjust_contrast: (0, 2.5),
        adjust_saturation: (0.8, 1.2),
        adjust_hue: (-0.1, 0.1),
    }
    draws = [jitter._draw() for _ in range(600)]
    orders = {tuple(change for change, _ in draw) for draw in draws}
    assert orders == set(itertools.permutations(ranges))
    for change, (low, high) in ranges.items():
        amounts = [amount for draw in draws for drawn, amount in draw if drawn is change]
        assert low <= min(amounts) < low + 0.05 * (high - low)
        assert high >= max(amounts) > high - 0.05 * (high - low)


def test_applies_what_is_drawn_in_order():
    jitter = ColorJitter(prob=1)
    with cache_random_params(jitter):
        expected = NOISE
        for change, amount in jitter._draw():
            expected = change(expected, amount)
        np.testing.assert_array_equal(jitter.transform({'img': NOISE})['img'], expected)


def test_acts_with_its_probability():
    np.random.seed(0)
    jitter = ColorJitter(prob=0.3)
    changed = [jitter.transform({'img': DARK})['img'] is not DARK for _ in range(300)]
    assert 0.2 < np.mean(changed) < 0.4


def test_no_strength_no_change():
    jitter = ColorJitter(0, 0, 0, 0, prob=1)
    assert jitter.transform({'img': NOISE})['img'] is NOISE
    jitter = ColorJitter(0, 0, 0.1, 0, prob=1)
    assert [change for change, _ in jitter._draw()] == [adjust_saturation]


@pytest.mark.parametrize(
    'wrong',
    [{'brightness': -0.1}, {'contrast': -1}, {'saturation': -1}, {'hue': 0.6}, {'prob': 1.5}],
)
def test_refuses_wrong_arguments(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        ColorJitter(**wrong)
