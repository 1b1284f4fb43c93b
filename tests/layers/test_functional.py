import numpy as np
import oracles
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from cnsn_seg.layers.functional import cross_norm, instance_stats, sample_box, self_norm

SHAPES = [(3, 2, 7), (3, 2, 4, 5), (3, 2, 3, 4, 2)]
BOXES = [
    (None, None),
    ((0, 1, 3, 5), None),
    (None, (2, 0, 4, 3)),
    ((1, 1, 2, 4), (0, 2, 4, 5)),
]
quick = settings(deadline=None, max_examples=40)


def random_map(shape, seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    spread = torch.rand(*shape[:2], *[1] * (len(shape) - 2), generator=generator) * 3 + 0.5
    centre = torch.randn(spread.shape, generator=generator) * 5
    return (torch.randn(shape, generator=generator) * spread + centre).to(dtype)


@st.composite
def maps(draw, dtype=torch.float64):
    shape = draw(st.tuples(st.integers(1, 4), st.integers(1, 3)))
    spatial = draw(st.lists(st.integers(2, 5), min_size=1, max_size=3))
    return random_map((*shape, *spatial), draw(st.integers(0, 2**16)), dtype)


@st.composite
def image_and_box(draw):
    image = random_map((2, 2, 6, 5), draw(st.integers(0, 2**16)), torch.float32)
    start_2, start_3 = draw(st.integers(0, 5)), draw(st.integers(0, 4))
    stop_2, stop_3 = draw(st.integers(start_2 + 1, 6)), draw(st.integers(start_3 + 1, 5))
    return image, (start_2, start_3, stop_2, stop_3)


def permutation_of(length, seed):
    return torch.randperm(length, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize('shape', [*SHAPES, (2, 3, 1), (2, 3, 1, 1)])
def test_instance_stats_equal_a_loop(shape):
    x = random_map(shape)
    for actual, expected in zip(
        instance_stats(x, 0.1), oracles.instance_stats(x.numpy(), 0.1), strict=True
    ):
        assert_close(actual, torch.from_numpy(expected))


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16, torch.float32])
def test_instance_stats_are_float32_for_narrow_types(dtype):
    mean, std = instance_stats(random_map((2, 3, 4, 4), dtype=dtype))
    assert mean.dtype == std.dtype == torch.float32


def test_instance_stats_of_large_half_maps_do_not_overflow():
    x = torch.full((1, 1, 64, 64), 30000.0, dtype=torch.float16)
    x[..., ::2] = -30000.0
    mean, std = instance_stats(x)
    assert_close(mean, torch.zeros(1, 1))
    assert_close(std, torch.full((1, 1), 30000.0), rtol=1e-3, atol=0)


@pytest.mark.parametrize('spatial', [(4096,), (64, 64), (512, 1024)])
def test_std_keeps_its_precision_under_a_mean_ten_thousand_times_larger(spatial):
    x = 1e4 + torch.randn(2, 1, *spatial, generator=torch.Generator().manual_seed(0))
    expected = x.double().flatten(2).std(dim=2)
    assert_close(instance_stats(x, 0.0)[1].double(), expected, rtol=1e-3, atol=0)


@pytest.mark.parametrize('shape', [(2, 3), (2, 3, 2, 2, 2, 2), (2, 3, 0), (2, 3, 4, 0)])
def test_instance_stats_refuse_shapes_without_one_to_three_filled_spatial_axes(shape):
    with pytest.raises(ValueError, match='spatial axes'):
        instance_stats(torch.zeros(shape))


@pytest.mark.parametrize('shape', SHAPES)
@pytest.mark.parametrize('channels', [None, [1, 0]])
def test_cross_norm_equals_a_loop(shape, channels):
    x = random_map(shape)
    channel_permutation = None if channels is None else torch.tensor(channels)
    y = cross_norm(x, torch.tensor([2, 0, 1]), channel_permutation=channel_permutation)
    assert_close(y, torch.from_numpy(oracles.cross_norm(x.numpy(), [2, 0, 1], channels)))


@pytest.mark.parametrize(('style_box', 'content_box'), BOXES)
@pytest.mark.parametrize('channels', [None, [1, 0]])
def test_cross_norm_with_boxes_equals_a_loop(style_box, content_box, channels):
    x = random_map((3, 2, 4, 5))
    y = cross_norm(
        x,
        torch.tensor([1, 2, 0]),
        channel_permutation=None if channels is None else torch.tensor(channels),
        style_box=style_box,
        content_box=content_box,
    )
    expected = oracles.cross_norm(x.numpy(), [1, 2, 0], channels, style_box, content_box)
    assert_close(y, torch.from_numpy(expected))


@pytest.mark.parametrize(('style_box', 'content_box'), BOXES)
def test_cross_norm_has_the_gradient_of_its_formula(style_box, content_box):
    x = random_map((3, 2, 4, 5)).requires_grad_()
    assert torch.autograd.gradcheck(
        lambda x: cross_norm(
            x,
            torch.tensor([2, 0, 1]),
            channel_permutation=torch.tensor([1, 0]),
            style_box=style_box,
            content_box=content_box,
        ),
        x,
    )


def test_gradients_flow_into_the_style_sample():
    x = random_map((2, 1, 3, 3)).requires_grad_()
    cross_norm(x, torch.tensor([1, 0]))[0].square().sum().backward()
    assert x.grad[1].abs().max() > 1e-3


@given(maps(torch.float32), st.sampled_from([torch.float16, torch.bfloat16, torch.float32]))
@quick
def test_cross_norm_keeps_shape_and_dtype(x, dtype):
    y = cross_norm(x.to(dtype), permutation_of(len(x), 3))
    assert (y.shape, y.dtype) == (x.shape, dtype)


@given(maps(), st.sampled_from([torch.float16, torch.bfloat16, torch.float32, torch.float64]))
@quick
def test_the_identity_permutation_gives_the_input_bit_for_bit(x, dtype):
    x = x.to(dtype)
    assert torch.equal(cross_norm(x, torch.arange(len(x))), x)


@given(maps(), st.integers(0, 100))
@quick
def test_the_output_has_the_statistics_of_its_style(x, seed):
    permutation = permutation_of(len(x), seed)
    mean, std = instance_stats(x, 0.0)
    out_mean, out_std = instance_stats(cross_norm(x, permutation, eps=1e-14), 0.0)
    assert_close(out_mean, mean[permutation], rtol=1e-6, atol=1e-6)
    assert_close(out_std, std[permutation], rtol=1e-6, atol=1e-6)


@given(maps(), st.integers(0, 100))
@quick
def test_the_inverse_permutation_undoes_an_exchange(x, seed):
    permutation = permutation_of(len(x), seed)
    there = cross_norm(x, permutation, eps=1e-14)
    assert_close(cross_norm(there, permutation.argsort(), eps=1e-14), x, rtol=1e-6, atol=1e-6)


@given(image_and_box())
@quick
def test_only_the_content_box_changes(image_and_box):
    x, box = image_and_box
    y = cross_norm(x, torch.tensor([1, 0]), content_box=box)
    outside = torch.ones(x.shape[2:], dtype=torch.bool)
    outside[box[0] : box[2], box[1] : box[3]] = False
    assert torch.equal(y[..., outside], x[..., outside])
    assert not torch.equal(y[..., ~outside], x[..., ~outside])


def test_cross_norm_leaves_its_input_alone():
    x = random_map((2, 2, 4, 5))
    before = x.clone()
    cross_norm(x, torch.tensor([1, 0]), content_box=(0, 0, 2, 2))
    assert torch.equal(x, before)


@pytest.mark.parametrize(
    'box', [(0, 0, 0, 3), (2, 2, 2, 4), (3, 1, 2, 4), (-1, 0, 2, 2), (0, 0, 5, 2), (0, 0, 2, 6)]
)
@pytest.mark.parametrize('argument', ['style_box', 'content_box'])
def test_boxes_that_are_empty_or_outside_are_refused(box, argument):
    with pytest.raises(ValueError, match=r'box .* of 4 x 5'):
        cross_norm(torch.zeros(2, 1, 4, 5), torch.tensor([1, 0]), **{argument: box})


@pytest.mark.parametrize('shape', [(2, 1, 9), (2, 1, 3, 3, 3)])
def test_boxes_are_refused_for_maps_that_are_not_images(shape):
    with pytest.raises(ValueError, match='boxes are for images'):
        cross_norm(torch.zeros(shape), torch.tensor([1, 0]), style_box=(0, 0, 1, 1))


@pytest.mark.parametrize(
    'arguments',
    [
        {'permutation': torch.tensor([0])},
        {'permutation': torch.tensor([0, 1, 2])},
        {'permutation': torch.tensor([1, 0]), 'channel_permutation': torch.tensor([0, 1])},
    ],
)
def test_permutations_of_another_length_are_refused(arguments):
    with pytest.raises(ValueError, match='permutation'):
        cross_norm(torch.zeros(2, 3, 4, 4), **arguments)


@pytest.mark.parametrize('shape', SHAPES)
def test_self_norm_moves_the_statistics_by_its_gates(shape):
    x = random_map(shape)
    g, f = torch.rand(
        2, *shape[:2], dtype=torch.float64, generator=torch.Generator().manual_seed(1)
    )
    mean, std = instance_stats(x, 0.0)
    out_mean, out_std = instance_stats(self_norm(x, mean, g, f), 0.0)
    assert_close(out_mean, mean * f)
    assert_close(out_std, std * g)


def test_self_norm_with_one_gate_scales_the_map():
    x = random_map((3, 2, 4, 5))
    g = torch.rand(3, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    assert_close(self_norm(x, instance_stats(x)[0], g), x * g[..., None, None])


def test_self_norm_has_the_gradient_of_its_formula():
    x = random_map((2, 2, 3, 3)).requires_grad_()
    gates = torch.rand(2, 2, 2, dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(
        lambda x, gates: self_norm(x, instance_stats(x)[0], gates[0], gates[1]), (x, gates)
    )


@given(
    st.integers(1, 40),
    st.integers(1, 40),
    st.sampled_from([0.01, 0.3, 1.0, 5.0, 100.0]),
    st.sampled_from([0.0, 0.1, 0.5, 0.99]),
    st.integers(0, 2**31),
)
@settings(deadline=None, max_examples=200)
def test_boxes_lie_inside_and_exceed_the_least_area(height, width, beta, min_ratio, seed):
    generator = torch.Generator().manual_seed(seed)
    start_2, start_3, stop_2, stop_3 = sample_box(height, width, beta, min_ratio, generator)
    assert 0 <= start_2 < stop_2 <= height
    assert 0 <= start_3 < stop_3 <= width
    assert (stop_2 - start_2) * (stop_3 - start_3) > min_ratio * height * width


@pytest.mark.parametrize('beta', [0.01, 1.0, 100.0])
@pytest.mark.parametrize('size', [(1, 1), (1, 7), (2, 1)])
def test_the_box_of_a_map_too_small_for_one_is_the_whole_map(size, beta):
    assert sample_box(*size, beta) == (0, 0, *size)


@pytest.mark.parametrize('beta', [0.5, 1.0, 3.0])
@pytest.mark.parametrize('min_ratio', [0.0, 0.1, 0.4])
def test_boxes_follow_the_described_law(beta, min_ratio):
    generator, rng = torch.Generator().manual_seed(0), np.random.default_rng(0)
    ours = np.array([sample_box(31, 24, beta, min_ratio, generator) for _ in range(1500)])
    theirs = np.array([oracles.sample_box(rng, 31, 24, beta, min_ratio) for _ in range(1500)])
    for statistic in (_start_2, _start_3, _height, _width, _area, _squared_area):
        a, b = statistic(ours), statistic(theirs)
        standard_error = np.hypot(a.std(), b.std()) / np.sqrt(len(a))
        assert abs(a.mean() - b.mean()) < 4.5 * standard_error


def _start_2(boxes):
    return boxes[:, 0]


def _start_3(boxes):
    return boxes[:, 1]


def _height(boxes):
    return boxes[:, 2] - boxes[:, 0]


def _width(boxes):
    return boxes[:, 3] - boxes[:, 1]


def _area(boxes):
    return _height(boxes) * _width(boxes)


def _squared_area(boxes):
    return _area(boxes) ** 2.0


def test_boxes_repeat_with_their_generator_and_leave_the_global_one_alone():
    before = torch.get_rng_state()
    first, second = ([sample_box(20, 30, generator=_seeded(5)) for _ in range(3)] for _ in 'ab')
    assert first == second
    assert torch.equal(torch.get_rng_state(), before)


def _seeded(seed):
    return torch.Generator().manual_seed(seed)


def test_boxes_differ_between_draws_of_one_generator():
    generator = _seeded(5)
    assert len({sample_box(200, 300, generator=generator) for _ in range(10)}) > 5


def test_boxes_without_a_generator_come_from_the_global_one():
    torch.manual_seed(11)
    first = sample_box(200, 300)
    torch.manual_seed(11)
    assert sample_box(200, 300) == first
