"""The raw ids of every element mean the same class in every label space."""

import numpy as np
import pytest

from cnsn_seg.datasets.label_spaces import IGNORE_INDEX, LABEL_SPACES
from cnsn_seg.miniature.elements import RAW_IDS, Element


@pytest.mark.parametrize('space', sorted(RAW_IDS))
def test_every_label_space_agrees_with_the_train_ids_or_ignores_the_element(space):
    mapped = LABEL_SPACES[space].to_train_ids(RAW_IDS[space])
    differs = mapped != RAW_IDS['train_ids']
    assert (mapped[differs] == IGNORE_INDEX).all(), [
        Element(i).name for i in np.nonzero(differs)[0]
    ]


@pytest.mark.parametrize('space', sorted(RAW_IDS))
def test_every_label_space_can_express_all_classes(space):
    mapped = LABEL_SPACES[space].to_train_ids(RAW_IDS[space])
    assert set(range(19)) <= set(mapped.tolist())


def test_mapillary_is_finer_than_the_classes():
    ids = RAW_IDS['mapillary_v1.2']
    assert ids[Element.ROAD] != ids[Element.LANE_MARKING]
    assert (
        len({ids[e] for e in (Element.BICYCLIST, Element.MOTORCYCLIST, Element.OTHER_RIDER)}) == 3
    )
