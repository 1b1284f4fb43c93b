import io

import pytest
from rich.console import Console

from cnsn_seg.reporting import comparison_table, domain_table
from cnsn_seg.reporting.comparison_table import summary

COMPARISON = dict(
    rows=[
        dict(method='baseline', seed=0, mIoU=dict(gta=70.0, cityscapes=30.0, bdd100k=20.0)),
        dict(method='baseline', seed=1, mIoU=dict(gta=74.0, cityscapes=32.0, bdd100k=26.0)),
        dict(method='cnsn', seed=0, mIoU=dict(gta=69.0, cityscapes=40.0, bdd100k=30.0)),
    ]
)


def text_of(table) -> str:
    file = io.StringIO()
    Console(width=200, file=file).print(table)
    return file.getvalue()


def test_summary_averages_seeds_and_leaves_the_source_out_of_unseen():
    found = summary(COMPARISON, source='gta')
    assert found['baseline']['seeds'] == 2
    assert found['baseline']['gta'] == (72.0, pytest.approx(8**0.5))
    assert found['baseline']['unseen'] == (27.0, pytest.approx(8**0.5))
    assert found['cnsn']['unseen'] == (35.0, None)


def test_comparison_table_shows_the_mean_over_unseen_domains_last():
    lines = text_of(comparison_table(COMPARISON, source='gta')).splitlines()
    row = next(line for line in lines if line.strip().startswith('cnsn'))
    assert row.split()[-1] == '35.00'
    assert any('gta (source)' in line for line in lines)
    assert 'baseline 2, cnsn 1' in lines[0]


def test_domain_table_shows_a_dash_for_a_class_without_truth():
    results = dict(
        checkpoint='iter_1.pth',
        protocol=dict(name='full'),
        trained_under='full',
        selection=None,
        source=['gta'],
        classes=['road', 'train'],
        domains=dict(
            gta=dict(IoU=[90.0, 50.0], mIoU=70.0),
            cityscapes=dict(IoU=[80.0, None], mIoU=80.0),
            bdd100k=dict(IoU=[60.0, 10.0], mIoU=35.0),
        ),
        unseen=dict(domains=['cityscapes', 'bdd100k'], mIoU=57.5),
    )
    lines = text_of(domain_table(results)).splitlines()
    train = next(line for line in lines if 'train' in line)
    assert [cell for cell in train.split() if cell not in '│┃'] == [
        'train', '50.00', '-', '10.00', '10.00'
    ]  # fmt: skip
    mean = next(line for line in lines if 'mIoU' in line)
    assert '57.50' in mean
