import pytest
import torch
from mmcv.cnn import build_plugin_layer
from mmseg.registry import MODELS
from torch.testing import assert_close

from cnsn_seg.layers import CNSN, CrossNorm, SelfNorm

LAYERS = {'CrossNorm': CrossNorm, 'SelfNorm': SelfNorm, 'CNSN': CNSN}


@pytest.mark.parametrize('name', LAYERS)
def test_the_layer_is_registered_under_its_name(name):
    assert MODELS.get(name) is LAYERS[name]
    assert type(MODELS.build(dict(type=name, in_channels=4))) is LAYERS[name]


@pytest.mark.parametrize(
    ('name', 'expected'),
    [('CrossNorm', 'cross_norm_1'), ('SelfNorm', 'self_norm_1'), ('CNSN', 'cnsn_1')],
)
def test_mmcv_builds_the_layer_as_a_plugin(name, expected):
    built_name, layer = build_plugin_layer(dict(type=name), postfix='_1', in_channels=4)
    assert (built_name, type(layer)) == (expected, LAYERS[name])
    assert layer(torch.rand(2, 4, 3, 3)).shape == (2, 4, 3, 3)


@pytest.mark.parametrize('position', ['after_conv1', 'after_conv2', 'after_conv3'])
@pytest.mark.parametrize('stage', range(4))
def test_a_stock_resnet_applies_the_plugin_where_it_is_asked_to(position, stage):
    plugin = dict(
        cfg=dict(type='CNSN', prob=1.0),
        position=position,
        stages=[index == stage for index in range(4)],
    )
    net = MODELS.build(
        dict(type='ResNet', depth=50, base_channels=4, stem_channels=4, plugins=[plugin])
    )
    calls = []
    for name, module in net.named_modules():
        if isinstance(module, CNSN):
            module.register_forward_hook(
                lambda m, x, y, name=name: calls.append((name, torch.equal(x[0], y)))
            )
    net(torch.rand(4, 3, 32, 32))
    blocks = (3, 4, 6, 3)[stage]
    assert calls == [(f'layer{stage + 1}.{index}.cnsn', False) for index in range(blocks)]


def test_two_plugins_of_one_position_chain_in_our_blocks():
    plugins = [
        dict(cfg=dict(type='SelfNorm', init='reference', postfix='_a'), position='after_conv3'),
        dict(cfg=dict(type='SelfNorm', init='reference', postfix='_b'), position='after_conv3'),
    ]
    net = MODELS.build(
        dict(
            type='CNSNResNet',
            depth=50,
            base_channels=4,
            stem_channels=4,
            plugins=plugins,
            cnsn=dict(cn_pos='post', prob=0.0),
        )
    )
    block, seen = net.layer1[0], {}
    for name in ('bn3', 'self_norm_a', 'self_norm_b'):
        getattr(block, name).register_forward_hook(
            lambda m, x, y, name=name: seen.update({name: (x[0], y)})
        )
    x = torch.rand(2, 4, 8, 8)
    out = block(x)
    assert torch.equal(seen['self_norm_a'][0], seen['bn3'][1])
    assert torch.equal(seen['self_norm_b'][0], seen['self_norm_a'][1])
    assert torch.equal(out, (seen['self_norm_b'][1] + block.downsample(x)).relu())


@pytest.mark.parametrize('position', ['after_conv1', 'after_conv2', 'after_conv3'])
def test_our_blocks_apply_a_plugin_as_mmseg_does(position):
    arguments = dict(
        depth=50,
        base_channels=4,
        stem_channels=4,
        plugins=[dict(cfg=dict(type='SelfNorm', init='reference'), position=position)],
    )
    stock = MODELS.build(dict(type='ResNet', **arguments))
    ours = MODELS.build(dict(type='CNSNResNet', cnsn=dict(cn_pos='pre', prob=0.0), **arguments))
    ours.load_state_dict(stock.state_dict())
    x = torch.rand(2, 3, 64, 64, dtype=torch.float64)
    for a, b in zip(stock.double()(x), ours.double()(x), strict=True):
        assert_close(a, b)
