import re

import pytest
import torch
from mmengine.hooks import Hook
from small_training import train
from training_state import state

NON_FINITE = dict(type='NonFiniteHook')
MIXED = dict(type='MixedPrecisionOptimWrapper', dtype='float16')


class Break(Hook):
    """Break something in the middle of the training."""

    def __init__(self, at: int, how: str) -> None:
        self.at, self.how = at, how

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if runner.iter != self.at:
            return
        body = runner.model.body
        if self.how == 'output':
            body[3].register_forward_hook(lambda module, inputs, output: output * float('nan'))
        elif self.how == 'gradient':
            body[4].weight.register_hook(lambda gradient: gradient * float('inf'))
        elif self.how == 'loss':
            parse = runner.model.parse_losses
            runner.model.parse_losses = lambda losses: (parse(losses)[0] + float('inf'), {})
        elif self.how == 'weight':
            body[4].weight.data[0] = float('nan')


def broken(tmp_path, how: str, at: int = 4, **options) -> str:
    with pytest.raises(FloatingPointError) as caught:
        train(
            tmp_path,
            hooks=[NON_FINITE, Break(at, how)],
            checkpoint=dict(interval=100),
            **options,
        )
    return str(caught.value)


PRECISIONS = pytest.mark.parametrize('optim_wrapper', [None, MIXED], ids=['float32', 'float16'])


@PRECISIONS
@pytest.mark.parametrize(
    ('how', 'cause'),
    [
        ('output', r'the output of body\.3 \(ReLU\) is the first'),
        ('weight', r'the parameter body\.4\.weight was not before'),
        ('loss', 'the loss is not, though all outputs are'),
    ],
)
def test_the_module_is_named(tmp_path, how, cause, optim_wrapper):
    message = broken(tmp_path, how, optim_wrapper=optim_wrapper)
    assert re.search(cause, message)
    assert 'iteration 5' in message


def test_a_gradient_is_named(tmp_path):
    message = broken(tmp_path, 'gradient')
    assert 'the gradient of body.4.weight is the first that is not' in message


@PRECISIONS
@pytest.mark.parametrize('how', ['output', 'loss'])
def test_what_is_left_is_from_before(tmp_path, how, optim_wrapper):
    broken(tmp_path / 'broken', how, optim_wrapper=optim_wrapper)
    train(tmp_path / 'whole', iterations=4, optim_wrapper=optim_wrapper)
    assert state(tmp_path / 'broken', 4) == state(tmp_path / 'whole', 4)


@PRECISIONS
def test_training_goes_on_from_it(tmp_path, optim_wrapper):
    options = dict(optim_wrapper=optim_wrapper)
    broken(tmp_path / 'broken', 'output', **options)
    start = str(tmp_path / 'broken/iter_4.pth')
    train(tmp_path / 'broken', resume=True, load_from=start, **options)
    train(tmp_path / 'whole', **options)
    assert state(tmp_path / 'broken', 10) == state(tmp_path / 'whole', 10)


def test_gradients_that_overflow_at_any_scale_stop_float16_training(tmp_path):
    message = broken(tmp_path, 'gradient', at=2, optim_wrapper=MIXED, iterations=40)
    assert re.search('iteration (1.|2.) is not finite', message)
    assert 'the gradient of body.4.weight' in message


@PRECISIONS
def test_a_sound_training_is_the_same_with_and_without(tmp_path, optim_wrapper):
    train(tmp_path / 'with', hooks=[NON_FINITE], optim_wrapper=optim_wrapper)
    train(tmp_path / 'without', optim_wrapper=optim_wrapper)
    assert state(tmp_path / 'with', 10) == state(tmp_path / 'without', 10)
    assert torch.isfinite(torch.tensor(state(tmp_path / 'with', 10)['.losses.0']))
