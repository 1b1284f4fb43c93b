import json

import numpy as np
import pytest
from synthetic_results import confusions, write_result

from cnsn_seg.comparison import compare, load_results


def compared(root, **options):
    return compare(load_results([str(root)]), **options)


def scores_of(path, domain):
    return json.loads(path.read_text())['domains'][domain]['mIoU']


def test_seeds_are_averaged_with_their_sample_standard_deviation(tmp_path):
    paths = [write_result(tmp_path / str(seed), seed=seed) for seed in range(3)]
    comparison = compared(tmp_path)
    method = comparison['methods']['baseline']
    assert method['seeds'] == [0, 1, 2]
    unseen = []
    for domain in ('gta', 'cityscapes', 'bdd100k'):
        values = [scores_of(path, domain) for path in paths]
        score = method['mIoU'][domain]
        assert score['mean'] == pytest.approx(np.mean(values))
        assert score['std'] == pytest.approx(np.std(values, ddof=1))
        if domain != 'gta':
            unseen.append(values)
    means = np.mean(unseen, axis=0)
    assert method['mIoU']['mean unseen']['mean'] == pytest.approx(means.mean())
    assert method['mIoU']['mean unseen']['std'] == pytest.approx(means.std(ddof=1))
    assert comparison['baseline'] is None
    assert comparison['differences'] == []


def test_one_seed_has_no_standard_deviation(tmp_path):
    write_result(tmp_path)
    assert compared(tmp_path)['methods']['baseline']['mIoU']['gta']['std'] is None


def test_domains_that_some_results_lack_stay_but_leave_the_mean(tmp_path):
    write_result(tmp_path / 'a', confusions(0, gta=4, cityscapes=5, bdd100k=6), method='a')
    write_result(tmp_path / 'b', confusions(1, cityscapes=5), method='b')
    write_result(tmp_path / 'c', confusions(2, cityscapes=5, idd=7), method='c')
    comparison = compared(tmp_path)
    columns = comparison['columns']
    assert list(columns) == ['gta', 'cityscapes', 'bdd100k', 'idd', 'mean unseen']
    assert columns['mean unseen']['domains'] == ['cityscapes']
    assert comparison['methods']['b']['mIoU']['bdd100k'] is None
    assert comparison['methods']['c']['mIoU']['idd']['mean'] > 0
    idd = [one for one in comparison['differences'] if one['column'] == 'idd']
    assert idd == []


def test_a_domain_that_any_method_trained_on_is_not_unseen(tmp_path):
    domains = confusions(0, gta=4, synthia=5, idd=6)
    write_result(tmp_path / 'a', domains, method='a')
    write_result(tmp_path / 'b', domains, method='b', source=['gta', 'synthia'])
    columns = compared(tmp_path)['columns']
    assert {name: column['kind'] for name, column in columns.items()} == {
        'gta': 'source', 'synthia': 'target', 'idd': 'target', 'mean unseen': 'unseen'
    }  # fmt: skip
    assert columns['mean unseen']['domains'] == ['idd']


def test_the_baseline_is_the_one_called_so_or_the_first(tmp_path):
    write_result(tmp_path / 'a', method='sn')
    write_result(tmp_path / 'b', method='cnsn')
    assert compared(tmp_path)['baseline'] == 'sn'
    assert compared(tmp_path, baseline='cnsn')['baseline'] == 'cnsn'
    write_result(tmp_path / 'c', method='baseline')
    assert compared(tmp_path)['baseline'] == 'baseline'
    with pytest.raises(ValueError, match="no method 'cn' to be the baseline, only sn, cnsn, base"):
        compared(tmp_path, baseline='cn')


@pytest.mark.parametrize('confidence', [0, 49.9, 100, float('nan')])
def test_confidence_must_make_sense(tmp_path, confidence):
    write_result(tmp_path)
    with pytest.raises(ValueError, match=r'must be between 50 and 99\.9 percent'):
        compared(tmp_path, confidence=confidence)


def test_what_makes_a_result_less_than_final_is_kept(tmp_path):
    path = write_result(
        tmp_path,
        selection=dict(metrics=['cityscapes/mIoU'], target_domains=['cityscapes']),
        trained_under='rein',
        final=False,
    )
    content = json.loads(path.read_text())
    content['domains']['bdd100k']['num_expected'] = 1000
    fog = dict(domain='bdd100k', name='fog', severity=1)
    content['domains']['bdd100k+fog-1'] = content['domains']['bdd100k'] | dict(corruption=fog)
    path.write_text(json.dumps(content))
    method = compared(tmp_path)['methods']['baseline']
    assert method['target_domains'] == ['cityscapes']
    assert method['trained_under'] == ['rein']
    assert method['partial'] == dict(bdd100k=dict(num_images=10, num_expected=1000))
