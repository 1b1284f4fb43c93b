"""Any ``cnsn`` dict builds a backbone, or is refused with a sentence that names the key."""

from typing import Any

import torch
from hypothesis import given
from hypothesis import strategies as st
from mmengine.config import Config
from tiny_checkpoint import config_file

from cnsn_seg.engine.config_check import check_config
from cnsn_seg.models import CNSNResNet
from cnsn_seg.models.placement import POSITIONS

ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 9),
    st.floats(),
    st.sampled_from(['', 'post', 'psot', 'style', 'None']),
    st.lists(st.integers(-1, 5), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)
STAGES = st.lists(st.integers(0, 4), min_size=1, max_size=5)
RIGHT = {
    'sn_pos': st.sampled_from([None, *POSITIONS]),
    'cn_pos': st.sampled_from([None, *POSITIONS]),
    'stages': STAGES,
    'cn_stages': STAGES,
    'two_branch': st.booleans(),
    'init': st.sampled_from(['identity', 'reference']),
    'crop': st.sampled_from(['neither', 'style', 'content', 'both']),
    'beta': st.floats(0.1, 5),
    'min_box_ratio': st.floats(0, 0.5),
    'mode': st.sampled_from(['two_instance', 'two_instance_channel', 'one_instance']),
    'prob': st.one_of(st.none(), st.floats(0, 1)),
    'sync_styles': st.booleans(),
}
KEYS = [*RIGHT, 'pos', 'cn_poss', 'Stages', '']


@st.composite
def dicts(draw) -> dict[str, Any]:
    """Keys that exist with values that fit, and a few that do not."""
    keys = draw(st.lists(st.sampled_from(list(RIGHT)), unique=True))
    cnsn = {key: draw(RIGHT[key]) for key in keys}
    if draw(st.booleans()):
        cnsn[draw(st.sampled_from(KEYS))] = draw(ANYTHING)
    return cnsn


def build(cnsn: dict[str, Any]) -> str | None:
    """Build a backbone on no device; give the sentence that refuses it."""
    try:
        with torch.device('meta'):
            CNSNResNet(depth=18, base_channels=4, cnsn=cnsn)
    except ValueError as error:
        return str(error)
    return None


@given(dicts())
def test_a_dict_builds_or_is_refused_with_a_sentence(cnsn):
    problem = build(cnsn)
    if problem:
        assert '\n' not in problem
        assert any(word in problem for word in (*cnsn, 'cnsn', 'CrossNorm', 'SelfNorm'))


CONFIG = Config.fromfile(config_file('cnsn'))


@given(dicts())
def test_reading_the_config_finds_what_building_would(cnsn):
    config = Config(CONFIG.to_dict())
    config.model.backbone.pop('cnsn')
    config.model.backbone.cnsn = cnsn
    try:
        check_config(config)
    except ValueError as error:
        assert 'model.backbone.cnsn' in str(error)
        assert build(cnsn)
    else:
        assert not build(cnsn)
