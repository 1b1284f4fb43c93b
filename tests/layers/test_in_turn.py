"""Layers applied in one step give what they give one after the other."""

import copy
from unittest import mock

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from maps import random_map
from torch import nn
from torch.autograd.graph import saved_tensors_hooks
from torch.testing import assert_close

from cnsn_seg.layers import CNSN, CrossNorm, SelfNorm
from cnsn_seg.layers.in_turn import apply_in_turn


def batch_norm(**options):
    layer = nn.BatchNorm2d(3, **options)
    for parameter in layer.parameters():
        nn.init.uniform_(parameter, 0.5, 1.5)
    return layer


def frozen(layer):
    layer.running_mean.uniform_(-1, 1)
    layer.running_var.uniform_(0.5, 2)
    return layer.eval()


def self_norm(**options):
    return SelfNorm(3, init='reference', **options)


def cross_norm(**options):
    layer = CrossNorm(**options)
    layer.activate(5)
    return layer


def waiting_cross_norm():
    layer = CrossNorm(crop='style')
    layer.has_hook = True
    return layer


CHAINS = {
    'BN SN': lambda: [batch_norm(), self_norm()],
    'BN SN in two branches': lambda: [batch_norm(), self_norm(two_branch=True)],
    'BN CN': lambda: [batch_norm(), cross_norm()],
    'BN CN SN': lambda: [batch_norm(), cross_norm(), self_norm()],
    'CN SN': lambda: [cross_norm(), self_norm(two_branch=True)],
    'SN CN BN': lambda: [self_norm(), cross_norm(), batch_norm()],
    'BN CN of channels SN': lambda: [
        batch_norm(),
        cross_norm(mode='two_instance_channel'),
        self_norm(),
    ],
    'BN CN with boxes SN': lambda: [batch_norm(), cross_norm(crop='both'), self_norm()],
    'BN SN CN with a box': lambda: [batch_norm(), self_norm(), cross_norm(crop='style')],
    'BN inactive CN SN': lambda: [batch_norm(), waiting_cross_norm(), self_norm()],
    'frozen BN SN': lambda: [frozen(batch_norm()), self_norm()],
    'frozen BN CN SN': lambda: [frozen(batch_norm()), cross_norm(), self_norm()],
    'plain BN SN': lambda: [batch_norm(affine=False), self_norm()],
    'BN without memory SN': lambda: [batch_norm(track_running_stats=False), self_norm()],
    'averaging BN SN': lambda: [batch_norm(momentum=None), self_norm()],
    'ReLU BN ReLU SN': lambda: [nn.ReLU(), batch_norm(), nn.ReLU(), self_norm()],
    'BN SN SN ReLU': lambda: [batch_norm(), self_norm(), self_norm(), nn.ReLU()],
    'BN CNSN': lambda: [batch_norm(), CNSN(3, init='reference', prob=0.0)],
    'nothing': list,
}


def one_after_the_other(x, layers):
    for layer in layers:
        x = layer(x)
    return x


def outcome(function, layers, x, steps=3):
    """Everything that some training steps give and leave behind."""
    layers = copy.deepcopy(layers)
    for _ in range(steps):
        x = x.detach().requires_grad_()
        y = function(x, layers)
        (y * torch.linspace(-1, 1, y.numel(), dtype=y.dtype).view_as(y)).sum().backward()
    network = nn.Sequential(*layers)
    grads = [parameter.grad for parameter in network.parameters()]
    return [y, x.grad, *grads, *network.state_dict().values()]


@pytest.mark.parametrize('training', [True, False])
@pytest.mark.parametrize('name', CHAINS)
def test_one_step_is_the_same_as_one_after_the_other(name, training):
    torch.manual_seed(0)
    layers = nn.Sequential(*CHAINS[name]()).double()
    if not training:
        layers.eval()
    x = random_map(4, 3, 6, 5).double()
    one, other = (outcome(apply, list(layers), x) for apply in (apply_in_turn, one_after_the_other))
    assert_close(one, other)


def test_the_running_statistics_are_those_of_the_whole_batch():
    layers = [nn.BatchNorm2d(3, momentum=1.0).double(), SelfNorm(3).double()]
    x = random_map(4, 3, 6, 5).double()
    apply_in_turn(x, layers)
    values = x.transpose(0, 1).flatten(1)
    assert_close(layers[0].running_mean, values.mean(1))
    assert_close(layers[0].running_var, values.var(1))


@given(
    ratio=st.floats(-3, 3).map(lambda power: 10**power),
    scale=st.floats(-4, 4).map(lambda power: 10**power),
)
@settings(max_examples=40, deadline=None)
def test_float32_is_about_as_exact_as_one_after_the_other(ratio, scale):
    torch.manual_seed(0)
    layers = [batch_norm(), self_norm()]
    x = (scale * (random_map(4, 3, 16, 16) + ratio)).float()
    exact = one_after_the_other(x.double(), copy.deepcopy(nn.Sequential(*layers)).double())
    errors = [
        (function(x, copy.deepcopy(layers)).double() - exact).abs().max()
        for function in (apply_in_turn, one_after_the_other)
    ]
    assert errors[0] <= 4 * errors[1] + 1e-6 * ratio + 2e-6


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
def test_narrow_types_are_rounded_once(dtype):
    layers = [batch_norm(), self_norm()]
    x = random_map(4, 3, 8, 8).to(dtype)
    y = apply_in_turn(x, copy.deepcopy(layers))
    exact = one_after_the_other(x.double(), nn.Sequential(*layers).double())
    assert y.dtype == dtype
    assert_close(y.double(), exact, rtol=0.6 * torch.finfo(dtype).eps, atol=1e-5)


@pytest.mark.parametrize('names', ['BN SN', 'BN CN SN', 'BN inactive CN SN', 'frozen BN SN'])
def test_backward_keeps_one_map(names):
    layers, x = CHAINS[names](), random_map(4, 3, 32, 32).requires_grad_()
    kept = []
    with saved_tensors_hooks(lambda tensor: kept.append(tensor) or tensor, lambda tensor: tensor):
        apply_in_turn(x, layers)
    maps = [tensor for tensor in kept if tensor.numel() >= x.numel()]
    assert [tensor.data_ptr() for tensor in maps] == [x.data_ptr()]


@pytest.mark.parametrize('position', [0, 1])
def test_a_module_that_is_watched_acts_by_itself(position):
    layers, seen = CHAINS['BN SN'](), []
    layers[position].register_forward_hook(lambda module, given, returned: seen.append(returned))
    y = apply_in_turn(random_map(4, 3, 6, 5), layers)
    assert len(seen) == 1
    assert (seen[0] is y) == (position == 1)


def test_what_batch_norm_refuses_is_refused():
    with pytest.raises(ValueError, match='more than 1 value per channel'):
        apply_in_turn(torch.rand(1, 3, 1, 1), [batch_norm(), self_norm()])
    with pytest.raises(ValueError, match='4D input'):
        apply_in_turn(torch.rand(2, 3, 4), [batch_norm(), self_norm()])


def test_synchronised_batch_norm_sees_the_other_ranks():
    layers, x = [nn.SyncBatchNorm(3), self_norm()], random_map(4, 3, 6, 5)
    with mock.patch.object(nn.SyncBatchNorm, 'forward', lambda self, x: 2 * x):
        assert_close(apply_in_turn(x, layers), layers[1](2 * x))
    layers[0].eval()
    assert_close(apply_in_turn(x, layers), layers[1](layers[0](x)))
