"""The authors' released modules: inputs, outputs and gradients of real calls."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from cnsn_seg.layers import CrossNorm, Exchange, SelfNorm
from cnsn_seg.layers.functional import cross_norm

DATA = Path(__file__).parents[1] / 'data'
CASES = json.loads((DATA / 'cnsn_reference_cases.json').read_text())
CROSS_NORM = [case for case in CASES if case['kind'] == 'crossnorm']
SELF_NORM = [case for case in CASES if case['kind'] == 'selfnorm']


@pytest.fixture(scope='module')
def arrays():
    with np.load(DATA / 'cnsn_reference_cases.npz') as file:
        return dict(file)


def relative_error(actual, reference):
    difference = actual.detach().numpy().astype(np.float64) - reference
    return np.linalg.norm(difference) / np.linalg.norm(reference.astype(np.float64))


def exchange_of(case, arrays):
    boxes = [tuple(box) for box in case['boxes_in_call_order']]
    return Exchange(
        torch.from_numpy(arrays[f'{case["key"]}_perm']),
        style_box=boxes.pop(0) if case['crop'] in ('style', 'both') else None,
        content_box=boxes.pop(0) if case['crop'] in ('content', 'both') else None,
    )


def input_of(case, arrays):
    return torch.from_numpy(arrays[f'{case["key"]}_x']).requires_grad_()


def gradient_of(case, arrays):
    return torch.from_numpy(arrays[f'{case["key"]}_gy'])


def self_norm_of(case, arrays):
    prefix = f'{case["key"]}_sd_'
    state = {
        name.removeprefix(prefix): torch.from_numpy(array)
        for name, array in arrays.items()
        if name.startswith(prefix)
    }
    layer = SelfNorm(len(state['g_bn.weight']), two_branch=case['is_two'])
    layer.load_state_dict(state, strict=True)
    return layer


@pytest.mark.parametrize('case', CROSS_NORM, ids=lambda case: case['key'])
@pytest.mark.parametrize('as_module', [False, True])
def test_cross_norm_equals_the_released_one(case, as_module, arrays):
    x, exchange = input_of(case, arrays), exchange_of(case, arrays)
    if as_module:
        y = CrossNorm(crop=case['crop'], beta=case['beta'], eps=case['eps'])(x, exchange)
    else:
        y = cross_norm(x, eps=case['eps'], **exchange._asdict())
    y.backward(gradient_of(case, arrays))
    assert relative_error(y, arrays[f'{case["key"]}_y']) <= 1e-5
    assert relative_error(x.grad, arrays[f'{case["key"]}_gx']) <= 1e-5


@pytest.mark.parametrize('case', SELF_NORM, ids=lambda case: case['key'])
def test_self_norm_equals_the_released_one_in_training(case, arrays):
    key, x, layer = case['key'], input_of(case, arrays), self_norm_of(case, arrays)
    y = layer(x)
    y.backward(gradient_of(case, arrays))
    assert relative_error(y, arrays[f'{key}_y']) <= 1e-5
    assert relative_error(x.grad, arrays[f'{key}_gx']) <= 1e-5
    for name, parameter in layer.named_parameters():
        assert relative_error(parameter.grad, arrays[f'{key}_g_{name}']) <= 1e-4


@pytest.mark.parametrize('case', SELF_NORM, ids=lambda case: case['key'])
def test_self_norm_keeps_the_released_running_statistics_and_evaluates_alike(case, arrays):
    key, x, layer = case['key'], input_of(case, arrays), self_norm_of(case, arrays)
    layer(x)
    for name, buffer in layer.named_buffers():
        if 'running' in name:
            assert relative_error(buffer, arrays[f'{key}_after_{name}']) <= 1e-5
    assert relative_error(layer.eval()(x), arrays[f'{key}_y_eval']) <= 1e-5
