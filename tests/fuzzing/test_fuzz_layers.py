"""Any map gives what the formulas say, or one sentence."""

import numpy as np
import oracles
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from cnsn_seg.layers import CNSN, CrossNorm, SelfNorm
from cnsn_seg.layers.functional import cross_norm

DTYPES = [torch.float16, torch.bfloat16, torch.float32, torch.float64]
SIDE = st.integers(1, 6)
SHAPES = st.tuples(st.integers(1, 4), st.integers(1, 5)).flatmap(
    lambda head: st.lists(SIDE, min_size=1, max_size=3).map(lambda sides: (*head, *sides))
)


@st.composite
def maps(draw) -> torch.Tensor:
    """Maps of all kinds of content, type and place in memory."""
    shape, dtype = draw(SHAPES), draw(st.sampled_from(DTYPES))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**16)))
    scale = 10 ** draw(st.floats(-4, 2))
    layout = draw(st.sampled_from(['plain', 'transposed', 'every second', 'expanded', 'last']))
    if layout == 'transposed' and len(shape) > 3:
        x = torch.randn(*shape[:-2], shape[-1], shape[-2], generator=generator).transpose(-1, -2)
    elif layout == 'every second':
        x = torch.randn(shape[0], 2 * shape[1], *shape[2:], generator=generator)[:, ::2]
    elif layout == 'expanded':
        x = torch.randn(1, *shape[1:], generator=generator).expand(shape)
    elif layout == 'last' and len(shape) == 4:
        x = torch.randn(shape, generator=generator).contiguous(memory_format=torch.channels_last)
    else:
        x = torch.randn(shape, generator=generator)
    if layout == 'expanded':
        return x.to(dtype)
    return (x * scale + draw(st.floats(-10, 10))).to(dtype)


@given(maps(), st.randoms(use_true_random=False))
@example(torch.full((2, 1, 1), 7.0, dtype=torch.float16), None)
def test_cross_norm_is_the_formula(x, random):
    permutation = list(range(len(x)))
    if random:
        random.shuffle(permutation)
    found = cross_norm(x, torch.tensor(permutation))
    assert (found.shape, found.dtype) == (x.shape, x.dtype)
    expected = oracles.cross_norm(x.double().numpy(), permutation)
    # Rounding of the input is magnified where a channel's deviation is small beside its mean.
    precision = torch.finfo(torch.float32 if x.dtype == torch.float64 else x.dtype).eps
    largest = max(np.abs(expected).max(), x.abs().max().item(), 1.0)
    gain = _largest_gain(x.double().numpy(), permutation)
    np.testing.assert_allclose(
        found.double().numpy(), expected, rtol=0, atol=20 * precision * largest * gain
    )


def _largest_gain(x: np.ndarray, permutation: list[int]) -> float:
    _, std = oracles.instance_stats(x, 1e-5)
    return max(1.0, float((std[permutation] / std).max()))


@given(maps(), st.sampled_from([CrossNorm, SelfNorm, CNSN]), st.booleans(), st.integers(0, 99))
def test_layers_answer_every_map_with_a_finite_one_or_a_sentence(x, kind, training, seed):
    torch.manual_seed(seed)
    layer = kind(x.shape[1], **({} if kind is SelfNorm else dict(prob=1.0, crop='both')))
    x = x.clone().requires_grad_()
    try:
        y = layer.train(training)(x)
    except ValueError as error:
        assert '\n' not in str(error)
        assert x.ndim != 4 or (len(x) == 1 and kind is not CrossNorm), error
        return
    y.float().mean().backward()
    assert (y.shape, y.dtype) == (x.shape, x.dtype)
    assert y.isfinite().all()
    assert x.grad.isfinite().all()


@given(
    st.sampled_from([CrossNorm, SelfNorm, CNSN]),
    st.lists(st.integers(0, 3), max_size=6),
    st.sampled_from([torch.uint8, torch.int64, torch.bool, torch.complex64, torch.float32]),
    st.booleans(),
)
def test_what_is_no_feature_map_is_refused(kind, shape, dtype, training):
    x = torch.zeros(shape, dtype=dtype)
    is_map = 3 <= x.ndim <= 5 and x.is_floating_point() and x.numel() and shape[1] == 3
    if is_map:
        return
    layer = kind(3, **({} if kind is SelfNorm else dict(prob=1.0))).train(training)
    if kind is CrossNorm and not training:
        assert layer(x) is x
        return
    try:
        y = layer(x)
    except (ValueError, TypeError) as error:
        assert '\n' not in str(error)
    else:  # without samples or channels there is nothing to do
        assert y.shape == x.shape


@pytest.mark.parametrize('value', [float('nan'), float('inf')])
@given(maps())
def test_one_bad_sample_does_not_spoil_others_in_evaluation(value, x):
    if len(x) < 2:
        return
    spoilt = x.clone()
    spoilt[0] = value
    layer = SelfNorm(x.shape[1]).eval()
    assert torch.equal(layer(spoilt)[1:], layer(x)[1:])
