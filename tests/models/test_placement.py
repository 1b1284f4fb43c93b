import itertools

import pytest

from cnsn_seg.layers import CrossNorm, SelfNorm
from cnsn_seg.models import Placement

POSITIONS = ('pre', 'residual', 'identity', 'post')


@pytest.mark.parametrize(
    ('cn_pos', 'sn_pos'), list(itertools.product((*POSITIONS, None), repeat=2))[:-1]
)
def test_a_block_gets_cross_norm_first_and_channels_by_position(cn_pos, sn_pos):
    placed = list(Placement(sn_pos=sn_pos, cn_pos=cn_pos).block_layers(1, 16, 64))
    wanted = [(CrossNorm, cn_pos), (SelfNorm, sn_pos)]
    assert [(type(layer), position) for _, position, layer in placed] == [
        (kind, position) for kind, position in wanted if position is not None
    ]
    for name, position, layer in placed:
        if name == 'selfnorm':
            assert layer.g_bn.num_features == (16 if position == 'pre' else 64)


def test_options_reach_the_layers():
    options = dict(crop='both', beta=2.0, min_box_ratio=0.3, mode='one_instance', prob=0.7)
    placement = Placement.from_config(
        dict(sn_pos='pre', cn_pos='post', two_branch=True, init='reference', **options)
    )
    layers = {name: layer for name, _, layer in placement.block_layers(1, 8, 8)}
    assert {key: getattr(layers['crossnorm'], key) for key in options} == options
    assert layers['selfnorm'].two_branch
    assert layers['selfnorm'].init == 'reference'


@pytest.mark.parametrize('key', ['sn_pos', 'cn_pos'])
@pytest.mark.parametrize(('typo', 'meant'), [('residul', 'residual'), ('Post', 'post')])
def test_a_misspelt_position_is_named_with_the_one_meant(key, typo, meant):
    with pytest.raises(ValueError, match=rf"cnsn\.{key} .*'{typo}'; did you mean '{meant}'\?"):
        Placement.from_config({key: typo})


@pytest.mark.parametrize('position', ['somewhere', 3, ('pre', 'post'), True])
def test_a_position_that_does_not_exist_is_refused(position):
    with pytest.raises(ValueError, match=r"cnsn\.cn_pos must be one of .*'identity'"):
        Placement(cn_pos=position)


@pytest.mark.parametrize(
    ('typo', 'meant'), [('sn_position', 'sn_pos'), ('stage', 'stages'), ('crops', 'crop')]
)
def test_an_unknown_option_is_named_with_the_one_meant(typo, meant):
    with pytest.raises(ValueError, match=rf"no option '{typo}'.*did you mean '{meant}'"):
        Placement.from_config({'cn_pos': 'post', typo: 1})


@pytest.mark.parametrize('stages', [(5,), (1, 5), (-1,), (), (1.5,), ('1',)])
def test_stages_that_do_not_exist_are_refused(stages):
    with pytest.raises(ValueError, match=r'cnsn\.stages must be a tuple of some of'):
        Placement(cn_pos='post', stages=stages)


@pytest.mark.parametrize('config', [{}, {'crop': 'style'}, {'sn_pos': None, 'cn_pos': None}])
def test_placing_nothing_is_refused(config):
    with pytest.raises(ValueError, match='cnsn places nothing'):
        Placement.from_config(config)


def test_the_input_image_needs_cross_norm():
    with pytest.raises(ValueError, match='0, the input image, which needs a cn_pos'):
        Placement(sn_pos='residual', stages=(0, 1))


def test_self_norm_has_no_place_on_the_input_image():
    with pytest.raises(ValueError, match='where SelfNorm has no place'):
        Placement(sn_pos='residual', cn_pos='post', stages=(0,))


def test_cross_norm_can_have_stages_of_its_own():
    placement = Placement(sn_pos='residual', cn_pos='post', stages=(1, 2), cn_stages=(0, 2, 4))
    assert placement.on_input
    assert placement.block_stages == {1, 2, 4}
    names = {
        stage: [name for name, _, _ in placement.block_layers(stage, 8, 8)] for stage in (1, 2, 4)
    }
    assert names == {1: ['selfnorm'], 2: ['crossnorm', 'selfnorm'], 4: ['crossnorm']}


def test_cross_norm_follows_stages_by_default():
    placement = Placement(cn_pos='post', stages=(0, 3))
    assert placement.on_input
    assert placement.block_stages == {3}
