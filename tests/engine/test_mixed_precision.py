import runpy
import sys
from pathlib import Path

import pytest
import torch
from mmengine.registry import OPTIM_WRAPPERS
from small_training import train
from training_state import state

from cnsn_seg import cli
from cnsn_seg.engine.mixed_precision import usual_dtype

DTYPES = ['float16', 'bfloat16']


def mixed(dtype: str, **options) -> dict:
    return dict(type='MixedPrecisionOptimWrapper', dtype=dtype, **options)


@pytest.mark.parametrize('dtype', DTYPES)
def test_the_loss_is_that_of_float32_as_closely_as_the_type_rounds(tmp_path, dtype):
    train(tmp_path / 'single', iterations=1)
    train(tmp_path / 'mixed', iterations=1, optim_wrapper=mixed(dtype))
    expected, found = (state(tmp_path / name, 1)['.losses.0'] for name in ('single', 'mixed'))
    assert found != expected
    assert found == pytest.approx(expected, rel=4 * torch.finfo(getattr(torch, dtype)).eps)


@pytest.mark.parametrize('dtype', DTYPES)
def test_weights_stay_float32_and_training_resumes_to_the_bit(tmp_path, dtype):
    train(tmp_path / 'whole', optim_wrapper=mixed(dtype))
    for iterations in (5, 10):
        options = dict(iterations=iterations, resume=iterations > 5)
        train(tmp_path / 'parts', optim_wrapper=mixed(dtype), **options)
    assert state(tmp_path / 'parts', 10) == state(tmp_path / 'whole', 10)
    weights = torch.load(tmp_path / 'whole/iter_10.pth', weights_only=True)['state_dict']
    assert {value.dtype for value in weights.values()} == {torch.float32, torch.int64}


def wrapper(dtype: str = 'float16', **options):
    weight = torch.nn.Parameter(torch.ones(2))
    optimizer = torch.optim.SGD([weight], lr=1.0)
    return weight, OPTIM_WRAPPERS.build(dict(mixed(dtype, **options), optimizer=optimizer))


def test_small_gradients_do_not_vanish_in_float16():
    weight, wrapped = wrapper()
    with wrapped.optim_context(torch.nn.Identity()):
        loss = (weight.half() * 1e-6).float().sum() * 1e-3
    wrapped.update_params(loss)
    assert (1 - weight.detach()).tolist() == pytest.approx([0, 0], abs=1e-7)
    assert not weight.detach().isnan().any()


def test_a_step_that_overflows_is_left_out_and_the_scale_lowered():
    weight, wrapped = wrapper()
    scale = wrapped.loss_scaler.get_scale()
    wrapped.update_params((weight.half() * 60000).float().sum())
    assert weight.tolist() == [1, 1]
    assert wrapped.loss_scaler.get_scale() == scale / 2


def test_clipping_looks_at_gradients_without_the_scale():
    weight, wrapped = wrapper(clip_grad=dict(max_norm=0.1))
    wrapped.update_params(weight.sum() * 3)
    assert (1 - weight.detach()).norm().item() == pytest.approx(0.1, rel=1e-4)


def test_a_state_without_a_scale_is_loaded():
    weight, wrapped = wrapper()
    plain = OPTIM_WRAPPERS.build(
        dict(type='OptimWrapper', optimizer=torch.optim.SGD([weight], lr=0.5))
    )
    wrapped.load_state_dict(plain.state_dict())
    assert wrapped.get_lr()['lr'] == [0.5]


def test_another_type_is_refused():
    with pytest.raises(ValueError, match='float16, bfloat16, got float64'):
        wrapper('float64')


@pytest.mark.parametrize(
    ('arguments', 'dtype'),
    [
        (['--amp', 'x.py'], usual_dtype()),
        (['x.py', '--amp'], usual_dtype()),
        (['x.py', '--amp', '--seed', '3'], usual_dtype()),
        (['--amp', 'float16', 'x.py'], 'float16'),
        (['x.py', '--amp=bfloat16'], 'bfloat16'),
        (['x.py'], None),
    ],
)
def test_the_option_may_stand_anywhere(monkeypatch, arguments, dtype):
    tool = runpy.run_path(str(Path(__file__).parents[2] / 'tools/train.py'))
    chosen = []
    monkeypatch.setitem(tool['main'].__globals__, 'train', lambda _, **how: chosen.append(how))
    monkeypatch.setattr(cli, 'config_of', lambda args: args.config)
    monkeypatch.setattr(sys, 'argv', ['train.py', *arguments])
    tool['main']()
    assert [how['amp'] for how in chosen] == [dtype]
