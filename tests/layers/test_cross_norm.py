import copy
import pickle
import warnings

import oracles
import pytest
import torch
from maps import EDGE_CASES, random_map
from torch import nn
from torch.testing import assert_close
from torch.utils.checkpoint import checkpoint

from cnsn_seg.layers import CrossNorm, Exchange
from cnsn_seg.layers import cross_norm as module
from cnsn_seg.layers.functional import instance_stats


@pytest.fixture(autouse=True)
def fresh_warnings():
    module._warn_no_hook.cache_clear()
    module._warn_batch_of_one.cache_clear()


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def active(seed=0, **arguments):
    layer = CrossNorm(**arguments)
    layer.activate(seed)
    return layer


def acts(layer, x):
    return layer(x) is not x


@pytest.mark.parametrize('prob', [0.2, 0.7])
def test_a_layer_with_its_own_prob_acts_about_that_often(prob):
    torch.manual_seed(0)
    layer, x = CrossNorm(prob=prob), random_map(2, 1, 2, 2)
    share = sum(acts(layer, x) for _ in range(1500)) / 1500
    assert share == pytest.approx(prob, abs=0.05)


def test_a_layer_with_its_own_prob_draws_anew_in_every_forward():
    torch.manual_seed(0)
    layer, x = CrossNorm(prob=1.0), random_map(16, 1, 3, 3)
    first, second = layer(x), layer(x)
    assert not torch.equal(first, second)


def test_a_layer_with_its_own_prob_repeats_under_the_global_seed():
    layer, x = CrossNorm(prob=1.0, crop='both'), random_map(16, 1, 9, 9)
    torch.manual_seed(4)
    first = layer(x)
    torch.manual_seed(4)
    assert torch.equal(layer(x), first)


@pytest.mark.parametrize(
    'layer', [CrossNorm(prob=0), CrossNorm(), active(), CrossNorm(prob=1.0).eval()], ids=repr
)
@pytest.mark.filterwarnings('ignore:CrossNorm has no prob')
def test_the_global_generator_is_untouched_unless_the_layer_draws_for_itself(layer):
    before = torch.get_rng_state()
    layer(random_map(4, 2, 5, 5))
    assert torch.equal(torch.get_rng_state(), before)


def test_an_activated_layer_repeats_its_exchange_until_deactivated():
    layer, x = active(7, crop='both'), random_map(8, 2, 9, 9)
    first = layer(x)
    assert not torch.equal(first, x)
    assert torch.equal(layer(x), first)
    layer.deactivate()
    layer.has_hook = True
    assert layer(x) is x


def test_the_exchange_depends_on_the_seed():
    layer, x = active(7), random_map(16, 2, 5, 5)
    first = layer(x)
    layer.activate(8)
    assert not torch.equal(layer(x), first)
    layer.activate(7)
    assert torch.equal(layer(x), first)


@pytest.mark.parametrize('layer', [CrossNorm(prob=1.0), active(crop='both')], ids=repr)
def test_evaluation_is_the_identity(layer):
    x = random_map(4, 2, 5, 5)
    layer = copy.deepcopy(layer).eval()
    assert torch.equal(layer(x), x)
    assert torch.equal(layer(x), x)


def test_a_given_exchange_is_applied_in_evaluation_too():
    x, exchange = random_map(2, 2, 5, 5), Exchange(torch.tensor([1, 0]))
    expected = torch.from_numpy(oracles.cross_norm(x.double().numpy(), [1, 0]))
    assert_close(CrossNorm().eval()(x, exchange).double(), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.filterwarnings('error')
def test_a_layer_that_nobody_activates_says_so_exactly_once():
    layer, x = CrossNorm(), random_map(2, 1, 3, 3)
    with pytest.warns(UserWarning, match=r"custom_hooks = \[dict\(type='CrossNormHook'"):
        layer(x)
    assert layer(x) is x
    assert CrossNorm()(x) is x


@pytest.mark.filterwarnings('error')
@pytest.mark.parametrize('layer', [CrossNorm(prob=0.0), CrossNorm(prob=1.0), active()], ids=repr)
def test_no_warning_where_somebody_decides(layer):
    layer(random_map(4, 1, 3, 3))


@pytest.mark.filterwarnings('error')
def test_no_warning_in_evaluation_nor_where_a_hook_waits():
    CrossNorm().eval()(random_map(2, 1, 3, 3))
    layer = CrossNorm()
    layer.has_hook = True
    layer(random_map(2, 1, 3, 3))


@pytest.mark.filterwarnings('error')
@pytest.mark.parametrize('mode', ['two_instance', 'two_instance_channel'])
def test_a_batch_of_one_passes_unchanged_with_one_warning(mode):
    layer, x = active(mode=mode), random_map(1, 4, 5, 5)
    with pytest.warns(UserWarning, match='batch of one sample'):
        assert layer(x) is x
    assert layer(x) is x


@pytest.mark.filterwarnings('error')
def test_one_instance_needs_no_second_sample():
    x = random_map(1, 16, 5, 5)
    assert not torch.allclose(active(mode='one_instance')(x), x)


@pytest.mark.parametrize('mode', ['two_instance', 'two_instance_channel', 'one_instance'])
@pytest.mark.parametrize('crop', ['neither', 'style', 'content', 'both'])
def test_what_is_drawn_is_what_is_applied(mode, crop):
    layer, x = active(3, mode=mode, crop=crop), random_map(5, 6, 8, 9)
    exchange = layer.draw(x, generator(3))
    channels = exchange.channel_permutation
    expected = oracles.cross_norm(
        x.double().numpy(),
        exchange.permutation.tolist(),
        None if channels is None else channels.tolist(),
        exchange.style_box,
        exchange.content_box,
    )
    assert_close(layer(x).double(), torch.from_numpy(expected), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ('mode', 'samples_move', 'channels_move'),
    [
        ('two_instance', True, False),
        ('two_instance_channel', True, True),
        ('one_instance', False, True),
    ],
)
def test_a_mode_says_whether_samples_and_channels_are_permuted(mode, samples_move, channels_move):
    exchange = CrossNorm(mode=mode).draw(random_map(32, 32, 2, 2), generator())
    order = torch.arange(32)
    assert torch.equal(exchange.permutation.sort().values, order)
    assert torch.equal(exchange.permutation, order) != samples_move
    assert (exchange.channel_permutation is not None) == channels_move
    if channels_move:
        assert torch.equal(exchange.channel_permutation.sort().values, order)
        assert not torch.equal(exchange.channel_permutation, order)


def test_one_instance_permutes_the_statistics_within_each_sample():
    x = random_map(3, 8, 6, 6)
    before, after = (
        instance_stats(m)[0].sort().values for m in (x, active(mode='one_instance')(x))
    )
    assert_close(before, after, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ('crop', 'style', 'content'),
    [
        ('neither', False, False),
        ('style', True, False),
        ('content', False, True),
        ('both', True, True),
    ],
)
def test_crop_says_which_boxes_are_drawn(crop, style, content):
    exchange = CrossNorm(crop=crop).draw(random_map(2, 1, 9, 9), generator())
    assert (exchange.style_box is not None, exchange.content_box is not None) == (style, content)


def test_the_boxes_exceed_min_box_ratio():
    layer, x = CrossNorm(crop='both', min_box_ratio=0.6), torch.zeros(2, 1, 20, 20)
    for seed in range(50):
        for box in layer.draw(x, generator(seed))[2:4]:
            assert (box[2] - box[0]) * (box[3] - box[1]) > 0.6 * 400


@pytest.mark.parametrize('shape', [(3, 2, 9), (3, 2, 4, 5, 3)])
def test_sequences_and_volumes_work_without_boxes_only(shape):
    x = random_map(*shape)
    assert active()(x).shape == x.shape
    with pytest.raises(ValueError, match="use crop='neither'"):
        active(crop='style')(x)


def test_ranks_with_equal_global_generators_draw_differently(monkeypatch):
    layer, x, outputs = CrossNorm(prob=1.0), random_map(32, 1, 3, 3), []
    for rank in range(4):
        monkeypatch.setattr(module, 'rank_and_ranks', lambda rank=rank: (rank, 4))
        torch.manual_seed(0)
        outputs.append(layer(x))
    assert not any(torch.equal(outputs[a], outputs[b]) for a in range(4) for b in range(a + 1, 4))


@pytest.mark.parametrize('use_reentrant', [False, True])
@pytest.mark.parametrize(
    ('layer', 'preserve_rng_state'),
    [
        (active(5, crop='both'), False),
        (active(5, crop='both'), True),
        (CrossNorm(prob=1.0, crop='both'), True),
        (CrossNorm(prob=0.5, crop='both'), True),
    ],
    ids=['hook', 'hook, generator restored', 'prob 1', 'prob 0.5'],
)
def test_checkpointing_changes_no_gradient(layer, preserve_rng_state, use_reentrant):
    net = nn.Sequential(nn.Conv2d(2, 3, 3), layer, nn.ReLU(), nn.Conv2d(3, 2, 3))
    for seed in range(6):
        plain = gradients(net, seed)
        checkpointed = gradients(
            net, seed, use_reentrant=use_reentrant, preserve_rng_state=preserve_rng_state
        )
        for a, b in zip(plain, checkpointed, strict=True):
            assert torch.equal(a, b)


def gradients(net, seed, **checkpoint_arguments):
    net.zero_grad()
    x = random_map(6, 2, 9, 9).requires_grad_()
    torch.manual_seed(seed)
    out = checkpoint(net, x, **checkpoint_arguments) if checkpoint_arguments else net(x)
    torch.rand(3)
    out.square().sum().backward()
    return [x.grad, *(parameter.grad for parameter in net.parameters())]


@pytest.mark.parametrize('crop', ['neither', 'style', 'content', 'both'])
@pytest.mark.parametrize('x', EDGE_CASES.values(), ids=EDGE_CASES.keys())
def test_edge_cases_give_finite_outputs_and_gradients(x, crop):
    x = x.clone().requires_grad_()
    y = active(1, crop=crop)(x)
    y.float().square().sum().backward()
    assert (y.shape, y.dtype) == (x.shape, x.dtype)
    assert y.isfinite().all()
    assert x.grad.isfinite().all()


@pytest.mark.parametrize('make', [lambda x: x.transpose(2, 3), lambda x: x[:, ::2]])
def test_the_memory_layout_does_not_change_the_result(make):
    view = make(random_map(4, 6, 8, 9))
    layer = active(1, crop='both')
    assert_close(layer(view), layer(view.contiguous()), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize('autocast', [torch.bfloat16, torch.float16])
@pytest.mark.parametrize('dtype', [torch.float32, torch.bfloat16, torch.float16])
def test_autocast_keeps_the_input_dtype_and_float32_statistics(autocast, dtype):
    x = random_map(4, 3, 16, 16).to(dtype).requires_grad_()
    expected = active(1)(x)
    with torch.autocast('cpu', dtype=autocast):
        y = active(1)(x)
    y.float().square().sum().backward()
    assert y.dtype == dtype
    assert torch.equal(y, expected)
    assert x.grad.isfinite().all()


@pytest.mark.parametrize('copied', [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_an_active_layer_can_be_copied(copied):
    layer, x = active(5), random_map(8, 2, 5, 5)
    assert torch.equal(copied(layer)(x), layer(x))


def test_the_layer_has_no_state():
    assert not CrossNorm(3).state_dict()


@pytest.mark.parametrize(
    ('argument', 'value'),
    [
        ('crop', 'styles'),
        ('crop', None),
        ('mode', 'three_instance'),
        ('beta', 0),
        ('beta', -1.0),
        ('min_box_ratio', 1.0),
        ('min_box_ratio', -0.1),
        ('prob', 1.5),
        ('prob', -0.1),
        ('prob', float('nan')),
        ('beta', float('nan')),
    ],
)
def test_an_argument_out_of_range_is_named(argument, value):
    with pytest.raises(ValueError, match=rf'{argument}.*{value}'):
        CrossNorm(**{argument: value})


def test_valid_bounds_are_accepted():
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        for arguments in ({'prob': 0}, {'prob': 1}, {'min_box_ratio': 0}, {'beta': 0.01}):
            CrossNorm(**arguments)
