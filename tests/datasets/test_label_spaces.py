import json
import re
from pathlib import Path

import numpy as np
import pytest
from cityscapesscripts.helpers.labels import id2label, labels, trainId2label
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from mmseg.datasets import MapillaryDataset_v1, MapillaryDataset_v2

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


def test_reins_mapillary_map_differs_in_the_eleven_ids_of_the_literature():
    rein = json.loads(MAPILLARY.read_text())['rein']
    space = LABEL_SPACES['mapillary_v1.2_rein']
    assert dict(space.train_ids) == dict(enumerate(rein))
    robustnet = LABEL_SPACES['mapillary_v1.2'].train_ids
    differing = [raw for raw in range(66) if robustnet[raw] != rein[raw]]
    assert differing == [7, 8, 9, 10, 11, 14, 23, 41, 44, 46, 49]
    assert space.ids == 'mapillary_v1.2'


def test_mapillary_v2_by_the_names_of_its_classes():
    names = MapillaryDataset_v2.METAINFO['classes']
    found = {
        names[raw]: train_id for raw, train_id in LABEL_SPACES['mapillary_v2.0'].train_ids.items()
    }
    assert len(found) == 124
    assert found == {name: by_name(name) for name in names}


def by_name(name: str) -> int:
    """Map a class of Mapillary v2.0 by its name alone."""
    if name.startswith('Lane Marking'):
        return IGNORE_INDEX if 'Crosswalk' in name else CLASSES.index('road')
    if name.startswith('Traffic Light'):
        return CLASSES.index('traffic light')
    if name.startswith('Traffic Sign'):
        seen = any(word in name for word in ('(Front)', 'Parking'))
        return CLASSES.index('traffic sign') if seen else IGNORE_INDEX
    other = {
        'Manhole': 'road', 'Curb': 'sidewalk', 'Garage': 'building', 'Utility Pole': 'pole',
        'Person Group': 'person', 'Bicyclist': 'rider', 'Motorcyclist': 'rider',
        'Other Rider': 'rider', 'On Rails': 'train',
    }  # fmt: skip
    train_class = other.get(name, name.lower())
    return CLASSES.index(train_class) if train_class in CLASSES else IGNORE_INDEX


def test_mapillary_versions_agree_where_both_know_a_class():
    old = MapillaryDataset_v1.METAINFO['classes']
    new = MapillaryDataset_v2.METAINFO['classes']
    for name in set(old) & set(new):
        assert (
            LABEL_SPACES['mapillary_v1.2'].train_ids[old.index(name)]
            == LABEL_SPACES['mapillary_v2.0'].train_ids[new.index(name)]
        ), name


SYNTHIA_NAMES = (
    'void', 'sky', 'building', 'road', 'sidewalk', 'fence', 'vegetation', 'pole', 'car',
    'traffic sign', 'person', 'bicycle', 'motorcycle', 'parking slot', 'road work',
    'traffic light', 'terrain', 'rider', 'truck', 'bus', 'train', 'wall', 'lane marking',
)  # fmt: skip


@pytest.mark.parametrize(
    ('space', 'absent'),
    [
        ('synthia', ()),
        ('synthia_16', ('terrain', 'truck', 'train')),
        ('synthia_13', ('terrain', 'truck', 'train', 'wall', 'fence', 'pole')),
    ],
)
def test_synthia_by_the_names_of_its_classes(space, absent):
    oracle = {
        raw: CLASSES.index(name) if name in CLASSES and name not in absent else IGNORE_INDEX
        for raw, name in enumerate(SYNTHIA_NAMES)
    }
    assert dict(LABEL_SPACES[space].train_ids) == oracle


# AutoNUE's anue_labels.py: name, id, csTrainId, level3Id.
IDD = (
    ('road', 0, 0, 0), ('parking', 1, 255, 1), ('drivable fallback', 2, 255, 1),
    ('sidewalk', 3, 1, 2), ('rail track', 4, 255, 3), ('non-drivable fallback', 5, 9, 3),
    ('person', 6, 11, 4), ('animal', 7, 255, 4), ('rider', 8, 12, 5), ('motorcycle', 9, 17, 6),
    ('bicycle', 10, 18, 7), ('autorickshaw', 11, 255, 8), ('car', 12, 13, 9),
    ('truck', 13, 14, 10), ('bus', 14, 15, 11), ('caravan', 15, 255, 12), ('trailer', 16, 255, 12),
    ('train', 17, 16, 12), ('vehicle fallback', 18, 255, 12), ('curb', 19, 255, 13),
    ('wall', 20, 3, 14), ('fence', 21, 4, 15), ('guard rail', 22, 255, 16),
    ('billboard', 23, 255, 17), ('traffic sign', 24, 7, 18), ('traffic light', 25, 6, 19),
    ('pole', 26, 5, 20), ('polegroup', 27, 255, 20), ('obs-str-bar-fallback', 28, 255, 21),
    ('building', 29, 2, 22), ('bridge', 30, 255, 23), ('tunnel', 31, 255, 23),
    ('vegetation', 32, 8, 24), ('sky', 33, 10, 25), ('fallback background', 34, 255, 25),
    ('unlabeled', 35, 255, 255), ('ego vehicle', 36, 255, 255),
    ('rectification border', 37, 255, 255), ('out of roi', 38, 255, 255),
    ('license plate', 39, 255, 255),
)  # fmt: skip


def test_idd_ids():
    oracle = {raw: train_id for _, raw, train_id, _ in IDD}
    assert dict(LABEL_SPACES['idd'].train_ids) == {**oracle, 255: 255}


def test_idd_level_3_takes_the_evaluated_class_of_each_level_3_id():
    train_ids = LABEL_SPACES['idd_level3'].train_ids
    for level3 in {row[3] for row in IDD}:
        candidates = {train_id for name, _, train_id, level in IDD if level == level3}
        evaluated = candidates - {255}
        expected = evaluated if evaluated and level3 != 12 else {255}
        assert {train_ids[level3]} == expected, level3
    assert len(train_ids) == 27


def test_train_ids_map_to_themselves():
    oracle = {value: value for value in (*range(19), IGNORE_INDEX)}
    assert dict(LABEL_SPACES['train_ids'].train_ids) == oracle


@pytest.mark.parametrize('name', SPACES)
@given(data=st.data())
def test_mapping_equals_a_lookup_per_pixel(name, data):
    space = LABEL_SPACES[name]
    shapes = array_shapes(min_dims=0, max_dims=4, min_side=0)
    known = st.sampled_from(sorted(space.train_ids))
    raw = data.draw(arrays(space.raw_dtype, shapes, elements=known))
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
    raw = data.draw(arrays(space.raw_dtype, (3, 5)))
    unknown = sorted(set(raw.ravel().tolist()) - set(space.train_ids))
    if not unknown:
        space.to_train_ids(raw)
        return
    with pytest.raises(ValueError, match='are not in label space') as error:
        space.to_train_ids(raw)
    named = re.search('raw ids (.*) are not', str(error.value)).group(1)
    assert sorted(spelled_out(named)) == unknown


def spelled_out(ranges: str) -> list[int]:
    ends = [part.split('-') for part in ranges.split(', ')]
    return [value for end in ends for value in range(int(end[0]), int(end[-1]) + 1)]


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


def coloured_ids() -> dict[tuple[int, int, int], int]:
    """First label id of every colour in cityscapesScripts' table."""
    first = {}
    for label in labels:
        if label.id >= 0:
            first.setdefault(label.color, label.id)
    return first


def test_gta5_colours_against_cityscapesscripts():
    space = LABEL_SPACES['gta5']
    rgb = np.array(list(coloured_ids()), dtype=np.uint8)[None]
    oracle = [id2label[raw].trainId for raw in coloured_ids().values()]
    assert space.to_train_ids(space.from_file(rgb))[0].tolist() == oracle


def test_colours_of_no_class_are_named():
    rgb = np.full((2, 2, 3), (1, 2, 3), dtype=np.uint8)
    with pytest.raises(ValueError, match=r"colours \[\[1, 2, 3\]\] are not in label space 'gta5'"):
        LABEL_SPACES['gta5'].from_file(rgb)


def test_robustnet_reads_plates_as_cars_and_pole_groups_as_poles():
    gta5, robustnet = (LABEL_SPACES[name].train_ids for name in ('gta5', 'gta5_robustnet'))
    assert {raw for raw in gta5 if gta5[raw] != robustnet[raw]} == {18, 34}
    assert (CLASSES[robustnet[18]], CLASSES[robustnet[34]]) == ('pole', 'car')


def test_16_bit_ids_come_from_the_red_channel():
    stored = np.zeros((2, 3, 3), dtype=np.uint16)
    stored[..., 0], stored[..., 1] = 8, 900  # class and instance
    raw = LABEL_SPACES['synthia'].from_file(stored)
    assert LABEL_SPACES['synthia'].to_train_ids(raw).tolist() == [[13] * 3] * 2


@pytest.mark.parametrize(
    ('space', 'stored', 'needs'),
    [
        ('mapillary_v1.2', np.zeros((2, 2, 3), np.uint8), 'one channel of 8 bits'),
        ('cityscapes', np.zeros((2, 2), np.uint16), 'one channel of 8 bits'),
        ('gta5', np.zeros((2, 2, 3), np.uint16), 'or its colours'),
        ('synthia', np.zeros((2, 2, 3), np.uint8), 'red channel of a 16-bit PNG'),
        ('synthia', np.zeros((2, 2), np.uint8), 'red channel of a 16-bit PNG'),
    ],
)
def test_other_forms_than_the_data_sets_are_refused(space, stored, needs):
    with pytest.raises(ValueError, match=f"'{space}' needs .*{needs}"):
        LABEL_SPACES[space].from_file(stored)


def test_v2_ids_under_v1_2_name_v2():
    with pytest.raises(ValueError, match=r"raw ids 66, 123 are not .*'mapillary_v2\.0' has them"):
        LABEL_SPACES['mapillary_v1.2'].to_train_ids(np.array([[13, 66, 123]], dtype=np.uint8))
