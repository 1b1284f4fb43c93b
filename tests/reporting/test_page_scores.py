"""What the page says about scores, without looking at it."""

import json

import numpy as np
import pytest
from page_results import ABSENT, CLASS_NAMES, write_result

from cnsn_seg.datasets import protocol_of
from cnsn_seg.reporting.page.classes import class_choice, confusion_choice, gain_choice
from cnsn_seg.reporting.page.domains import beneath, corruption_table, domain_table, headline
from cnsn_seg.reporting.page.parts import NOTHING, signed
from cnsn_seg.reporting.page.study import read_study


@pytest.fixture
def paths(tmp_path):
    return [
        write_result(tmp_path / f'{method}{seed}', method, seed)
        for method in ('baseline', 'cnsn')
        for seed in (0, 1)
    ]


def contents(paths) -> list[dict]:
    return [json.loads(path.read_text()) for path in paths]


def test_a_row_is_mean_and_deviation_over_the_seeds_of_a_method(paths):
    table = domain_table(read_study(paths))
    assert table.head == ['method', 'seeds', 'gta (source)', 'cityscapes', 'mean unseen']
    found = [one['domains']['cityscapes']['mIoU'] for one in contents(paths)[2:]]
    mean, std = np.mean(found), abs(found[0] - found[1]) / 2**0.5
    assert table.rows[1] == [
        'cnsn', '2', table.rows[1][2], f'{mean:.1f} ± {std:.1f}', table.rows[1][3]
    ]  # fmt: skip


def test_the_headline_compares_the_best_method_with_the_baseline(paths):
    one, two, *others = [found['unseen']['mIoU'] for found in contents(paths)]
    gain = np.mean(others) - np.mean([one, two])
    best, text = ('cnsn', signed(gain)) if gain > 0 else ('baseline', 'on unseen domains')
    assert headline(read_study(paths)).startswith(f'{best}: ')
    assert text in headline(read_study(paths))


def test_methods_within_one_deviation_are_named(tmp_path):
    def unseen(miou: float) -> dict:
        return dict(unseen=dict(domains=['cityscapes'], mIoU=miou))

    scores = dict(far=[20.0, 22.0], near=[30.0, 33.0], best=[31.0, 34.0])
    study = read_study(
        [
            write_result(tmp_path / f'{method}{seed}', method, seed, **unseen(value))
            for method, values in scores.items()
            for seed, value in enumerate(values)
        ]
    )
    assert 'best: near (31.5 ± 2.1)' in beneath(study)
    assert 'far' not in beneath(study)


def test_what_limits_trust_is_marked_and_explained(tmp_path):
    looked = dict(selection=dict(metrics=['cityscapes/mIoU'], target_domains=['cityscapes']))
    table = domain_table(
        read_study(
            [
                write_result(tmp_path / 'a', 'clean'),
                write_result(tmp_path / 'b', 'partial', final=False),
                write_result(tmp_path / 'c', 'peeking', **looked),
            ]
        )
    )
    assert [row[0] for row in table.rows] == ['clean', 'partial *', 'peeking †']
    assert [note[0] for note in table.notes] == ['†', '*']


def test_a_class_without_truth_has_no_number_and_no_gain(paths):
    study = read_study(paths)
    chart = class_choice(study).options[0][1]
    assert chart.table.rows[ABSENT] == ['train', NOTHING, NOTHING]
    assert 'Not in the truth: train.' in chart.caption
    gains = gain_choice(study).options[0][1].table.rows
    assert {name for name, _ in gains} == set(CLASS_NAMES) - {'train'}


def test_gains_are_sorted_and_over_the_baseline(paths):
    option, chart = gain_choice(read_study(paths)).options[0]
    iou = np.array([found['domains']['gta']['IoU'] for found in contents(paths)], dtype=float)
    expected = iou[2:].mean(0) - iou[:2].mean(0)
    shown = {name: float(gain.replace('\N{MINUS SIGN}', '-')) for name, gain in chart.table.rows}
    assert option == {'method': 'cnsn', 'domain': 'gta (source)'}
    assert list(shown.values()) == sorted(shown.values(), reverse=True)
    for name, gain in shown.items():
        assert gain == pytest.approx(expected[CLASS_NAMES.index(name)], abs=0.051)


def test_confusions_are_in_percent_of_the_true_pixels_of_all_seeds(paths):
    _, chart = confusion_choice(read_study(paths)).options[1]
    total = sum(np.array(one['domains']['cityscapes']['confusion']) for one in contents(paths)[:2])
    row = [float(value) for value in chart.table.rows[0][1:]]
    np.testing.assert_allclose(row, 100 * total[0] / total[0].sum(), atol=0.051)
    assert set(chart.table.rows[ABSENT][1:]) == {NOTHING}


def test_corruptions_are_averaged_over_severities(tmp_path):
    corrupted = dict(
        cityscapes=dict(mIoU=20.0, by_corruption=dict(fog={'1': 30.0, '3': 20.0}, snow={'1': 10.0}))
    )
    table = corruption_table(read_study([write_result(tmp_path, corruptions=corrupted)]))
    assert table.rows == [
        ['cityscapes, fog', '25.0'],
        ['cityscapes, snow', '10.0'],
        ['cityscapes, mean of all', '20.0'],
    ]


def test_the_baseline_comes_first_wherever_it_is_given(paths):
    assert [method.name for method in read_study(paths[::-1]).methods] == ['baseline', 'cnsn']
    assert read_study(paths, 'cnsn').baseline.name == 'cnsn'


def test_one_run_does_not_count_twice(tmp_path):
    paths = [write_result(tmp_path / name) for name in ('one', 'other')]
    with pytest.raises(ValueError, match='evaluate the same checkpoint'):
        read_study(paths)


def test_protocols_are_not_mixed(tmp_path):
    paths = [
        write_result(tmp_path / name, name, protocol=protocol_of(name).describe())
        for name in ('full', 'rein')
    ]
    with pytest.raises(ValueError, match='cannot be compared'):
        read_study(paths)


def test_no_difference_has_no_sign():
    assert [signed(value) for value in (1.25, -1.25, -0.01, 0.0)] == [
        '+1.2', '\N{MINUS SIGN}1.2', '0.0', '0.0'
    ]  # fmt: skip
