from collections import Counter

import numpy as np
import pytest
from scipy.stats import chisquare

from cnsn_seg.datasets.sampling import ClassUniformDataset
from cnsn_seg.datasets.statistics import ClassStatistics, measure


@pytest.fixture
def wrap(scenes, labels, write_statistics):
    return lambda **kwargs: ClassUniformDataset(scenes(labels), write_statistics(labels), **kwargs)


def keys(samples):
    return [(sample['sample_name'], *sample['centroid']) for sample in samples]


def test_centroids_are_drawn_class_by_class_and_uniformly_within(wrap, draw):
    dataset = wrap(fraction=1)
    rows = ClassStatistics.load(dataset.statistics).centroids.tolist()
    classes = Counter(train_id for _, train_id, _, _ in rows)
    expected = Counter()
    for sample, train_id, y, x in rows:
        expected[str(sample), y, x] += 1 / len(classes) / classes[train_id]
    assert sorted(classes.values()) != [min(classes.values())] * len(classes)

    count = 6000
    drawn = Counter(keys(draw(dataset, [index % 12 for index in range(count)])))
    assert drawn.keys() <= expected.keys()
    observed = [drawn[key] for key in expected]
    assert chisquare(observed, [count * share for share in expected.values()]).pvalue > 1e-3


def test_centroid_is_that_of_the_class_in_its_tile(labels, wrap, draw):
    for sample in draw(wrap(fraction=1), range(12)):
        y, x = sample['centroid']
        left = x // 16 * 16
        tile = labels[int(sample['sample_name'])][:, left : left + 16]
        _, centroids = measure(tile)
        assert [y, x - left] in centroids[:, 1:].tolist()
        assert (type(y), type(x)) == (int, int)


def test_the_rest_are_the_samples_asked_for(wrap, draw):
    count = 3000
    indices = np.random.default_rng(0).integers(0, 12, count).tolist()
    samples = draw(wrap(), indices)
    plain = [pair for pair in zip(indices, samples, strict=True) if 'centroid' not in pair[1]]
    assert all(sample['sample_name'] == str(index) for index, sample in plain)
    assert abs(len(plain) / count - 0.5) < 4 * np.sqrt(0.25 / count)


def test_no_fraction_changes_nothing(scenes, labels, wrap, draw):
    assert draw(wrap(fraction=0), range(12)) == draw(scenes(labels), range(12))


def test_a_rejected_sample_gives_way_to_another(wrap):
    dataset = wrap(fraction=0)
    dataset.dataset.pipeline.transforms.insert(
        0, lambda results: None if results['sample_name'] == '3' else results
    )
    assert dataset[3]['data_samples'].sample_name != '3'


def test_classes_without_centroid_leave_their_part_to_the_others(scenes, write_statistics, draw):
    labels = [np.zeros((16, 20), dtype=np.uint8) for _ in range(2)]
    labels[1][:, 17:] = 13  # outside the only tile
    dataset = ClassUniformDataset(scenes(labels), write_statistics(labels), fraction=1)
    assert {sample['centroid'] for sample in draw(dataset, [0, 1] * 20)} == {(7, 7)}


def test_no_centroid_at_all(scenes, write_statistics):
    labels = [np.full((16, 16), 255, dtype=np.uint8)]
    with pytest.raises(ValueError, match=r"statistics\.npz' hold no centroid"):
        ClassUniformDataset(scenes(labels), write_statistics(labels))


@pytest.mark.parametrize('fraction', [-0.1, 1.1])
def test_wrong_fraction(wrap, fraction):
    with pytest.raises(ValueError, match='fraction must be in'):
        wrap(fraction=fraction)
