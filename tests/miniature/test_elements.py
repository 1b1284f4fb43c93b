"""The raw ids of every element mean the same class in every label space."""

import numpy as np
import pytest

from cnsn_seg.datasets.label_spaces import CLASSES, IGNORE_INDEX, LABEL_SPACES
from cnsn_seg.miniature.elements import RAW_IDS, Element


@pytest.mark.parametrize('space', sorted(RAW_IDS))
def test_every_label_space_agrees_with_the_train_ids_or_ignores_the_element(space):
    mapped = LABEL_SPACES[space].to_train_ids(RAW_IDS[space])
    differs = mapped != RAW_IDS['train_ids']
    assert (mapped[differs] == IGNORE_INDEX).all(), [
        Element(i).name for i in np.nonzero(differs)[0]
    ]


@pytest.mark.parametrize('space', sorted(RAW_IDS))
def test_every_label_space_can_express_the_classes_that_the_data_set_labels(space):
    mapped = LABEL_SPACES[space].to_train_ids(RAW_IDS[space])
    unlabelled = {'synthia': {'terrain', 'truck', 'train'}, 'idd_level3': {'train'}}.get(space)
    assert {*CLASSES} - {CLASSES[i] for i in mapped if i != IGNORE_INDEX} == (unlabelled or set())


@pytest.mark.parametrize('version', ['v1.2', 'v2.0'])
def test_mapillary_is_finer_than_the_classes(version):
    ids = RAW_IDS[f'mapillary_{version}']
    assert ids[Element.ROAD] != ids[Element.LANE_MARKING]
    assert (
        len({ids[e] for e in (Element.BICYCLIST, Element.MOTORCYCLIST, Element.OTHER_RIDER)}) == 3
    )


def test_mapillary_releases_agree_in_every_class():
    old, new = (
        LABEL_SPACES[space].to_train_ids(RAW_IDS[space])
        for space in ('mapillary_v1.2', 'mapillary_v2.0')
    )
    np.testing.assert_array_equal(old, new)
