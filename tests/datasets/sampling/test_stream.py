import random
from itertools import islice

import numpy as np
import pytest
import torch
from mmengine.dataset import DefaultSampler, InfiniteSampler
from torch.utils.data import DataLoader, Dataset

from cnsn_seg.datasets.sampling import ClassUniformDataset, RareClassDataset, batches_from, stream

SIZE = 11


class Noise(Dataset):
    """Yields its index and a random number, and takes note of what was loaded."""

    def __init__(self):
        self.loaded = []

    def __len__(self):
        return SIZE

    def __getitem__(self, index):
        self.loaded.append(index)
        return index, float(np.random.rand())


def take(count, start=0, *, batch_size=4, seed=3, sampler=InfiniteSampler, workers=0, **options):
    """The samples of some batches."""
    dataset = options.pop('dataset', None) or Noise()
    loader = DataLoader(
        dataset,
        batch_size,
        sampler=sampler(dataset, seed=seed),
        num_workers=workers,
        collate_fn=list,
        **options,
    )
    return list(islice(batches_from(start, loader, seed), count))


@pytest.mark.parametrize('sampler', [InfiniteSampler, DefaultSampler])
@pytest.mark.parametrize('drop_last', [False, True])
def test_start_leaves_batches_out_and_changes_nothing_else(sampler, drop_last):
    options = dict(sampler=sampler, drop_last=drop_last)
    everything = take(12, **options)
    for start in range(1, 12):
        assert take(12 - start, start, **options) == everything[start:]


def test_what_is_left_out_is_not_loaded():
    dataset = Noise()
    (batch,) = take(1, 1000, dataset=dataset)
    assert dataset.loaded == [index for index, _ in batch]


def test_order_is_the_samplers():
    samples = [sample for batch in take(12) for sample in batch]
    expected = islice(InfiniteSampler(Noise(), seed=3), 48)
    assert [index for index, _ in samples] == list(expected)


def test_a_sampler_that_ends_shuffles_anew():
    epochs = take(6, sampler=DefaultSampler, batch_size=SIZE)
    orders = [tuple(index for index, _ in epoch) for epoch in epochs]
    assert all(sorted(order) == list(range(SIZE)) for order in orders)
    assert len(set(orders)) == 6


def test_two_ranks_see_together_what_one_does(monkeypatch):
    def rank_of_two(rank):
        monkeypatch.setattr(stream, 'get_dist_info', lambda: (rank, 2))
        monkeypatch.setattr('mmengine.dataset.sampler.get_dist_info', lambda: (rank, 2))
        return take(9)

    first, second = rank_of_two(0), rank_of_two(1)
    monkeypatch.undo()
    for one, two, whole in zip(first, second, take(9, batch_size=8), strict=True):
        assert sorted(one + two) == sorted(whole)
        assert not {noise for _, noise in one} & {noise for _, noise in two}


@pytest.mark.parametrize(
    ('sampled', 'settings'),
    [(ClassUniformDataset, {}), (RareClassDataset, dict(temperature=1.0, min_pixels=1))],
)
def test_samples_drawn_by_class_follow_from_the_seed(
    sampled, settings, scenes, labels, write_statistics
):
    dataset = sampled(scenes(labels), write_statistics(labels), **settings)

    def names(*args, **options):
        batches = take(*args, dataset=dataset, **options)
        return [
            (item['data_samples'].sample_name, item['data_samples'].get('centroid'))
            for batch in batches
            for item in batch
        ]

    expected = names(8)
    assert names(8, workers=2) == expected
    assert names(3, 5, workers=1) == expected[5 * 4 :]
    assert names(8, seed=4) != expected


def test_a_generator_has_its_own_state_for_every_use():
    drawn = []
    for entropy, use in [((1, 2), 0), ((1, 2), 1), ((2, 2), 0), ((1, 3), 0)]:
        stream.seed_generators(*entropy, stream=use)
        drawn += [(torch.rand(()).item(), np.random.rand(), random.random())]
    assert len({number for numbers in drawn for number in numbers}) == 12


def test_too_few_samples_for_a_batch():
    with pytest.raises(ValueError, match='too few samples, 11, for one batch'):
        take(1, sampler=DefaultSampler, batch_size=12, drop_last=True)
