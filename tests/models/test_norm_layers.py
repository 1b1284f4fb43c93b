import copy
import pickle

import pytest
import torch
from mmcv.cnn import build_norm_layer
from mmengine.model import revert_sync_batchnorm
from mmengine.optim import build_optim_wrapper
from mmengine.runner import load_checkpoint, save_checkpoint
from mmengine.runner.checkpoint import get_state_dict, load_state_dict
from mmseg.registry import MODELS
from torch import nn

from cnsn_seg.layers import CrossNorm, SelfNorm
from cnsn_seg.models import CNBN, CNSNBN, SNBN

LAYERS = {
    'SNBN': (SNBN, [SelfNorm]),
    'CNBN': (CNBN, [CrossNorm]),
    'CNSNBN': (CNSNBN, [CrossNorm, SelfNorm]),
}
BN_KEYS = {'weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked'}
EACH_TYPE = pytest.mark.parametrize('name', LAYERS)


def resnet(norm, kind='ResNet', **arguments):
    return MODELS.build(
        dict(
            type=kind,
            depth=18,
            base_channels=4,
            stem_channels=4,
            norm_cfg=dict(type=norm, requires_grad=True),
            **arguments,
        )
    )


def randomised(net):
    for tensor in net.state_dict().values():
        if tensor.is_floating_point():
            tensor.uniform_(0.5, 1.5)
    return net


def without_layers(state):
    return {key: value for key, value in state.items() if '.selfnorm.' not in key}


def log_of(capfd, function, *arguments, **keywords):
    capfd.readouterr()
    function(*arguments, **keywords)
    return ''.join(capfd.readouterr())


@EACH_TYPE
def test_mmcv_builds_the_layer_as_a_batch_norm(name):
    cfg = dict(type=name, requires_grad=False, eps=1e-3, momentum=0.2)
    built_name, layer = build_norm_layer(cfg, 6, postfix=2)
    assert (built_name, type(layer)) == ('bn2', LAYERS[name][0])
    assert (layer.bn.num_features, layer.bn.eps, layer.bn.momentum) == (6, 1e-3, 0.2)
    assert not any(parameter.requires_grad for parameter in layer.parameters())


@EACH_TYPE
def test_the_layers_act_in_order_on_the_batch_norm(name):
    layer = build_norm_layer(dict(type=name), 6)[1]
    x, order = torch.randn(4, 6, 5, 5), []
    for child in layer.children():
        child.register_forward_hook(lambda m, x, y: order.append((x[0], y)))
    out = layer(x)
    assert [type(child) for child in layer.children()] == [nn.BatchNorm2d, *LAYERS[name][1]]
    expected = x
    for given, returned in order:
        assert given is expected
        expected = returned
    assert out is expected
    assert len(order) == 1 + len(LAYERS[name][1])


def test_arguments_reach_the_layers():
    layer = CNSNBN(6, cross_norm=dict(crop='both', prob=0.3), self_norm=dict(two_branch=True))
    assert (layer.crossnorm.crop, layer.crossnorm.prob) == ('both', 0.3)
    assert layer.selfnorm.two_branch
    assert CNBN(6, cross_norm=dict(mode='one_instance')).crossnorm.mode == 'one_instance'
    assert SNBN(6, self_norm=dict(init='reference')).selfnorm.init == 'reference'


@EACH_TYPE
def test_batch_norm_keys_are_saved_where_a_plain_one_has_them(name):
    state = LAYERS[name][0](6).state_dict()
    assert {key for key in state if not key.startswith('selfnorm.')} == BN_KEYS
    assert any(key.startswith('selfnorm.') for key in state) == (SelfNorm in LAYERS[name][1])


@EACH_TYPE
@pytest.mark.parametrize('kind', ['ResNet', 'ResNetV1c'])
def test_a_plain_networks_weights_load_with_only_self_norm_missing(name, kind):
    plain, net = randomised(resnet('BN', kind)), resnet(name, kind)
    missing, unexpected = net.load_state_dict(plain.state_dict(), strict=False)
    assert not unexpected
    assert all('.selfnorm.' in key for key in missing)
    for key, value in without_layers(net.state_dict()).items():
        assert torch.equal(value, plain.state_dict()[key])


@EACH_TYPE
def test_a_state_dict_without_metadata_or_batch_counts_loads(name):
    plain, net = randomised(resnet('BN')), resnet(name)
    state = {k: v for k, v in plain.state_dict().items() if 'num_batches' not in k}
    missing, unexpected = net.load_state_dict(state, strict=False)
    assert not unexpected
    assert all('.selfnorm.' in key for key in missing)
    assert torch.equal(net.bn1.bn.running_var, plain.bn1.running_var)


@EACH_TYPE
def test_mmengine_loads_a_plain_checkpoint_and_reports_only_self_norm(name, tmp_path, capfd):
    plain, net = randomised(resnet('BN')), resnet(name)
    torch.save({'state_dict': plain.state_dict()}, tmp_path / 'plain.pth')
    log = log_of(capfd, load_checkpoint, net, str(tmp_path / 'plain.pth'), map_location='cpu')
    assert 'unexpected key' not in log
    assert ('missing keys' in log) == (SelfNorm in LAYERS[name][1])
    if 'missing keys' in log:
        missing = log.split('missing keys in source state_dict: ')[1].split()
        assert all('.selfnorm.' in key for key in missing)
    assert torch.equal(net.layer1[0].bn2.bn.weight, plain.layer1[0].bn2.weight)


@EACH_TYPE
def test_mmengine_loads_a_plain_state_dict(name, capfd):
    plain, net = randomised(resnet('BN')), resnet(name)
    log = log_of(capfd, load_state_dict, net, plain.state_dict(), strict=False)
    assert 'unexpected key' not in log
    assert torch.equal(net.bn1.bn.bias, plain.bn1.bias)


@EACH_TYPE
def test_a_saved_checkpoint_loads_strictly_and_into_the_plain_network(name, tmp_path):
    net, twin, plain = randomised(resnet(name)), resnet(name), resnet('BN')
    path = str(tmp_path / 'saved.pth')
    save_checkpoint({'state_dict': get_state_dict(net)}, path)
    load_checkpoint(twin, path, map_location='cpu', strict=True)
    for key, value in net.state_dict().items():
        assert torch.equal(twin.state_dict()[key], value)
    plain.load_state_dict(without_layers(torch.load(path)['state_dict']), strict=True)
    assert torch.equal(plain.bn1.weight, net.bn1.bn.weight)


@pytest.mark.parametrize('copied', [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_copy_saves_and_loads_by_itself(copied):
    net = resnet('CNSNBN')
    twin = randomised(copied(net))
    assert not torch.equal(twin.bn1.bn.weight, net.bn1.bn.weight)
    assert twin.state_dict().keys() == net.state_dict().keys()
    net.load_state_dict(twin.state_dict(), strict=True)
    assert torch.equal(twin.bn1.bn.weight, net.bn1.bn.weight)


@EACH_TYPE
def test_norm_eval_freezes_the_batch_norm_alone(name):
    net = resnet(name, norm_eval=True)
    net.train()
    for module in net.modules():
        if isinstance(module, LAYERS[name][0]):
            assert not module.bn.training
            for layer in module.children():
                assert layer.training == (layer is not module.bn)
    before = net.bn1.bn.running_mean.clone()
    net(torch.rand(2, 3, 32, 32))
    assert torch.equal(net.bn1.bn.running_mean, before)


@EACH_TYPE
def test_sync_batch_norm_conversion_and_back_leave_the_layers_in_place(name):
    net = randomised(resnet(name))
    state = {key: value.clone() for key, value in net.state_dict().items()}
    for convert, kind in (
        (nn.SyncBatchNorm.convert_sync_batchnorm, nn.SyncBatchNorm),
        (revert_sync_batchnorm, nn.modules.batchnorm._BatchNorm),
    ):
        net = convert(net)
        norms = [m for m in net.modules() if isinstance(m, LAYERS[name][0])]
        assert len(norms) == 20
        assert all(isinstance(norm.bn, kind) for norm in norms)
        assert [type(x) for x in list(norms[0].children())[1:]] == LAYERS[name][1]
        assert net.state_dict().keys() == state.keys()
        assert all(torch.equal(net.state_dict()[key], state[key]) for key in state)
        net.load_state_dict(state, strict=True)


@EACH_TYPE
def test_weight_decay_rules_for_norms_reach_the_batch_norm_inside(name):
    net = resnet(name)
    wrapper = build_optim_wrapper(
        net,
        dict(
            type='OptimWrapper',
            optimizer=dict(type='SGD', lr=0.1, weight_decay=0.01),
            paramwise_cfg=dict(norm_decay_mult=0.0),
        ),
    )
    decay = {
        id(parameter): group['weight_decay']
        for group in wrapper.param_groups
        for parameter in group['params']
    }
    assert decay[id(net.bn1.bn.weight)] == decay[id(net.layer2[0].bn2.bn.bias)] == 0
    assert decay[id(net.conv1.weight)] == 0.01
    if SelfNorm in LAYERS[name][1]:
        assert decay[id(net.bn1.selfnorm.g_fc.weight)] == 0.01


@EACH_TYPE
@pytest.mark.parametrize('kind', ['ResNet', 'ResNetV1c'])
def test_a_network_from_scratch_has_finite_outputs_and_gradients(name, kind):
    net = resnet(name, kind)
    net.init_weights()
    sum(out.square().mean() for out in net(torch.rand(2, 3, 64, 64))).backward()
    assert all(parameter.grad.isfinite().all() for parameter in net.parameters())


@pytest.mark.parametrize('kind', ['ResNet', 'ResNetV1c', 'ResNetV1d'])
def test_self_norm_stays_the_identity_through_mmsegs_initialisation(kind):
    net = resnet('SNBN', kind)
    net.init_weights()
    for module in net.modules():
        if isinstance(module, SNBN):
            x = torch.randn(4, module.bn.num_features, 5, 5)
            torch.testing.assert_close(module.selfnorm(x), x, rtol=0.011, atol=1e-6)
            assert module.selfnorm.g_fc.weight.abs().max() > 0


def test_mmsegs_zero_initialised_residual_is_that_of_the_batch_norm():
    net = resnet('SNBN')
    net.init_weights()
    for block in (*net.layer1, *net.layer2, *net.layer3, *net.layer4):
        assert not block.bn2.bn.weight.any()
        assert block.bn1.bn.weight.eq(1).all()


def test_a_prediction_head_can_use_the_layer():
    head = MODELS.build(
        dict(
            type='DepthwiseSeparableASPPHead',
            in_channels=8,
            channels=4,
            dilations=(1, 2),
            c1_in_channels=4,
            c1_channels=4,
            num_classes=3,
            norm_cfg=dict(type='CNSNBN', cross_norm=dict(prob=1.0)),
            in_index=1,
        )
    )
    head.init_weights()
    out = head([torch.rand(2, 4, 16, 16), torch.rand(2, 8, 8, 8)])
    out.sum().backward()
    assert out.shape == (2, 3, 16, 16)
    assert all(p.grad is None or p.grad.isfinite().all() for p in head.parameters())
