from collections import Counter

import numpy as np
import pytest
from scipy.special import softmax
from scipy.stats import chisquare

from cnsn_seg.datasets import CLASSES
from cnsn_seg.datasets.sampling import RareClassDataset

PACK = {'type': 'PackDomainInputs'}


@pytest.fixture
def wrap(scenes, labels, write_statistics):
    def build(pipeline=None, **kwargs):
        inside = scenes(labels, **({'pipeline': pipeline} if pipeline else {}))
        return RareClassDataset(inside, write_statistics(labels), **kwargs)

    return build


def frequency(labels):
    everything = np.concatenate([label.ravel() for label in labels])
    everything = everything[everything != 255]
    return np.bincount(everything, minlength=len(CLASSES)) / everything.size


def test_probabilities_are_those_of_the_formula(labels, wrap):
    for temperature in (0.01, 0.5):
        dataset = wrap(temperature=temperature, min_pixels=15)
        assert dataset.classes.tolist() == [0, 13, 16]
        expected = softmax((1 - frequency(labels)[[0, 13, 16]]) / temperature)
        np.testing.assert_allclose(dataset.probabilities, expected, rtol=1e-9)


def test_samples_are_drawn_by_the_formula(labels, wrap, draw):
    dataset = wrap(temperature=0.5, min_pixels=15, retries=0)
    holders = {0: range(12), 13: range(0, 12, 3), 16: [5]}
    probabilities = softmax((1 - frequency(labels)[list(holders)]) / 0.5)
    expected = Counter()
    for probability, samples in zip(probabilities, holders.values(), strict=True):
        for sample in samples:
            expected[str(sample)] += probability / len(samples)

    count = 4000
    samples = draw(dataset, [index % 12 for index in range(count)])
    drawn = Counter(sample['sample_name'] for sample in samples)
    observed = [drawn[name] for name in expected]
    assert sum(observed) == count
    assert chisquare(observed, [count * share for share in expected.values()]).pvalue > 1e-3


def test_an_image_needs_more_than_min_pixels(wrap, draw):
    trains = 20
    assert wrap(min_pixels=trains - 1).classes.tolist() == [0, 13, 16]
    dataset = wrap(min_pixels=trains, retries=0)
    assert dataset.classes.tolist() == [0, 13]
    assert dataset.probabilities.sum() == pytest.approx(1)
    samples = draw(dataset, [index % 12 for index in range(60)])
    assert {sample['sample_name'] for sample in samples} == {'0', '3', '6', '9'}


def test_no_image_has_enough(wrap):
    with pytest.raises(ValueError, match=r'no image in .* more than min_pixels=3000 pixels'):
        wrap()


class Crops:
    """A crop whose n-th call leaves as many pixels of one class as told."""

    def __init__(self, train_id, pixels):
        self.train_id = train_id
        self.pixels = pixels
        self.names = []

    def __call__(self, results):
        label = np.full((50, 50), 255, dtype=np.uint8)
        label.flat[: self.pixels[len(self.names)]] = self.train_id
        self.names.append(results['sample_name'])
        return {**results, 'gt_seg_map': label}


@pytest.mark.parametrize(
    ('pixels', 'runs'),
    [((9, 3, 9, 9), 1), ((0, 8, 9, 9), 3), ((0, 0, 0, 9), 4), ((0, 0, 0, 0), 4)],
)
def test_crops_until_one_has_more_than_the_share_of_min_pixels(wrap, pixels, runs):
    crops = Crops(16, pixels)
    dataset = wrap([crops, PACK], min_pixels=16, min_crop_ratio=0.5, retries=3)
    dataset.probabilities = np.array([0.0, 0.0, 1.0])
    label = dataset[0]['data_samples'].gt_sem_seg.data
    assert crops.names == ['5'] * runs
    assert int((label == 16).sum()) == pixels[runs - 1]


@pytest.mark.parametrize(('pixels', 'runs'), [([1500] * 12, 11), ([1500, 1501], 2)])
def test_defaults_are_daformers(scenes, write_statistics, pixels, runs):
    label = np.full((100, 100), 255, dtype=np.uint8)
    label.flat[:6001] = 2
    label.flat[:3000] = 13
    crops = Crops(2, pixels)
    dataset = RareClassDataset(scenes([label], pipeline=[crops, PACK]), write_statistics([label]))
    assert dataset.classes.tolist() == [2]
    assert dataset[0]
    assert len(crops.names) == runs


def test_random_crops_hold_the_class(wrap):
    crop = {'type': 'RandomCrop', 'crop_size': (6, 10)}
    share = {}
    for retries in (0, 30):
        dataset = wrap([crop, PACK], min_pixels=18, min_crop_ratio=0.5, retries=retries)
        dataset.probabilities = np.array([0.0, 0.0, 1.0])
        np.random.seed(0)
        crops = [dataset[0]['data_samples'].gt_sem_seg.data for _ in range(40)]
        share[retries] = np.mean([int((label == 16).sum()) > 9 for label in crops])
    assert share[0] < 0.5
    assert share[30] > 0.9


@pytest.mark.parametrize('temperature', [0, -1])
def test_wrong_temperature(wrap, temperature):
    with pytest.raises(ValueError, match='temperature must be positive'):
        wrap(temperature=temperature)
