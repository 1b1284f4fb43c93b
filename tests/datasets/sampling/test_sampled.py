import numpy as np
import pytest
from mmengine.dataset import ConcatDataset, InfiniteSampler
from mmseg.registry import DATASETS

from cnsn_seg.datasets.sampling import ClassUniformDataset, RareClassDataset
from cnsn_seg.engine import domains_of

KINDS = {
    'class_uniform': (ClassUniformDataset, {'fraction': 1}),
    'rare_class': (RareClassDataset, {'temperature': 1.0, 'min_pixels': 1, 'retries': 0}),
}


@pytest.fixture(params=KINDS)
def kind(request):
    return KINDS[request.param]


@pytest.fixture
def wrap(kind, scenes, labels, write_statistics):
    sampled, settings = kind

    def build(**kwargs):
        return sampled(scenes(labels, **kwargs), write_statistics(labels), **settings)

    return build


@pytest.mark.parametrize('workers', [0, 2])
def test_one_seed_gives_one_sequence(wrap, draw, workers):
    first = draw(wrap(), range(12), workers=workers)
    assert draw(wrap(), range(12), workers=workers) == first
    assert draw(wrap(), range(12), workers=workers, seed=8) != first


def test_workers_draw_differently(wrap, draw):
    samples = draw(wrap(), [3] * 40, workers=2)
    assert samples[::2] != samples[1::2]


def test_ranks_with_workers_draw_differently(wrap, draw):
    ranks = [draw(wrap(), [3] * 40, workers=2, rank=rank) for rank in range(2)]
    assert ranks[0] != ranks[1]


def test_ranks_without_workers_draw_differently(wrap, draw):
    ranks = [draw(wrap(), indices * 20) for indices in ([0, 2], [1, 3])]
    assert ranks[0] != ranks[1]


def test_stands_for_the_data_set_inside(wrap, scenes, labels):
    dataset = wrap()
    inside = scenes(labels)
    assert len(dataset) == len(inside)
    assert dataset.metainfo == inside.metainfo
    assert list(domains_of(dataset)) == ['memory']


def test_data_set_of_files(kind, download, write_statistics):
    pipeline = [{'type': 'LoadTrainIds'}, {'type': 'PackSegInputs', 'meta_keys': ('domain',)}]
    inside = download('cityscapes').build(pipeline=pipeline)
    names = [inside.get_data_info(index)['sample_name'] for index in range(2)]
    labels = [inside[index]['data_samples'].gt_sem_seg.data[0].numpy() for index in range(2)]
    sampled, settings = kind
    path = write_statistics([label.astype(np.uint8) for label in labels], names)
    dataset = sampled(inside, path, **settings)
    sample = dataset[1]['data_samples']
    assert sample.domain == inside.domain
    assert sample.gt_sem_seg.shape == labels[0].shape
    assert list(domains_of(dataset)) == [inside.domain]


def test_index_out_of_range(wrap):
    dataset = wrap()
    assert dataset[-12]
    for index in (12, -13):
        with pytest.raises(IndexError):
            dataset[index]


def test_config_and_lazy_init(kind, scenes, labels, write_statistics):
    sampled, settings = kind
    inside = dict(type=scenes, labels=labels, lazy_init=True)
    path = write_statistics(labels[:3])
    dataset = DATASETS.build(
        dict(type=sampled.__name__, dataset=inside, statistics=path, lazy_init=True, **settings)
    )
    assert not dataset.dataset._fully_initialized
    write_statistics(labels)
    dataset.full_init()
    assert len(dataset) == 12


@pytest.mark.parametrize('workers', [0, 2])
def test_sources_are_wrapped_one_by_one(kind, scenes, labels, write_statistics, draw, workers):
    sampled, settings = kind
    path = write_statistics(labels)
    dataset = ConcatDataset(
        [
            dict(
                type=sampled.__name__,
                dataset=dict(type=scenes, labels=labels, domain=domain),
                statistics=path,
                **settings,
            )
            for domain in ('gta', 'synthia')
        ]
    )
    assert len(dataset) == 24
    assert list(domains_of(dataset)) == ['gta', 'synthia']
    sampler = iter(InfiniteSampler(dataset, seed=1))
    indices = [next(sampler) for _ in range(48)]
    samples = draw(dataset, indices, workers=workers)
    expected = ['gta' if index < 12 else 'synthia' for index in indices]
    assert [sample['domain'] for sample in samples] == expected


def reject_all_but_five(results):
    return results if results['sample_name'] == '5' else None


def test_what_the_pipeline_rejects_is_replaced(wrap, draw):
    dataset = wrap()
    dataset.dataset.pipeline.transforms.insert(0, reject_all_but_five)
    assert {sample['sample_name'] for sample in draw(dataset, range(12))} == {'5'}


def test_pipeline_that_rejects_everything(wrap):
    dataset = wrap(max_refetch=3)
    seen = []
    dataset.dataset.pipeline.transforms.insert(0, seen.append)
    with pytest.raises(RuntimeError, match='returned None for 4 samples'):
        dataset[0]
    assert len(seen) == 4


def test_statistics_of_more_samples_in_another_order(kind, scenes, labels, write_statistics, draw):
    sampled, settings = kind
    expected = draw(sampled(scenes(labels), write_statistics(labels), **settings), range(12))
    names = ['another', *reversed([str(number) for number in range(12)])]
    other = np.full((16, 32), 18, dtype=np.uint8)
    path = write_statistics([other, *reversed(labels)], names)
    assert draw(sampled(scenes(labels), path, **settings), range(12)) == expected


def test_outdated_statistics(kind, scenes, labels, write_statistics):
    path = write_statistics(labels[:7])
    with pytest.raises(ValueError, match=r"statistics lack '7'.*run tools/check_data\.py again"):
        kind[0](scenes(labels), path)


def test_missing_statistics(kind, scenes, labels, tmp_path):
    with pytest.raises(FileNotFoundError, match=r'run tools/check_data\.py'):
        kind[0](scenes(labels), str(tmp_path / 'none.npz'))


def test_wrapped_data_sets_are_refused(kind, scenes, labels, write_statistics):
    several = dict(type='ConcatDataset', datasets=[scenes(labels), scenes(labels)])
    with pytest.raises(TypeError, match='not from a ConcatDataset: wrap the data sets inside'):
        kind[0](several, write_statistics(labels))


def test_renumbered_classes_are_refused(kind, download, tmp_path):
    dataset = download('bdd100k').build(metainfo={'classes': ['car', 'road']})
    with pytest.raises(ValueError, match=r"needs the 19 classes.*\['car', 'road'\]"):
        kind[0](dataset, str(tmp_path / 'none.npz'))
