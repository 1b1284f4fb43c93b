import numpy as np
import pytest
from synthetic_results import COUNTS, confusions, draw_confusion, write_result

from cnsn_seg.comparison import compare, load_results
from cnsn_seg.comparison.bootstrap import class_pixels, resampled_miou


def compared(root, **options):
    return compare(load_results([str(root)]), **options)


def found(comparison, column, method='cnsn'):
    (match,) = (
        one
        for one in comparison['differences']
        if (one['method'], one['column']) == (method, column)
    )
    return match


def test_equal_predictions_differ_by_nothing(tmp_path):
    write_result(tmp_path / 'a', confusions(seed=1), method='baseline')
    write_result(tmp_path / 'b', confusions(seed=1), method='cnsn')
    differences = compared(tmp_path)['differences']
    assert [one['column'] for one in differences] == [*COUNTS, 'mean unseen']
    for one in differences:
        assert one['difference'] == 0
        assert one['interval'] == [0, 0]
        assert one['share_better'] == 0


def test_swapping_the_baseline_mirrors_the_interval(tmp_path):
    write_result(tmp_path / 'a', confusions(1, quality=0.7), method='baseline')
    write_result(tmp_path / 'b', confusions(2, quality=0.72), method='cnsn')
    there, back = compared(tmp_path), compared(tmp_path, baseline='cnsn')
    for column in there['columns']:
        one, other = found(there, column), found(back, column, 'baseline')
        assert one['difference'] == -other['difference']
        assert one['interval'] == pytest.approx([-end for end in reversed(other['interval'])])
        assert one['share_better'] == pytest.approx(100 - other['share_better'])


def test_a_clear_gain_is_seen_and_wider_confidence_is_wider(tmp_path):
    write_result(tmp_path / 'a', confusions(1, quality=0.6), method='baseline')
    write_result(tmp_path / 'b', confusions(1, quality=0.8), method='cnsn')
    narrow, wide = (compared(tmp_path, confidence=level) for level in (80, 99))
    for column in narrow['columns']:
        one, other = found(narrow, column), found(wide, column)
        assert other['interval'][0] < one['interval'][0] < one['interval'][1]
        assert one['interval'][1] < other['interval'][1]
        assert one['interval'][0] < one['difference'] < one['interval'][1]
        assert one['share_better'] == 100


def test_seeds_are_averaged_within_a_draw_and_domains_drawn_apart(tmp_path):
    models = [confusions(seed, quality=0.6 + seed / 50) for seed in range(5)]
    for seed, model in enumerate(models):
        method = 'baseline' if seed < 2 else 'cnsn'
        write_result(tmp_path / str(seed), model, method=method, seed=seed)
    comparison = compared(tmp_path, confidence=90)
    gains = {}
    for domain in COUNTS:
        pixels = class_pixels(np.stack([model[domain] for model in models]))
        draws = resampled_miou(pixels, range(19), domain)
        gains[domain] = draws[2:].mean(0) - draws[:2].mean(0)
    gains['mean unseen'] = (gains['cityscapes'] + gains['bdd100k']) / 2
    for column, gain in gains.items():
        one = found(comparison, column)
        assert one['interval'] == pytest.approx(np.percentile(gain, [5, 95]).tolist())
        assert one['share_better'] == pytest.approx(100 * (gain > 0).mean())
    assert abs(np.corrcoef(gains['cityscapes'], gains['bdd100k'])[0, 1]) < 0.05


def test_corruptions_of_a_domain_are_drawn_together(tmp_path):
    for seed, method in enumerate(('baseline', 'cnsn')):
        same = draw_confusion(seed, 12, 0.6)
        domains = {f'cityscapes+fog-{severity}': same for severity in (1, 2, 3)}
        write_result(tmp_path / method, {'cityscapes': same, **domains}, method=method)
    comparison = compared(tmp_path)
    assert list(comparison['columns']) == ['cityscapes', 'mean unseen', 'cityscapes corrupted']
    assert comparison['columns']['cityscapes corrupted']['domains'] == list(domains)
    # The mean of three times the same is the same only if all three are drawn together.
    plain, corrupted = found(comparison, 'cityscapes'), found(comparison, 'cityscapes corrupted')
    assert corrupted['interval'] == pytest.approx(plain['interval'])


def test_other_images_are_refused(tmp_path):
    write_result(tmp_path / 'a', method='baseline')
    names = dict(cityscapes=[f'other {i}' for i in range(COUNTS['cityscapes'])])
    write_result(tmp_path / 'b', method='cnsn', names=names)
    with pytest.raises(ValueError, match="are of other images of 'cityscapes'"):
        compared(tmp_path)


def test_without_the_images_there_is_a_table_but_no_interval(tmp_path):
    write_result(tmp_path / 'a', method='baseline')
    write_result(tmp_path / 'b', method='cnsn', seed=1)
    (tmp_path / 'b/images.npz').unlink()
    comparison = compared(tmp_path)
    assert comparison['differences'] == []
    assert "b/images.npz' is missing" in comparison['notes'][0]
    assert comparison['methods']['cnsn']['mIoU']['cityscapes']['mean'] > 0


def test_a_domain_without_labels_has_no_difference(tmp_path):
    for seed, method in enumerate(('baseline', 'cnsn')):
        empty = np.zeros((3, 19, 19), np.int32)
        domains = dict(confusions(seed, gta=4, cityscapes=4), bdd100k=empty)
        write_result(tmp_path / method, domains, method=method)
    differences = compared(tmp_path)['differences']
    assert [one['column'] for one in differences] == ['gta', 'cityscapes']
