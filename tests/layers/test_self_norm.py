import oracles
import pytest
import torch
from maps import EDGE_CASES as SHARED_CASES
from maps import random_map
from torch import nn
from torch.testing import assert_close

from cnsn_seg.layers import SelfNorm
from cnsn_seg.layers.functional import instance_stats

BOTH_BRANCHINGS = pytest.mark.parametrize('two_branch', [False, True])
SHAPES = [(5, 4, 7), (5, 4, 6, 3), (5, 4, 3, 4, 2)]


def trained(channels, two_branch=False):
    torch.manual_seed(0)
    layer = SelfNorm(channels, two_branch, init='reference')
    for name, parameter in layer.named_parameters():
        if '_bn' in name:
            nn.init.normal_(parameter)
    return layer


def gate_of(layer, name):
    fc, norm = getattr(layer, f'{name}_fc'), getattr(layer, f'{name}_bn')
    return [p.detach().numpy() for p in (fc.weight.squeeze(1), norm.weight, norm.bias)]


@BOTH_BRANCHINGS
@pytest.mark.parametrize('shape', SHAPES)
def test_the_layer_equals_a_loop(shape, two_branch):
    layer, x = trained(shape[1], two_branch).double(), random_map(*shape).double()
    f_gate = gate_of(layer, 'f') if two_branch else None
    expected = oracles.self_norm(x.numpy(), gate_of(layer, 'g'), f_gate)
    assert_close(layer(x), torch.from_numpy(expected))


@BOTH_BRANCHINGS
@pytest.mark.parametrize('training', [False, True])
def test_the_layer_has_the_gradient_of_its_formula(two_branch, training):
    layer = trained(2, two_branch).double().train(training)
    x = random_map(3, 2, 3, 3).double().requires_grad_()
    parameters = tuple(layer.parameters())

    def forward(x, *parameters):
        names = [name for name, _ in layer.named_parameters()]
        return torch.func.functional_call(layer, dict(zip(names, parameters, strict=True)), x)

    assert torch.autograd.gradcheck(forward, (x, *parameters))


def test_two_branches_scale_mean_and_std_apart():
    layer, x = trained(4, two_branch=True).double(), random_map(5, 4, 6, 6).double()
    (mean, std), (out_mean, out_std) = instance_stats(x, 0), instance_stats(layer(x), 0)
    f, g = out_mean / mean, out_std / std
    for gate in (f, g):
        assert ((gate > 0) & (gate < 1)).all()
    assert (f - g).abs().max() > 0.1


@BOTH_BRANCHINGS
@pytest.mark.parametrize('training', [False, True])
def test_identity_initialisation_starts_within_about_one_percent(two_branch, training):
    layer, x = SelfNorm(4, two_branch, init='identity').train(training), random_map(5, 4, 6, 6)
    assert ((layer(x) - x).abs() <= 0.011 * x.abs() + 1e-6).all()


@BOTH_BRANCHINGS
def test_identity_initialisation_can_still_learn(two_branch):
    torch.manual_seed(0)
    layer, x = SelfNorm(4, two_branch, init='identity'), random_map(8, 4, 6, 6)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
    before = [parameter.detach().clone() for parameter in layer.parameters()]
    for _ in range(3):
        optimizer.zero_grad()
        layer(x).pow(4).mean().backward()
        optimizer.step()
    for parameter, start in zip(layer.parameters(), before, strict=True):
        assert not torch.equal(parameter, start)


def test_identity_is_the_default():
    x = random_map(5, 4, 6, 6)
    assert_close(SelfNorm(4)(x), x, rtol=0.011, atol=1e-6)


@BOTH_BRANCHINGS
def test_reference_initialisation_is_pytorchs_default(two_branch):
    layer = SelfNorm(6, two_branch, init='reference')
    torch.manual_seed(0)
    layer.init_weights()
    torch.manual_seed(0)
    for name in ('g', 'f') if two_branch else ('g',):
        fc, norm = nn.Conv1d(6, 6, 2, groups=6, bias=False), nn.BatchNorm1d(6)
        assert torch.equal(getattr(layer, f'{name}_fc').weight, fc.weight)
        for key, value in norm.state_dict().items():
            assert torch.equal(getattr(layer, f'{name}_bn').state_dict()[key], value)


def test_initialisation_restores_running_statistics():
    layer = SelfNorm(4)
    layer(random_map(5, 4, 6, 6))
    assert layer.g_bn.num_batches_tracked == 1
    layer.init_weights()
    assert layer.g_bn.num_batches_tracked == 0
    assert torch.equal(layer.g_bn.running_mean, torch.zeros(4))


@BOTH_BRANCHINGS
def test_the_parameters_have_the_authors_names(two_branch):
    modules = ('g_fc', 'g_bn', 'f_fc', 'f_bn') if two_branch else ('g_fc', 'g_bn')
    names = {name.rsplit('.', 1)[0] for name in SelfNorm(3, two_branch).state_dict()}
    assert names == set(modules)


def test_an_unknown_initialisation_is_refused():
    with pytest.raises(ValueError, match=r"init .*'zeros'"):
        SelfNorm(3, init='zeros')


@BOTH_BRANCHINGS
def test_a_batch_of_one_is_refused_in_training_and_works_in_evaluation(two_branch):
    layer, x = trained(3, two_branch), random_map(1, 3, 4, 4)
    with pytest.raises(ValueError, match='batch size of at least 2'):
        layer(x)
    assert layer.eval()(x).isfinite().all()


def test_a_batch_of_one_trains_while_the_gate_norm_is_frozen():
    layer = trained(3)
    layer.g_bn.eval()
    assert layer(random_map(1, 3, 4, 4)).isfinite().all()


def test_evaluation_treats_every_sample_alone():
    layer, x = trained(3).eval(), random_map(4, 3, 5, 5)
    assert_close(layer(x)[:1], layer(x[:1]))


EDGE_CASES = SHARED_CASES | {
    'large float16': torch.full((4, 3, 64, 64), 30000.0, dtype=torch.float16)
}


@BOTH_BRANCHINGS
@pytest.mark.parametrize('training', [False, True])
@pytest.mark.parametrize('x', EDGE_CASES.values(), ids=EDGE_CASES.keys())
def test_edge_cases_give_finite_outputs_and_gradients(x, two_branch, training):
    layer, x = trained(3, two_branch).train(training), x.clone().requires_grad_()
    y = layer(x)
    y.float().mean().backward()
    assert (y.shape, y.dtype) == (x.shape, x.dtype)
    assert y.isfinite().all()
    for tensor in (x, *layer.parameters()):
        assert tensor.grad.isfinite().all()


@BOTH_BRANCHINGS
@pytest.mark.parametrize('autocast', [torch.bfloat16, torch.float16])
@pytest.mark.parametrize('dtype', [torch.float32, torch.bfloat16, torch.float16])
def test_autocast_keeps_the_input_dtype_and_float32_gates(autocast, dtype, two_branch):
    layer, x = trained(3, two_branch), random_map(4, 3, 16, 16).to(dtype)
    expected = layer(x)
    with torch.autocast('cpu', dtype=autocast):
        y = layer(x)
    assert y.dtype == dtype
    assert torch.equal(y, expected)


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float64])
def test_a_model_converted_as_a_whole_runs_in_its_type(dtype):
    layer, x = trained(3).to(dtype), random_map(4, 3, 5, 5).to(dtype)
    y = layer(x)
    assert y.dtype == dtype
    assert_close(y.float(), trained(3)(x.float()), rtol=0.05, atol=0.05)


def test_shapes_can_be_computed_without_data():
    layer = trained(3).to('meta')
    assert layer(torch.empty(4, 3, 5, 5, device='meta')).shape == (4, 3, 5, 5)


def test_gates_see_no_neighbouring_channel():
    layer, x = trained(4), random_map(5, 4, 6, 6)
    changed = x.clone()
    changed[:, 2] *= 3
    kept = [0, 1, 3]
    assert_close(layer(changed)[:, kept], layer(x)[:, kept])
