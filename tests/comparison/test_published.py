import json
from pathlib import Path

import pytest
from synthetic_results import confusions, write_result

from cnsn_seg.comparison import load_results
from cnsn_seg.comparison.published import published_rows
from cnsn_seg.datasets import PROTOCOLS

OFFICIAL = dict(cityscapes=500, bdd100k=1000, mapillary=2000)


def rows_for(tmp_path, counts, choice='protocol', **more):
    write_result(tmp_path, confusions(**counts), **more)
    return published_rows(load_results([str(tmp_path)]), choice)


def test_rows_of_the_same_protocol_are_shown_beside_the_official_images(tmp_path):
    rows, reason = rows_for(tmp_path, OFFICIAL | dict(gta=6), protocol='robustnet')
    assert reason is None
    assert [row['method'] for row in rows] == ['Baseline DeepLabV3+', 'IBN-Net', 'ISW (RobustNet)']
    assert {row['protocol'] for row in rows} == {'robustnet'}


def test_rows_of_other_protocols_are_shown_only_on_request(tmp_path):
    assert rows_for(tmp_path, dict(cityscapes=500)) == ([], None)
    rows, _ = rows_for(tmp_path, dict(cityscapes=500), 'all')
    assert {row.get('protocol') for row in rows} == {None, 'robustnet', 'rein', 'hrda'}


@pytest.mark.parametrize('choice', ['protocol', 'all'])
def test_no_rows_stand_beside_other_images(tmp_path, choice):
    rows, reason = rows_for(tmp_path, OFFICIAL | dict(bdd100k=999), choice, protocol='robustnet')
    assert rows == []
    assert 'these are of 999 images of bdd100k' in reason
    rows, reason = rows_for(tmp_path, dict(gta=6, idd=4), choice)
    assert rows == []
    assert 'none of cityscapes, bdd100k, mapillary was evaluated' in reason


def test_no_rows_stand_beside_test_time_augmentation(tmp_path):
    settings = dict(mode='whole', crop_size=None, stride=None, tta=True, limit=None)
    rows, reason = rows_for(tmp_path, dict(cityscapes=500), 'all', settings=settings)
    assert rows == []
    assert 'test-time augmentation' in reason


def test_the_rows_name_their_source_and_protocols_that_exist():
    path = Path(published_rows.__code__.co_filename).with_name('published_results.json')
    for row in json.loads(path.read_text())['rows']:
        assert row['source'] and row['method'] and row['backbone']
        assert row.get('protocol', 'full') in PROTOCOLS
        assert set(row['mIoU']) == set(OFFICIAL)
        assert all(value is None or 0 < value < 100 for value in row['mIoU'].values())
