"""The fast path: exact moments, gradients for every layout and type, little memory, few passes."""

import numpy as np
import oracles
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.autograd.graph import saved_tensors_hooks
from torch.testing import assert_close

from cnsn_seg.layers import CNSN, CrossNorm, Exchange, SelfNorm
from cnsn_seg.layers.functional import cross_norm, instance_stats
from cnsn_seg.layers.recalibrate import moments

STYLE = torch.tensor([1, 2, 0])
LAYOUTS = {
    'contiguous': lambda x: x.contiguous(),
    'channels last': lambda x: x.contiguous(memory_format=torch.channels_last),
    'every other column': lambda x: x.repeat_interleave(2, dim=3)[..., ::2],
    'samples reversed in memory': lambda x: x.flip(0).contiguous().flip(0),
    'part of more channels': lambda x: torch.cat([x, x], 1)[:, : x.shape[1]],
    'transposed': lambda x: x.transpose(2, 3).contiguous().transpose(2, 3),
}


def random(*shape: int, dtype: torch.dtype = torch.float64, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype)


@given(
    ratio=st.floats(-4, 4).map(lambda power: 10**power),
    scale=st.floats(-6, 6).map(lambda power: 10**power),
    size=st.tuples(st.integers(1, 60), st.integers(1, 60)),
)
@settings(max_examples=60)
def test_moments_are_exact_up_to_a_mean_ten_thousand_times_the_deviation(ratio, scale, size):
    x = (scale * (random(2, 3, *size) + ratio)).float()
    mean, var = moments(x)
    exact = x.double().flatten(2)
    assert_close(mean.double(), exact.mean(2), rtol=1e-6, atol=1e-6 * scale)
    if exact.shape[2] > 1:
        std = exact.std(2)
        assert_close(var.double().sqrt(), std, rtol=1e-3, atol=1e-6 * scale * ratio)


@pytest.mark.parametrize('mean', [0.0, 0.5, 1.5, 1.95, 100.0])
def test_moments_of_ordinary_maps_are_exact_to_float32(mean):
    x = (random(2, 4, 200, 300) + mean).float()
    std = moments(x)[1].double().sqrt()
    assert_close(std, x.double().flatten(2).std(2), rtol=2e-6, atol=0)


def test_moments_of_a_channel_do_not_depend_on_the_others():
    x = random(2, 3, 30, 40).float()
    mixed = torch.cat([x, 1e4 + x, torch.zeros_like(x)], 1)
    for part, whole in zip(moments(x), moments(mixed), strict=True):
        assert_close(part, whole[:, :3], rtol=0, atol=0)


@pytest.mark.parametrize('layout', LAYOUTS)
@pytest.mark.parametrize('style_box', [None, (1, 0, 4, 3)])
def test_gradients_in_every_layout(layout, style_box):
    x = random(3, 2, 5, 4).requires_grad_()
    gate = SelfNorm(2, two_branch=True, init='reference').double()

    def layers(x):
        x = cross_norm(LAYOUTS[layout](x), STYLE, style_box=style_box)
        return gate(LAYOUTS[layout](x))

    assert torch.autograd.gradcheck(layers, x)


@pytest.mark.parametrize('layout', LAYOUTS)
def test_the_result_does_not_depend_on_the_layout(layout):
    x = random(3, 2, 5, 4)
    y = cross_norm(LAYOUTS[layout](x), STYLE)
    assert_close(y, torch.from_numpy(oracles.cross_norm(x.numpy(), STYLE.tolist())))
    for statistic, oracle in zip(
        instance_stats(LAYOUTS[layout](x)), oracles.instance_stats(x.numpy(), 1e-5), strict=True
    ):
        np.testing.assert_allclose(statistic, oracle, rtol=1e-12)


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
@pytest.mark.parametrize('style_box', [None, (2, 1, 9, 8)])
def test_gradients_of_narrow_types_are_those_of_float64_rounded_once(dtype, style_box):
    x = random(3, 4, 12, 10, dtype=dtype)
    grad = random(3, 4, 12, 10, dtype=dtype, seed=1)
    found = []
    for tensor, upstream in ((x, grad), (x.double(), grad.double())):
        tensor = tensor.clone().requires_grad_()
        cross_norm(tensor, STYLE, style_box=style_box).backward(upstream)
        found.append(tensor.grad)
    assert found[0].dtype == dtype
    assert_close(found[0].double(), found[1], rtol=torch.finfo(dtype).eps, atol=1e-5)


def test_expanded_gradients():
    x = random(3, 2, 5, 4).requires_grad_()
    cross_norm(x, STYLE).sum().backward()
    summed = x.grad.clone()
    x.grad = None
    cross_norm(x, STYLE).backward(torch.ones(3, 2, 5, 4, dtype=torch.float64))
    assert_close(summed, x.grad)


def test_gradients_of_parameters_where_the_map_needs_none():
    gate = SelfNorm(2, init='reference').double()
    gate(random(4, 2, 5, 4)).square().sum().backward()
    with_map = SelfNorm(2, init='reference').double()
    with_map.load_state_dict(gate.state_dict())
    with_map(random(4, 2, 5, 4).requires_grad_()).square().sum().backward()
    for one, other in zip(gate.parameters(), with_map.parameters(), strict=True):
        assert one.grad.abs().max() > 0
        assert_close(one.grad, other.grad)


def test_frozen_parameters_get_no_gradient():
    gate = SelfNorm(2, init='reference').double().requires_grad_(False)
    x = random(4, 2, 5, 4).requires_grad_()
    gate(x).square().sum().backward()
    assert x.grad.abs().max() > 0
    assert all(parameter.grad is None for parameter in gate.parameters())


def test_backward_may_be_repeated():
    x = random(3, 2, 5, 4).requires_grad_()
    y = CNSN(2).double()(x).square().sum()
    (first,) = torch.autograd.grad(y, x, retain_graph=True)
    (second,) = torch.autograd.grad(y, x)
    assert torch.equal(first, second)


def test_second_derivatives_are_refused():
    x = random(3, 2, 5, 4).requires_grad_()
    (grad,) = torch.autograd.grad(cross_norm(x, STYLE).square().sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match='once_differentiable'):
        grad.sum().backward()


def active(layer: torch.nn.Module) -> torch.nn.Module:
    (layer.crossnorm if isinstance(layer, CNSN) else layer).activate(3)
    return layer


@pytest.mark.parametrize(
    'layer',
    [
        SelfNorm(16),
        SelfNorm(16, two_branch=True),
        active(CrossNorm()),
        active(CrossNorm(crop='style')),
        active(CNSN(16)),
    ],
    ids=['SelfNorm', 'two branches', 'CrossNorm', 'with style box', 'CNSN'],
)
def test_backward_keeps_the_map_and_little_else(layer):
    x = random(4, 16, 40, 50, dtype=torch.float32).requires_grad_()
    storages = {}

    def keep(tensor):
        storages[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with saved_tensors_hooks(keep, lambda tensor: tensor):
        layer(x)
    del storages[x.untyped_storage().data_ptr()]
    assert sum(storages.values()) < 40 * 4 * 4 * 16  # bytes of (N, C) numbers


def test_an_inactive_cross_norm_keeps_nothing():
    layer = CrossNorm()
    layer.has_hook = True
    x = random(2, 3, 4, 5).requires_grad_()
    with saved_tensors_hooks(lambda tensor: pytest.fail('kept'), lambda tensor: tensor):
        assert layer(x) is x


@pytest.mark.parametrize('mode', ['two_instance', 'two_instance_channel', 'one_instance'])
@pytest.mark.parametrize('two_branch', [False, True])
def test_fused_equals_one_after_the_other(mode, two_branch):
    fused = CNSN(5, mode=mode, two_branch=two_branch, init='reference').double()
    apart = CNSN(5, mode=mode, two_branch=two_branch, init='reference').double()
    apart.load_state_dict(fused.state_dict())
    x, y = random(4, 5, 6, 7).requires_grad_(), random(4, 5, 6, 7).requires_grad_()
    results = []
    for layer, tensor in ((fused, x), (apart, y)):
        active(layer)
        out = layer(tensor) if layer is fused else layer.selfnorm(layer.crossnorm(tensor))
        out.pow(3).sum().backward()
        results.append([out, tensor.grad, *(p.grad for p in layer.parameters()), *layer.buffers()])
    for one, other in zip(*results, strict=True):
        assert_close(one, other, rtol=1e-9, atol=1e-9)


def test_fused_layers_measure_the_map_once(monkeypatch):
    passes = []
    original = torch.Tensor.mean
    monkeypatch.setattr(
        torch.Tensor, 'mean', lambda self, *args: passes.append(1) or original(self, *args)
    )
    active(CNSN(2).double())(random(3, 2, 5, 4))
    assert len(passes) == 1


def test_an_exchange_that_is_given_is_fused_with_nothing():
    layer, x = CNSN(2).double().eval(), random(3, 2, 5, 4)
    expected = layer.selfnorm(cross_norm(x, STYLE))
    assert_close(layer.selfnorm(layer.crossnorm(x, Exchange(STYLE))), expected)
