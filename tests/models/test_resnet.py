import itertools
import json
from pathlib import Path

import pytest
import torch
from mmengine.runner import load_checkpoint
from mmseg.registry import MODELS
from torch.testing import assert_close

from cnsn_seg.layers import CrossNorm, SelfNorm

DATA = Path(__file__).parents[1] / 'data'
POSITIONS = ('pre', 'residual', 'identity', 'post')
PLACEMENTS = list(itertools.product((*POSITIONS, None), repeat=2))[:-1]
KINDS = ('ResNet', 'ResNetV1c', 'ResNetV1d')
EACH_DEPTH = pytest.mark.parametrize('depth', [18, 50])
EACH_KIND = pytest.mark.parametrize('kind', KINDS)


def resnet(kind, depth=18, init=True, **arguments):
    torch.manual_seed(0)
    net = MODELS.build(dict(type=kind, depth=depth, base_channels=4, stem_channels=4, **arguments))
    if init:
        net.init_weights()
    return net


def ours(cnsn, depth=18, kind='CNSNResNet', **arguments):
    """A network in which no branch is zero and no SelfNorm the identity."""
    if cnsn.get('sn_pos'):
        cnsn = dict(init='reference', **cnsn)
    return resnet(kind, depth, init=False, cnsn=cnsn, **arguments)


def images(samples=4, size=64, channels=3):
    generator = torch.Generator().manual_seed(1)
    return torch.rand(samples, channels, size, size, generator=generator)


def cross_norms(net):
    return [module for module in net.modules() if isinstance(module, CrossNorm)]


def activate(net):
    for seed, layer in enumerate(cross_norms(net)):
        layer.activate(seed)


def silence(net):
    for layer in cross_norms(net):
        layer.has_hook = True


def outputs_and_gradients(net, x, seed=0):
    torch.manual_seed(seed)
    net.zero_grad()
    x = x.clone().requires_grad_()
    outputs = net(x)
    sum(out.square().mean() for out in outputs).backward()
    return [*outputs, x.grad, *(parameter.grad for parameter in net.parameters())]


def assert_all_equal(first, second):
    for a, b in zip(first, second, strict=True):
        assert torch.equal(a, b)


def block_by_hand(block, x, cn_pos, sn_pos):
    def at(position, x):
        if cn_pos == position:
            x = block.cnsn.crossnorm(x)
        if sn_pos == position:
            x = block.cnsn.selfnorm(x)
        return x

    x = at('pre', x)
    residual = block.bn2(block.conv2(block.bn1(block.conv1(x)).relu()))
    if hasattr(block, 'conv3'):
        residual = block.bn3(block.conv3(residual.relu()))
    shortcut = x if block.downsample is None else block.downsample(x)
    return at('post', (at('residual', residual) + at('identity', shortcut)).relu())


def network_by_hand(net, x, cn_pos, sn_pos, stages):
    x = net.input_crossnorm(x) if 0 in stages else x
    x = net.maxpool(net.bn1(net.conv1(x)).relu())
    outputs = []
    for stage in (1, 2, 3, 4):
        positions = (cn_pos, sn_pos) if stage in stages else (None, None)
        for block in getattr(net, f'layer{stage}'):
            x = block_by_hand(block, x, *positions)
        outputs.append(x)
    return outputs


@EACH_DEPTH
@EACH_KIND
def test_without_cnsn_the_network_is_mmsegs_bit_for_bit(kind, depth):
    stock, net = resnet(kind, depth), resnet(f'CNSN{kind}', depth)
    assert list(net.state_dict()) == list(stock.state_dict())
    assert_all_equal(net.state_dict().values(), stock.state_dict().values())
    x = images()
    assert_all_equal(outputs_and_gradients(net, x), outputs_and_gradients(stock, x))
    assert_all_equal(net.state_dict().values(), stock.state_dict().values())


@EACH_DEPTH
@pytest.mark.parametrize('cn_pos', POSITIONS)
@pytest.mark.parametrize('prob', [None, 0.0])
def test_cross_norm_that_does_not_act_leaves_mmsegs_network_bit_for_bit(depth, cn_pos, prob):
    cnsn = dict(cn_pos=cn_pos, stages=(0, 1, 2, 3, 4), prob=prob)
    stock, net = resnet('ResNet', depth), resnet('CNSNResNet', depth, cnsn=cnsn)
    silence(net)
    assert list(net.state_dict()) == list(stock.state_dict())
    assert_all_equal(net.state_dict().values(), stock.state_dict().values())
    x = images()
    assert_all_equal(outputs_and_gradients(net, x), outputs_and_gradients(stock, x))


@EACH_DEPTH
@pytest.mark.parametrize(('cn_pos', 'sn_pos'), PLACEMENTS)
def test_the_layers_act_at_their_positions(depth, cn_pos, sn_pos):
    net = ours(dict(cn_pos=cn_pos, sn_pos=sn_pos, crop='both'), depth).double()
    activate(net)
    expected = network_by_hand(net, images().double(), cn_pos, sn_pos, (1, 2, 3, 4))
    assert_close(net(images().double()), tuple(expected))


@EACH_DEPTH
@pytest.mark.parametrize('stages', [(1,), (2,), (3,), (4,), (2, 4), (0, 3)])
def test_the_layers_act_in_their_stages(depth, stages):
    net = ours(dict(cn_pos='post', sn_pos='residual', stages=stages), depth).double()
    activate(net)
    counts = {
        stage: sum('crossnorm' in name for name, _ in getattr(net, f'layer{stage}').named_modules())
        for stage in (1, 2, 3, 4)
    }
    blocks = {stage: len(getattr(net, f'layer{stage}')) for stage in (1, 2, 3, 4)}
    assert counts == {stage: blocks[stage] * (stage in stages) for stage in blocks}
    expected = network_by_hand(net, images().double(), 'post', 'residual', stages)
    assert_close(net(images().double()), tuple(expected))


@EACH_DEPTH
@pytest.mark.parametrize('position', POSITIONS)
@pytest.mark.parametrize('stage', [1, 2, 3, 4])
def test_each_layer_changes_its_stage_and_none_before(depth, position, stage):
    for key in ('cn_pos', 'sn_pos'):
        net = ours({key: position, 'stages': (stage,)}, depth)
        plain = resnet('ResNet', depth, init=False)
        plain.load_state_dict(net.state_dict(), strict=False)
        activate(net)
        changed = [
            not torch.allclose(a, b, rtol=1e-3, atol=1e-3)
            for a, b in zip(net(images()), plain(images()), strict=True)
        ]
        assert changed[: stage - 1] == [False] * (stage - 1)
        assert changed[stage - 1]


def test_cross_norm_on_the_input_exchanges_the_statistics_of_images():
    net = ours(dict(cn_pos='post', stages=(0,)))
    seen = []
    net.conv1.register_forward_pre_hook(lambda module, args: seen.append(args[0]))
    net.input_crossnorm.activate(1)
    x = images() * torch.tensor([1.0, 2, 3, 4]).view(4, 1, 1, 1)
    net(x)
    assert not torch.allclose(seen[0], x)
    means, stds = (m.mean((2, 3)).sort(0).values for m in (x, seen[0]))
    assert_close(means, stds, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize('kind', ['CNSNResNetV1c', 'CNSNResNetV1d'])
def test_deep_stems_take_the_layers_too(kind):
    net = ours(dict(cn_pos='post', sn_pos='residual', stages=(0, 1, 2, 3, 4)), 50, kind)
    activate(net)
    assert len(cross_norms(net)) == 17
    assert all(out.isfinite().all() for out in net(images()))
    assert hasattr(net, 'stem')
    assert net.layer2[0].downsample[0].__class__.__name__ == (
        'AvgPool2d' if kind == 'CNSNResNetV1d' else 'Conv2d'
    )


@pytest.mark.parametrize(('depth', 'blocks'), [(34, 16), (101, 33), (152, 50)])
@pytest.mark.parametrize('kind', ['CNSNResNet', 'CNSNResNetV1c', 'CNSNResNetV1d'])
def test_deeper_networks_build_and_give_four_maps(depth, blocks, kind):
    with torch.device('meta'):
        net = MODELS.build(
            dict(
                type=kind,
                depth=depth,
                cnsn=dict(sn_pos='residual', cn_pos='post', prob=0.0),
                strides=(1, 2, 1, 1),
                dilations=(1, 1, 2, 4),
            )
        )
        outputs = net(torch.empty(2, 3, 64, 64))
    assert len(cross_norms(net)) == blocks
    width = 1 if depth == 34 else 4
    assert [tuple(out.shape) for out in outputs] == [
        (2, 64 * width, 16, 16),
        (2, 128 * width, 8, 8),
        (2, 256 * width, 8, 8),
        (2, 512 * width, 8, 8),
    ]


def test_dilated_networks_keep_mmsegs_block_settings():
    arguments = dict(
        depth=50,
        strides=(1, 2, 1, 1),
        dilations=(1, 1, 2, 4),
        multi_grid=(1, 2, 4),
        contract_dilation=True,
        style='caffe',
    )
    stock, net = resnet('ResNet', **arguments), ours(dict(cn_pos='post', prob=0.0), **arguments)
    net.load_state_dict(stock.state_dict())
    assert_all_equal(net(images()), stock(images()))


@EACH_DEPTH
@pytest.mark.parametrize('cn_pos', POSITIONS)
@pytest.mark.parametrize('prob', [None, 1.0, 0.5])
def test_checkpointing_changes_no_gradient(depth, cn_pos, prob):
    cnsn = dict(cn_pos=cn_pos, sn_pos='residual', crop='both', prob=prob)
    plain, checkpointed = ours(cnsn, depth), ours(cnsn, depth, with_cp=True)
    checkpointed.load_state_dict(plain.state_dict())
    if prob is None:
        for net in (plain, checkpointed):
            activate(net)
    for seed in (1, 2):
        assert_all_equal(
            outputs_and_gradients(plain, images(), seed),
            outputs_and_gradients(checkpointed, images(), seed),
        )


@pytest.mark.parametrize('prob', [None, 0.5])
@pytest.mark.filterwarnings('ignore:torch.utils.checkpoint')
def test_checkpointing_a_stock_network_with_plugins_changes_no_gradient(prob):
    plugins = [dict(cfg=dict(type='CNSN', crop='both', prob=prob), position='after_conv3')]
    nets = [
        resnet('ResNet', 50, init=False, plugins=plugins, with_cp=with_cp)
        for with_cp in (False, True)
    ]
    if prob is None:
        for net in nets:
            activate(net)
    results = [outputs_and_gradients(net.double(), images().double(), 3) for net in nets]
    for a, b in zip(*results, strict=True):
        assert_close(a, b, rtol=1e-9, atol=1e-12)


def torchvision_state():
    """Names and shapes of ResNet-50 in torchvision, with values that show where they went."""
    shapes = json.loads((DATA / 'official_resnet50_sn_state_dict.json').read_text())
    generator = torch.Generator().manual_seed(0)
    state = {
        name: torch.rand(shape, generator=generator) if shape else torch.tensor(7)
        for name, shape in shapes.items()
        if '.cnsn.' not in name and not name.startswith('fc.')
    }
    return state | {'fc.weight': torch.rand(1000, 2048), 'fc.bias': torch.rand(1000)}


def mmseg_v1c_state():
    """The same in the naming of `open-mmlab://resnet50_v1c`."""
    state = torchvision_state()
    bn = {name.removeprefix('bn1.'): state.pop(name) for name in list(state) if name[:4] == 'bn1.'}
    del state['conv1.weight']
    for index, (inputs, outputs) in enumerate([(3, 32), (32, 32), (32, 64)]):
        state[f'stem.{3 * index}.weight'] = torch.rand(outputs, inputs, 3, 3)
        for name, value in bn.items():
            state[f'stem.{3 * index + 1}.{name}'] = value[:outputs] if value.ndim else value
    return state


STATES = {'CNSNResNet': torchvision_state, 'CNSNResNetV1c': mmseg_v1c_state}


@pytest.fixture(scope='module', params=STATES)
def imagenet(request, tmp_path_factory):
    """Type of a backbone, its ImageNet state dict, and the file that holds it."""
    state = STATES[request.param]()
    path = tmp_path_factory.mktemp('imagenet') / 'imagenet.pth'
    torch.save(state, path)
    yield request.param, state, str(path)
    path.unlink()


PRETRAINABLE = pytest.mark.parametrize(
    'arguments',
    [
        dict(cnsn=dict(sn_pos='residual', cn_pos='post')),
        dict(cnsn=dict(sn_pos='pre', cn_pos='pre', two_branch=True)),
        dict(cnsn=dict(cn_pos='identity', stages=(0, 1))),
        dict(norm_cfg=dict(type='CNSNBN')),
        dict(plugins=[dict(cfg=dict(type='CNSN'), position='after_conv3')]),
    ],
    ids=['residual, post', 'pre, two branches', 'cross norm alone', 'norm_cfg', 'plugins'],
)


def is_self_norm(key):
    return any(f'.{part}_{kind}.' in key for part in 'gf' for kind in ('fc', 'bn'))


@PRETRAINABLE
def test_imagenet_weights_load_with_only_self_norm_missing(imagenet, arguments):
    kind, state, _ = imagenet
    net = MODELS.build(dict(type=kind, depth=50, **arguments))
    missing, unexpected = net.load_state_dict(state, strict=False)
    assert set(unexpected) == {'fc.weight', 'fc.bias'}
    assert all(is_self_norm(key) for key in missing)
    has_self_norm = any(isinstance(module, SelfNorm) for module in net.modules())
    assert bool(missing) == has_self_norm


@PRETRAINABLE
def test_a_pretrained_backbone_starts_from_its_checkpoint(imagenet, arguments):
    kind, state, path = imagenet
    init_cfg = dict(type='Pretrained', checkpoint=path)
    net = MODELS.build(dict(type=kind, depth=50, init_cfg=init_cfg, **arguments))
    net.init_weights()
    loaded = net.state_dict()
    assert all(torch.equal(loaded[key], state[key]) for key in state if key[:3] != 'fc.')
    for module in net.modules():
        if isinstance(module, SelfNorm):
            assert module.g_bn.bias.sigmoid().sub(0.99).abs().max() < 1e-3


def test_mmengine_names_no_unexpected_key_but_the_classifier(imagenet, capfd):
    kind, _, path = imagenet
    net = MODELS.build(dict(type=kind, depth=50, cnsn=dict(sn_pos='residual')))
    capfd.readouterr()
    load_checkpoint(net, path, map_location='cpu')
    log = ''.join(capfd.readouterr())
    assert 'unexpected key in source state_dict: fc.weight, fc.bias\n' in log
    missing = log.split('missing keys in source state_dict: ')[1].split('\n')[0].split(', ')
    assert all(is_self_norm(key) for key in missing)


def test_self_norm_has_the_names_of_the_authors_release():
    shapes = json.loads((DATA / 'official_resnet50_sn_state_dict.json').read_text())
    with torch.device('meta'):
        net = MODELS.build(dict(type='CNSNResNet', depth=50, cnsn=dict(sn_pos='residual')))
    state = {name: list(tensor.shape) for name, tensor in net.state_dict().items()}
    assert state == {name: shape for name, shape in shapes.items() if name[:3] != 'fc.'}
    assert 'layer1.0.cnsn.selfnorm.g_fc.weight' in state


@pytest.mark.parametrize(
    ('kind', 'arguments'),
    [
        *(('CNSNResNet', dict(cnsn=dict(sn_pos=position))) for position in POSITIONS),
        ('CNSNResNetV1c', dict(cnsn=dict(sn_pos='residual'))),
        ('CNSNResNet', dict(norm_cfg=dict(type='SNBN'))),
        ('CNSNResNet', dict(plugins=[dict(cfg=dict(type='SelfNorm'), position='after_conv3')])),
    ],
)
@pytest.mark.parametrize('init', ['identity', 'reference'])
def test_self_norms_own_initialisation_survives_the_backbones(kind, arguments, init):
    key = next(iter(arguments))
    if key == 'cnsn':
        arguments = dict(cnsn=dict(init=init, **arguments['cnsn']))
    elif key == 'norm_cfg':
        arguments = dict(norm_cfg=dict(type='SNBN', self_norm=dict(init=init)))
    else:
        cfg = dict(type='SelfNorm', init=init)
        arguments = dict(plugins=[dict(cfg=cfg, position='after_conv3')])
    net = resnet(kind, 50, **arguments)
    layers = [module for module in net.modules() if isinstance(module, SelfNorm)]
    assert layers
    for layer in layers:
        gate = layer.g_bn.bias.sigmoid()
        assert_close(gate, torch.full_like(gate, 0.99 if init == 'identity' else 0.5))
        assert layer.g_bn.weight.eq(0 if init == 'identity' else 1).all()
        assert len(layer.g_fc.weight.unique()) == layer.g_fc.weight.numel()


@EACH_DEPTH
@pytest.mark.parametrize('position', POSITIONS)
def test_a_network_from_scratch_has_finite_outputs_and_gradients(depth, position):
    cnsn = dict(sn_pos=position, cn_pos=position, crop='both')
    net = resnet('CNSNResNet', depth, cnsn=cnsn)
    activate(net)
    assert all(t.isfinite().all() for t in outputs_and_gradients(net, images()))


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
def test_a_network_under_autocast_has_finite_outputs_and_gradients(dtype):
    net = ours(dict(sn_pos='residual', cn_pos='post', crop='both'), 50)
    activate(net)
    with torch.autocast('cpu', dtype=dtype):
        outputs = net(images())
    sum(out.float().square().mean() for out in outputs).backward()
    assert all(out.isfinite().all() for out in outputs)
    assert all(parameter.grad.isfinite().all() for parameter in net.parameters())


def test_evaluation_is_deterministic_and_without_cross_norm():
    net = ours(dict(sn_pos='residual', cn_pos='post', stages=(0, 1, 2, 3, 4)))
    activate(net)
    net.eval()
    plain = ours(dict(sn_pos='residual'))
    plain.load_state_dict(net.state_dict())
    plain.eval()
    x = images()
    assert_all_equal(net(x), net(x))
    assert_all_equal(net(x), plain(x))


@pytest.mark.parametrize(
    ('cnsn', 'message'),
    [
        (dict(sn_pos='residul'), r"cnsn\.sn_pos .*did you mean 'residual'"),
        (
            dict(cn_pos='post', stages=(1, 5)),
            r'cnsn\.stages must be a tuple .* \(1, 5\)',
        ),
        (dict(cn_pos='post', crpo='style'), r"no option 'crpo'.*did you mean 'crop'"),
        (dict(), 'cnsn places nothing'),
        (dict(cn_pos='post', crop='middle'), "crop .*'middle'"),
        (dict(sn_pos='post', init='zero'), "init .*'zero'"),
        (dict(cn_pos='post', prob=2), 'prob .*2'),
    ],
)
def test_a_mistake_in_the_config_is_named(cnsn, message):
    with pytest.raises(ValueError, match=message):
        MODELS.build(dict(type='CNSNResNet', depth=18, cnsn=cnsn))


def test_a_stage_beyond_num_stages_is_refused():
    with pytest.raises(ValueError, match=r'cnsn\.stages has \[4\], but num_stages is 3'):
        MODELS.build(
            dict(
                type='CNSNResNet',
                depth=18,
                num_stages=3,
                strides=(1, 2, 2),
                dilations=(1, 1, 1),
                out_indices=(0, 1, 2),
                cnsn=dict(cn_pos='post'),
            )
        )
