import io

import pytest
from rich.console import Console

from cnsn_seg.reporting import (
    checkpoint_table,
    comparison_table,
    corruption_table,
    domain_table,
)
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


def evaluated(name='iter_1.pth', **more) -> dict:
    domains = dict(
        gta=dict(IoU=[90.0, 50.0], mIoU=70.0),
        cityscapes=dict(IoU=[80.0, None], mIoU=80.0),
        bdd100k=dict(IoU=[60.0, 10.0], mIoU=35.0),
    )
    counts = dict(num_images=5, num_expected=5, corruption=None)
    return dict(
        checkpoint=dict(path=name),
        protocol=dict(name='full'),
        trained_under='full',
        selection=None,
        source=['gta'],
        settings=dict(mode='whole', tta=False),
        final=True,
        classes=['road', 'train'],
        domains={name: {**counts, **domain} for name, domain in domains.items()},
        unseen=dict(domains=['cityscapes', 'bdd100k'], mIoU=57.5),
        corruptions={},
    ) | dict(more)


def cells(table, first: str) -> list[str]:
    """The row that begins with a word."""
    rows = ([cell for cell in line.split() if cell not in '│┃'] for line in
            text_of(table).splitlines())  # fmt: skip
    return next(row for row in rows if row and row[0] == first)


def test_domain_table_shows_a_dash_for_a_class_without_truth():
    table = domain_table(evaluated())
    assert cells(table, 'train') == ['train', '50.00', '-', '10.00', '10.00']
    assert cells(table, 'mIoU')[-1] == '57.50'
    assert 'FINAL' not in text_of(table)


def test_domain_table_says_how_the_model_was_applied_and_what_is_a_preview():
    found = evaluated(final=False, settings=dict(mode='slide', crop_size=[512, 768], tta=True))
    found['domains']['gta']['num_images'] = 2
    text = ' '.join(text_of(domain_table(found)).split())
    assert 'sliding window 512x768, test-time augmentation' in text
    assert 'NOT FINAL, fewer images than the protocol has: gta 2 of 5' in text


def corrupted() -> dict:
    found = evaluated()
    by_corruption = dict(fog={'1': 60.0, '5': 40.0}, snow={'1': 50.0, '5': None})
    found['corruptions'] = dict(gta=dict(mIoU=None, by_corruption=by_corruption))
    name = dict(domain='gta', name='fog', severity=1)
    found['domains']['gta+fog-1'] = {**found['domains']['gta'], 'corruption': name}
    return found


def test_corrupted_domains_are_in_a_table_of_their_own():
    found = corrupted()
    assert 'fog' not in text_of(domain_table(found))
    table = corruption_table(found)
    assert [cells(table, name)[1] for name in ('none', 'fog', 'snow', 'mean')] == [
        '70.00', '50.00', '50.00', '-'
    ]  # fmt: skip
    assert 'severities 1, 5' in ' '.join(text_of(table).split())


def test_checkpoint_table_has_a_row_for_each():
    table = checkpoint_table(dict(a=evaluated(), b=evaluated(unseen=dict(mIoU=1.0))))
    assert cells(table, 'a') == ['a', '70.00', '80.00', '35.00', '57.50']
    assert cells(table, 'b') == ['b', '70.00', '80.00', '35.00', '1.00']
    assert cells(checkpoint_table(dict(c=corrupted())), 'c')[-2:] == ['57.50', '-']
