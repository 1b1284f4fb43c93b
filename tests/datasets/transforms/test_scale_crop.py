from math import ceil

import cv2
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from mmcv.transforms import RandomResize
from mmcv.transforms.utils import cache_random_params
from mmseg.datasets.transforms import RandomCrop

from cnsn_seg.datasets.transforms.scale_crop import RandomScaleCrop


def sample(height, width, classes=4, seed=0, **more):
    """Noise, the hardest image, with a blocky label of some ignored pixels."""
    rng = np.random.default_rng(seed)
    blocks = rng.choice([*range(classes), 255], (height // 9 + 1, width // 9 + 1))
    label = np.kron(blocks, np.ones((9, 9))).astype(np.uint8)[:height, :width]
    image = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    return {'img': image, 'gt_seg_map': label, 'seg_fields': ['gt_seg_map'], **more}


def mmsegs(results, scale, crop_size, ratio_range=(0.5, 2.0), cat_max_ratio=1.0):
    resize = RandomResize(scale=scale, ratio_range=ratio_range, keep_ratio=True)
    return RandomCrop(crop_size, cat_max_ratio)(resize(results))


@pytest.mark.parametrize(
    ('size', 'scale', 'crop'),
    [
        ((105, 191), (191, 105), (77, 77)),
        ((105, 191), (191, 105), (40, 90)),
        ((191, 105), (191, 105), (77, 77)),  # upright
        ((60, 191), (250, 105), (50, 300)),  # of another shape than the scale; crop too wide
        ((40, 30), (30, 40), (128, 128)),  # always smaller than the crop
        ((64, 64), (128, 128), (32, 32)),
    ],
)
@pytest.mark.parametrize('cat_max_ratio', [1.0, 0.3, 0.01])
def test_same_crops_as_mmseg_draw_by_draw(size, scale, crop, cat_max_ratio):
    ours = RandomScaleCrop(scale, crop, cat_max_ratio=cat_max_ratio)
    for seed in range(12):
        np.random.seed(seed)
        expected = mmsegs(sample(*size), scale, crop, cat_max_ratio=cat_max_ratio)
        following = np.random.rand()
        np.random.seed(seed)
        found = ours.transform(sample(*size))
        assert np.random.rand() == following
        np.testing.assert_array_equal(found.pop('gt_seg_map'), expected.pop('gt_seg_map'))
        assert found['img'].shape == expected['img'].shape
        assert cv2.absdiff(found.pop('img'), expected.pop('img')).max() <= 1
        assert found == expected


@settings(max_examples=200)
@given(
    height=st.integers(1, 300),
    width=st.integers(1, 300),
    ratio=st.floats(0.05, 20),
    crop=st.tuples(st.integers(1, 200), st.integers(1, 200)),
    seed=st.integers(0, 2**32 - 1),
)
def test_any_size_and_ratio(height, width, ratio, crop, seed):
    assume(min(height, width) * int(100 * ratio) >= max(height, width))  # no side gets empty
    arguments = dict(scale=(100, 100), crop_size=crop, ratio_range=(ratio, ratio))
    np.random.seed(seed)
    expected = mmsegs(sample(height, width), **arguments)
    np.random.seed(seed)
    found = RandomScaleCrop(**arguments).transform(sample(height, width))
    np.testing.assert_array_equal(found['gt_seg_map'], expected['gt_seg_map'])
    assert cv2.absdiff(found['img'], expected['img']).max() <= 1


def test_nearly_all_pixels_equal_mmsegs():
    arguments = dict(scale=(765, 421), crop_size=(307, 307))
    differing = []
    for seed in range(20):
        np.random.seed(seed)
        expected = mmsegs(sample(421, 765), **arguments)
        np.random.seed(seed)
        found = RandomScaleCrop(**arguments).transform(sample(421, 765))
        differing.append((found['img'] != expected['img']).mean())
    assert np.mean(differing) < 0.08


@given(
    centroid=st.tuples(st.integers(0, 59), st.integers(0, 89)),
    ratio=st.floats(0.5, 2),
    crop=st.tuples(st.integers(1, 200), st.integers(1, 200)),
    seed=st.integers(0, 2**32 - 1),
)
def test_crops_contain_the_centroid(centroid, ratio, crop, seed):
    rows, columns = np.mgrid[:60, :90]
    transform = RandomScaleCrop((90, 60), crop, ratio_range=(ratio, ratio), cat_max_ratio=0.1)
    np.random.seed(seed)
    for label, at in ((rows, centroid[0]), (columns, centroid[1])):
        results = sample(60, 90, centroid=centroid)
        results['gt_seg_map'] = label
        kept = transform.transform(results)['gt_seg_map']
        assert abs(kept - at).min() <= ceil(1 / ratio)  # nearest neighbours may skip it


def test_centroids_appear_everywhere_in_the_crop():
    np.random.seed(0)
    transform = RandomScaleCrop((90, 60), (3, 4), ratio_range=(1, 1))
    places = set()
    for _ in range(200):
        results = sample(60, 90, centroid=(20, 30))
        results['gt_seg_map'] = np.zeros((60, 90), np.uint8)
        results['gt_seg_map'][20, 30] = 1
        places.add(tuple(np.argwhere(transform.transform(results)['gt_seg_map'])[0].tolist()))
    assert places == {(row, column) for row in range(3) for column in range(4)}


def test_labels_without_any_class():
    results = sample(60, 90)
    results['gt_seg_map'][:] = 255
    with np.errstate(all='raise'):
        kept = RandomScaleCrop((90, 60), 20, cat_max_ratio=0.5).transform(results)
    assert kept['gt_seg_map'].shape == (20, 20)


def test_one_choice_where_mmcv_caches_it():
    transform = RandomScaleCrop((90, 60), 20)
    with cache_random_params(transform):
        images = [transform.transform(sample(60, 90))['img'] for _ in range(5)]
    assert all(np.array_equal(image, images[0]) for image in images)


@pytest.mark.parametrize(
    'wrong',
    [
        {'scale': (0, 5)},
        {'scale': (5, 5, 5)},
        {'crop_size': 0},
        {'ratio_range': (2.0, 0.5)},
        {'ratio_range': (-1.0, 0.5)},
        {'cat_max_ratio': 0},
        {'cat_max_ratio': 75},
    ],
)
def test_refuses_wrong_arguments(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        RandomScaleCrop(**{'scale': (90, 60), 'crop_size': 20, **wrong})
