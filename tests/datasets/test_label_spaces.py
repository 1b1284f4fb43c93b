import json
from pathlib import Path

import numpy as np
import pytest
from cityscapesscripts.helpers.labels import id2label, labels, trainId2label
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from cnsn_seg.datasets.label_spaces import CLASSES, IGNORE_INDEX, LABEL_SPACES, PALETTE, LabelSpace

SPACES = sorted(LABEL_SPACES)
MAPILLARY = Path(__file__).parents[1] / 'data' / 'mapillary_v1_2_train_ids.json'


def test_classes_and_palette_are_cityscapes():
    evaluated = [trainId2label[train_id] for train_id in range(19)]
    assert tuple(label.name for label in evaluated) == CLASSES
    assert tuple(label.color for label in evaluated) == PALETTE


def test_cityscapes_ids_against_cityscapesscripts():
    oracle = {label.id: label.trainId for label in labels if label.id >= 0}
    assert dict(LABEL_SPACES['cityscapes'].train_ids) == oracle


def test_gta5_adds_license_plates_to_cityscapes():
    oracle = {raw: id2label[raw].trainId for raw in range(34)}
    assert dict(LABEL_SPACES['gta5'].train_ids) == {**oracle, 34: IGNORE_INDEX}


def test_mapillary_against_independent_fixture():
    oracle = json.loads(MAPILLARY.read_text())['train_ids']
    assert len(oracle) == 66
    assert dict(LABEL_SPACES['mapillary_v1.2'].train_ids) == dict(enumerate(oracle))


def test_train_ids_map_to_themselves():
    oracle = {value: value for value in (*range(19), IGNORE_INDEX)}
    assert dict(LABEL_SPACES['train_ids'].train_ids) == oracle


@pytest.mark.parametrize('name', SPACES)
@given(data=st.data())
def test_mapping_equals_a_lookup_per_pixel(name, data):
    space = LABEL_SPACES[name]
    shapes = array_shapes(min_dims=0, max_dims=4, min_side=0)
    known = st.sampled_from(sorted(space.train_ids))
    raw = data.draw(arrays(np.uint8, shapes, elements=known))
    before = raw.copy()
    mapped = space.to_train_ids(raw)
    assert mapped.dtype == np.uint8
    assert mapped.shape == raw.shape
    assert mapped.ravel().tolist() == [space.train_ids[value] for value in raw.ravel().tolist()]
    np.testing.assert_array_equal(raw, before)


@pytest.mark.parametrize('name', SPACES)
@given(data=st.data())
def test_unknown_ids_are_named(name, data):
    space = LABEL_SPACES[name]
    raw = data.draw(arrays(np.uint8, (3, 5)))
    unknown = sorted(set(raw.ravel().tolist()) - set(space.train_ids))
    if not unknown:
        space.to_train_ids(raw)
        return
    with pytest.raises(ValueError, match='are not in label space') as error:
        space.to_train_ids(raw)
    assert f'raw ids {unknown} ' in str(error.value)


def test_non_contiguous_input():
    raw = np.arange(34, dtype=np.uint8).reshape(2, 17).T[::-2]
    expected = LABEL_SPACES['cityscapes'].to_train_ids(raw.copy())
    np.testing.assert_array_equal(LABEL_SPACES['cityscapes'].to_train_ids(raw), expected)


def test_other_types_than_uint8_are_refused():
    with pytest.raises(ValueError, match=r"'gta5' expects uint8 ids, got int64"):
        LABEL_SPACES['gta5'].to_train_ids(np.zeros((2, 2), dtype=np.int64))


@pytest.mark.parametrize('wrong', [{256: 0}, {-1: 0}, {3: 19}, {3: 254}])
def test_tables_are_checked(wrong):
    with pytest.raises(ValueError, match=r"label space 'mine' must map 0-255 to 0-18, 255"):
        LabelSpace('mine', {0: 0, **wrong}, 'a test')


def test_tables_cannot_be_changed():
    with pytest.raises(ValueError, match='read-only'):
        LABEL_SPACES['gta5'].table[0] = 1
