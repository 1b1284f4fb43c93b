import numpy as np
import pytest
import torch
from cityscapesscripts.evaluation import evalPixelLevelSemanticLabeling as official
from cityscapesscripts.helpers.labels import labels as CITYSCAPES_LABELS
from mmengine.evaluator import Evaluator
from mmengine.structures import PixelData
from mmseg.evaluation import IoUMetric
from mmseg.registry import METRICS
from mmseg.structures import SegDataSample
from PIL import Image

from cnsn_seg.evaluation import DomainIoUMetric
from cnsn_seg.evaluation.confusion import scores

CLASSES = tuple(label.name for label in CITYSCAPES_LABELS if 0 <= label.trainId < 19)
DOMAINS = ('gta', 'cityscapes', 'bdd100k')

pytestmark = pytest.mark.usefixtures('quiet_logger')


def metric(classes=CLASSES, **arguments):
    result = DomainIoUMetric(**arguments)
    result.dataset_meta = dict(classes=classes)
    return result


def sample(truth, prediction, domain, path):
    return dict(
        pred_sem_seg=dict(data=torch.as_tensor(prediction)[None]),
        gt_sem_seg=dict(data=torch.as_tensor(truth)[None]),
        domain=domain,
        img_path=path,
    )


def random_samples(count=12, num_classes=19, seed=0):
    """Images in three domains; every class occurs, and a third of the pixels are right."""
    rng, result = np.random.default_rng(seed), []
    for index in range(count):
        truth, prediction = rng.integers(num_classes, size=(2, 24, 32))
        prediction = np.where(rng.random(truth.shape) < 0.3, truth, prediction)
        truth[rng.random(truth.shape) < 0.1] = 255
        result.append(
            sample(truth.astype(np.uint8), prediction, DOMAINS[index % 3], f'{index}.png')
        )
    return result


def counted_by_loop(samples, num_classes=19):
    matrix = np.zeros((num_classes, num_classes), dtype=np.int64)
    for item in samples:
        truth, prediction = (item[key]['data'].flatten() for key in ('gt_sem_seg', 'pred_sem_seg'))
        for t, p in zip(truth.tolist(), prediction.tolist(), strict=True):
            if t != 255:
                matrix[t, p] += 1
    return matrix


def of_domain(samples, domain):
    return [item for item in samples if item['domain'] == domain]


def test_the_metric_is_registered():
    assert isinstance(METRICS.build(dict(type='DomainIoUMetric')), DomainIoUMetric)


@pytest.mark.parametrize('batch_size', [1, 5, 12])
def test_samples_of_mixed_domains_go_to_their_own(batch_size):
    evaluated, samples = metric(), random_samples()
    for start in range(0, 12, batch_size):
        evaluated.process({}, samples[start : start + batch_size])
    evaluated.evaluate(12)
    assert set(evaluated.matrices) == set(DOMAINS)
    assert evaluated.num_images == dict.fromkeys(sorted(DOMAINS), 4)
    for domain in DOMAINS:
        expected = counted_by_loop(of_domain(samples, domain))
        assert np.array_equal(evaluated.matrices[domain], expected)


def test_class_scores_equal_those_of_cityscapes_scripts(tmp_path, monkeypatch):
    samples = random_samples()
    for name, value in dict(evalInstLevelScore=False, JSONOutput=False, quiet=True).items():
        monkeypatch.setattr(official.args, name, value)
    for domain in DOMAINS:
        files = label_id_files(of_domain(samples, domain), tmp_path)
        expected = official.evaluateImgLists(*files, official.args)
        evaluated = metric()
        evaluated.process({}, samples)
        results = evaluated.evaluate(12)
        iou = scores(evaluated.matrices[domain]).iou / 100
        theirs = [expected['classScores'][name] for name in CLASSES]
        np.testing.assert_allclose(iou, theirs, rtol=0, atol=1e-9)
        miou = expected['averageScoreClasses']
        assert results[f'{domain}/mIoU'] / 100 == pytest.approx(miou, abs=1e-9)


def label_id_files(samples, folder):
    """Writes predictions and truth as Cityscapes label ids, ignored pixels as any ignored id."""
    ignored = [label.id for label in CITYSCAPES_LABELS if label.ignoreInEval and label.id >= 0]
    to_label_id = np.zeros(256, dtype=np.uint8)
    for label in CITYSCAPES_LABELS:
        if 0 <= label.trainId < 19:
            to_label_id[label.trainId] = label.id
    rng, predictions, truths = np.random.default_rng(0), [], []
    for item in samples:
        prediction, truth = (item[key]['data'][0].numpy() for key in ('pred_sem_seg', 'gt_sem_seg'))
        anything = rng.choice(ignored, truth.shape).astype(np.uint8)
        truth_ids = np.where(truth == 255, anything, to_label_id[truth])
        for ids, kind, files in (
            (to_label_id[prediction], 'prediction', predictions),
            (truth_ids, 'truth', truths),
        ):
            path = folder / f'{kind}_{item["img_path"]}'
            Image.fromarray(ids).save(path)
            files.append(str(path))
    return predictions, truths


@pytest.mark.parametrize('domain', DOMAINS)
def test_mmsegs_metric_agrees_on_each_domain(domain):
    samples = random_samples()
    evaluated, theirs = metric(), IoUMetric()
    theirs.dataset_meta = dict(classes=CLASSES)
    evaluated.process({}, samples)
    theirs.process({}, of_domain(samples, domain))
    results, expected = evaluated.evaluate(12), theirs.evaluate(4)
    for name in ('mIoU', 'mAcc', 'aAcc'):
        assert results[f'{domain}/{name}'] == pytest.approx(expected[name], abs=0.0051)


def test_unseen_is_the_plain_mean_over_domains_that_were_not_trained_on():
    evaluated = metric(source='gta')
    evaluated.process({}, random_samples(7))
    results = evaluated.evaluate(7)
    mean = (results['cityscapes/mIoU'] + results['bdd100k/mIoU']) / 2
    assert results['unseen/mIoU'] == pytest.approx(mean)


def test_several_sources_are_all_seen():
    evaluated = metric(source=['gta', 'cityscapes'])
    evaluated.process({}, random_samples())
    results = evaluated.evaluate(12)
    assert results['unseen/mIoU'] == results['bdd100k/mIoU']


def test_nothing_unseen_gives_no_mean():
    evaluated = metric(source=DOMAINS)
    evaluated.process({}, random_samples())
    assert 'unseen/mIoU' not in evaluated.evaluate(12)


@pytest.mark.parametrize(
    'path',
    [
        '/data/gta/bdd100k/mapillary/0001.png',
        '/data/GTA5/images/cityscapes_like/0001.png',
        's3://bucket/map/leftImg8bit/val/x.png',
        '',
    ],
)
def test_no_domain_is_read_from_a_path(path):
    evaluated = metric(('a', 'b'))
    evaluated.process({}, [sample(np.array([[0, 1]]), np.array([[0, 0]]), 'night', path)])
    results = evaluated.evaluate(1)
    assert set(evaluated.matrices) == {'night'}
    assert results['night/aAcc'] == 50


def test_an_image_that_comes_twice_is_counted_once():
    samples = random_samples()
    evaluated = metric()
    evaluated.process({}, samples + samples[:2])
    evaluated.process({}, samples[:5])
    evaluated.evaluate(12)
    assert sum(evaluated.num_images.values()) == 12
    assert np.array_equal(evaluated.matrices['gta'], counted_by_loop(of_domain(samples, 'gta')))


def test_one_path_in_two_domains_is_two_images():
    evaluated = metric(('a', 'b'))
    for domain in ('day', 'night'):
        evaluated.process({}, [sample(np.array([[0]]), np.array([[0]]), domain, 'same.png')])
    evaluated.evaluate(2)
    assert evaluated.num_images == {'day': 1, 'night': 1}


def test_an_evaluation_starts_from_nothing():
    evaluated, samples = metric(), random_samples()
    evaluated.process({}, samples)
    first = evaluated.evaluate(12)
    evaluated.process({}, samples)
    assert evaluated.evaluate(12) == first
    evaluated.process({}, of_domain(samples, 'gta'))
    evaluated.evaluate(4)
    assert set(evaluated.matrices) == {'gta'}


def test_absent_classes_are_left_out_of_the_mean():
    evaluated = metric(('a', 'b', 'c'))
    truth, prediction = np.array([[0, 0, 0, 0, 1]]), np.array([[0, 0, 0, 2, 1]])
    evaluated.process({}, [sample(truth, prediction, 'gta', 'x.png')])
    assert evaluated.evaluate(1)['gta/mIoU'] == pytest.approx((75 + 100) / 2)


def test_a_domain_without_counted_pixels_has_no_score():
    evaluated = metric(('a', 'b'))
    ignored = np.full((2, 2), 255, dtype=np.uint8)
    evaluated.process({}, [sample(ignored, np.zeros((2, 2), dtype=int), 'night', 'x.png')])
    assert np.isnan(evaluated.evaluate(1)['night/mIoU'])


def test_another_ignore_index_is_respected():
    evaluated = metric(('a', 'b'), ignore_index=7)
    evaluated.process({}, [sample(np.array([[7, 0]]), np.array([[0, 0]]), 'gta', 'x.png')])
    assert evaluated.evaluate(1)['gta/aAcc'] == 100


@pytest.mark.parametrize(
    ('truth', 'prediction', 'message'),
    [
        ([[0, 19]], [[0, 1]], 'truth holds ids from 0 to 19'),
        ([[0, 1]], [[0, 20]], 'prediction holds ids from 0 to 20'),
        ([[0, 1, 2]], [[0, 1]], 'differ'),
    ],
)
def test_what_cannot_be_counted_is_named_by_its_file(truth, prediction, message):
    bad = sample(np.array(truth), np.array(prediction), 'gta', 'images/00042.png')
    with pytest.raises(ValueError, match=rf'^images/00042\.png: .*{message}'):
        metric().process({}, [bad])


def test_a_sample_without_a_domain_is_refused():
    item = sample(np.array([[0]]), np.array([[0]]), 'gta', 'images/00042.png')
    del item['domain']
    with pytest.raises(ValueError, match=r'00042\.png: the sample names no domain; use .*Domain'):
        metric().process({}, [item])


def test_mmengines_evaluator_passes_the_domain_of_data_samples():
    samples = random_samples()
    evaluator = Evaluator([DomainIoUMetric()])
    evaluator.dataset_meta = dict(classes=CLASSES)
    for item in samples:
        data_sample = SegDataSample(
            metainfo=dict(domain=item['domain'], img_path=item['img_path']),
            pred_sem_seg=PixelData(data=item['pred_sem_seg']['data']),
            gt_sem_seg=PixelData(data=item['gt_sem_seg']['data']),
        )
        evaluator.process(data_samples=[data_sample])
    expected = metric()
    expected.process({}, samples)
    assert evaluator.evaluate(12) == expected.evaluate(12)


def shares(samples, scenario, ranks):
    if scenario == 'interleaved':
        return [samples[rank::ranks] for rank in range(ranks)]
    if scenario == 'one domain a rank':
        return [
            [s for s in samples if DOMAINS.index(s['domain']) % ranks == rank]
            for rank in range(ranks)
        ]
    if scenario == 'all on one rank':
        return [samples, *[[] for _ in range(ranks - 1)]]
    return [samples[rank::ranks] + samples[:1] for rank in range(ranks)]


SCENARIOS = ('interleaved', 'one domain a rank', 'all on one rank')


def evaluate_on_rank(rank, folder):
    torch.set_num_threads(1)
    for ranks in (2, 3):
        if rank < ranks:
            torch.distributed.init_process_group(
                'gloo', init_method=f'file://{folder}/store{ranks}', rank=rank, world_size=ranks
            )
            for scenario in (*SCENARIOS, 'duplicate'):
                result = evaluate_share(shares(random_samples(), scenario, ranks)[rank])
                torch.save(result, folder / f'{ranks} {scenario} {rank}')
            torch.distributed.destroy_process_group()


def evaluate_share(share):
    evaluated = metric()
    evaluated.process({}, share)
    try:
        results = evaluated.evaluate(12)
    except ValueError as error:
        return str(error)
    return results, evaluated.num_images, {d: m.tolist() for d, m in evaluated.matrices.items()}


@pytest.fixture(scope='module')
def on_ranks(tmp_path_factory):
    folder = tmp_path_factory.mktemp('ranks')
    torch.multiprocessing.spawn(evaluate_on_rank, (folder,), nprocs=3)
    return lambda ranks, scenario: [
        torch.load(folder / f'{ranks} {scenario} {rank}') for rank in range(ranks)
    ]


@pytest.mark.parametrize('ranks', [2, 3])
@pytest.mark.parametrize('scenario', SCENARIOS)
def test_ranks_together_get_what_one_process_gets(ranks, scenario, on_ranks):
    expected = evaluate_share(random_samples())
    assert on_ranks(ranks, scenario) == [expected] * ranks


@pytest.mark.parametrize('ranks', [2, 3])
def test_an_image_evaluated_on_two_ranks_is_an_error_on_all(ranks, on_ranks):
    for message in on_ranks(ranks, 'duplicate'):
        assert 'set round_up=False in the sampler' in message


def test_means_over_fewer_classes_are_19_class_scores():
    samples = random_samples()
    chosen = CLASSES[2:9]
    full, fewer = metric(), metric(classes=CLASSES)
    fewer.classes = chosen
    for each in (full, fewer):
        each.process({}, samples)
    whole, part = full.evaluate(len(samples)), fewer.evaluate(len(samples))
    for domain in DOMAINS:
        iou = scores(full.matrices[domain]).iou[2:9]
        assert part[f'{domain}/mIoU'] == pytest.approx(np.mean(iou), abs=1e-12)
        assert part[f'{domain}/aAcc'] == whole[f'{domain}/aAcc']


def test_mean_over_source_domains():
    several = metric(source=['gta', 'bdd100k'])
    samples = random_samples()
    several.process({}, samples)
    found = several.evaluate(len(samples))
    expected = (found['gta/mIoU'] + found['bdd100k/mIoU']) / 2
    assert found['source/mIoU'] == pytest.approx(expected, abs=1e-12)
    assert found['unseen/mIoU'] == found['cityscapes/mIoU']


def digested(index: int) -> list[dict]:
    samples = random_samples(3)
    for number, item in enumerate(samples):
        item.update(img_sha256=f'{number}', seg_map_sha256=f'{number + index}', domain='gta')
    return samples


def files_sha256(samples: list[dict]) -> str | None:
    counting = metric()
    counting.process({}, samples)
    counting.evaluate(len(samples))
    return counting.files_sha256['gta']


def test_digest_of_the_files_does_not_depend_on_their_order_or_names():
    renamed = [{**item, 'img_path': f'/x/{i}.png'} for i, item in enumerate(digested(0))]
    assert files_sha256(digested(0)) == files_sha256(renamed[::-1])
    assert files_sha256(digested(0)) != files_sha256(digested(1))
    assert files_sha256(digested(0)) != files_sha256(digested(0)[:2])


def test_no_digest_where_the_pipeline_takes_none():
    samples = digested(0)
    del samples[1]['img_sha256']
    assert files_sha256(samples) is None


def test_records_of_single_images_add_up_to_the_domains():
    counting, records = metric(), []
    counting.on_image = records.append
    counting.process({}, random_samples())
    counting.evaluate(12)
    for domain, matrix in counting.matrices.items():
        found = [record.confusion for record in records if record.domain == domain]
        assert len(found) == counting.num_images[domain]
        assert np.array_equal(sum(found), matrix)


@pytest.mark.parametrize('count', [0, 1, 7, 12])
def test_restored_records_count_as_if_they_had_been_seen(count):
    samples, records = random_samples(), []
    whole, restored = metric(), metric()
    whole.on_image = records.append
    whole.process({}, samples)
    restored.restore(records[:count])
    restored.process({}, samples[count:])
    assert restored.evaluate(12) == whole.evaluate(12)
    assert restored.num_images == whole.num_images
    assert all(np.array_equal(restored.matrices[name], whole.matrices[name]) for name in DOMAINS)
