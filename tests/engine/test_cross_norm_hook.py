import warnings
from types import SimpleNamespace

import pytest
import torch
import torch._dynamo
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch import nn

from cnsn_seg.engine import CrossNormHook, cross_norm_hook
from cnsn_seg.layers import CrossNorm
from cnsn_seg.layers import cross_norm as cross_norm_module

LAYERS = 5


class Net(BaseModel):
    """Takes note of which CrossNorms act in each of two passes per iteration."""

    def __init__(self, make_layer=CrossNorm):
        super().__init__()
        torch.manual_seed(0)
        blocks = [(nn.Conv2d(2, 2, 3, padding=1), make_layer()) for _ in range(LAYERS)]
        self.body = nn.Sequential(*(module for block in blocks for module in block))
        self.dropout = nn.Dropout(0.5)
        self.acting = []
        for layer in self.body[1::2]:
            layer.register_forward_hook(lambda m, x, y: self._now.append(y is not x[0]))

    def forward(self, x, mode='tensor'):
        self._now = []
        first, second = self.body(x), self.body(x)
        self.acting.append(self._now)
        self.passes_agree = torch.equal(first, second)
        if mode == 'tensor':
            return first
        return dict(loss=self.dropout(first).square().mean())


class Images(torch.utils.data.Dataset):
    def __len__(self):
        return 32

    def __getitem__(self, index):
        return dict(x=torch.randn(2, 5, 5, generator=torch.Generator().manual_seed(index)))


def train(work_dir, hook=None, net=None, iterations=40, seed=7, **arguments):
    net = Net() if net is None else net
    default_hooks = dict.fromkeys(
        ('timer', 'logger', 'param_scheduler', 'sampler_seed', 'checkpoint')
    )
    runner = Runner(
        model=net,
        work_dir=str(work_dir),
        train_dataloader=dict(
            batch_size=8,
            num_workers=0,
            dataset=Images(),
            sampler=dict(type='InfiniteSampler', shuffle=True),
            collate_fn=dict(type='default_collate'),
        ),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.05)),
        train_cfg=dict(by_epoch=False, max_iters=iterations),
        default_hooks=default_hooks | arguments.pop('default_hooks', {}),
        custom_hooks=[] if hook is None else [dict(type='CrossNormHook', **hook)],
        randomness=dict(seed=seed),
        log_level='ERROR',
        experiment_name=f'{work_dir.name}_{id(net)}',
        **arguments,
    )
    runner.train()
    return net


def choices(net):
    return [tuple(acting[:LAYERS]) for acting in net.acting]


def weights(net):
    return [parameter.detach() for parameter in net.parameters()]


@pytest.mark.parametrize('num_active', [1, 3, LAYERS])
def test_each_iteration_activates_none_or_num_active_layers(num_active, tmp_path):
    net = train(tmp_path, dict(prob=0.5, num_active=num_active))
    assert {sum(choice) for choice in choices(net)} == {0, num_active}


@pytest.mark.parametrize('prob', [0.25, 0.8])
def test_iterations_with_cross_norm_are_about_as_frequent_as_prob(prob, tmp_path):
    net = train(tmp_path, dict(prob=prob), iterations=300)
    share = sum(any(choice) for choice in choices(net)) / 300
    assert share == pytest.approx(prob, abs=0.08)


def test_every_layer_gets_its_turn(tmp_path):
    net = train(tmp_path, dict(prob=1.0), iterations=60)
    assert set(choices(net)) == {tuple(i == j for j in range(LAYERS)) for i in range(LAYERS)}


def test_one_choice_holds_for_the_whole_iteration(tmp_path):
    net = Net()
    agreed = []
    net.dropout.register_forward_hook(lambda *_: agreed.append(net.passes_agree))
    train(tmp_path, dict(prob=0.8, num_active=2), net)
    assert all(acting[:LAYERS] == acting[LAYERS:] for acting in net.acting)
    assert agreed == [True] * 40


def test_the_choices_repeat_under_the_same_seed(tmp_path):
    first, second = (train(tmp_path / name, dict(prob=0.5)) for name in 'ab')
    assert choices(first) == choices(second)
    assert all(map(torch.equal, weights(first), weights(second)))


def test_the_choices_depend_on_the_seed_of_the_run(tmp_path):
    first, second = (train(tmp_path / str(seed), dict(prob=0.5), seed=seed) for seed in (1, 2))
    assert choices(first) != choices(second)


def test_the_choices_depend_on_nothing_the_model_draws(tmp_path):
    class Wasteful(Net):
        def forward(self, x, mode='tensor'):
            torch.rand(17)
            return super().forward(x, mode)

    first, second = (
        train(tmp_path / 'a', dict(prob=0.5)),
        train(tmp_path / 'b', dict(prob=0.5), Wasteful()),
    )
    assert choices(first) == choices(second)


def test_ranks_choose_differently(tmp_path, monkeypatch):
    runs = []
    for rank in (0, 1):
        monkeypatch.setattr(cross_norm_hook, 'get_rank', lambda rank=rank: rank)
        runs.append(choices(train(tmp_path / str(rank), dict(prob=0.5))))
    assert runs[0] != runs[1]


def test_every_layer_and_iteration_draws_its_own_exchange(tmp_path, monkeypatch):
    draw, drawn = CrossNorm.draw, []

    def recorded(layer, *args):
        exchange = draw(layer, *args)
        drawn.append(tuple(exchange.permutation.tolist()))
        return exchange

    monkeypatch.setattr(CrossNorm, 'draw', recorded)
    train(tmp_path, dict(prob=1.0, num_active=LAYERS), iterations=4)
    assert len(drawn) == 4 * 2 * LAYERS
    assert len(set(drawn)) == 4 * LAYERS


@pytest.mark.parametrize('own_prob', [None, 0.0])
def test_prob_zero_trains_the_plain_network_bit_for_bit(own_prob, tmp_path):
    hook = dict(prob=0.0) if own_prob is None else None
    net = train(tmp_path / 'cn', hook, Net(lambda: CrossNorm(prob=own_prob)))
    plain = train(tmp_path / 'plain', None, Net(nn.Identity))
    assert not any(map(any, choices(net)))
    assert all(map(torch.equal, weights(net), weights(plain)))


def test_an_active_layer_trains_another_network(tmp_path):
    net = train(tmp_path / 'cn', dict(prob=0.5))
    plain = train(tmp_path / 'plain', None, Net(nn.Identity))
    assert not any(map(torch.equal, weights(net), weights(plain)))


def test_resuming_makes_the_choices_of_an_unbroken_run(tmp_path):
    whole = train(tmp_path / 'whole', dict(prob=0.5, num_active=2), iterations=30)
    checkpoint = dict(checkpoint=dict(type='CheckpointHook', by_epoch=False, interval=10))
    train(
        tmp_path / 'broken',
        dict(prob=0.5, num_active=2),
        iterations=10,
        default_hooks=checkpoint,
    )
    resumed = train(tmp_path / 'broken', dict(prob=0.5, num_active=2), iterations=30, resume=True)
    assert len(choices(resumed)) == 20
    assert choices(resumed) == choices(whole)[10:]


def test_the_layers_are_inactive_after_training(tmp_path):
    net = train(tmp_path, dict(prob=1.0, num_active=LAYERS), iterations=3)
    net.train()
    net(torch.randn(4, 2, 5, 5))
    assert choices(net)[-1] == (False,) * LAYERS


def test_layers_with_their_own_prob_are_left_to_themselves(tmp_path):
    probs = iter([None, None, 0.0, 1.0, 1.0])
    net = train(tmp_path, dict(prob=0.5, num_active=2), Net(lambda: CrossNorm(prob=next(probs))))
    assert {choice[:2] for choice in choices(net)} == {(True, True), (False, False)}
    assert {choice[2:] for choice in choices(net)} == {(False, True, True)}


def test_only_training_without_the_hook_warns(tmp_path):
    cross_norm_module._warn_no_hook.cache_clear()
    with warnings.catch_warnings():
        warnings.filterwarnings('error', message='CrossNorm')
        train(tmp_path / 'with', dict(prob=0.5), iterations=3)
    with pytest.warns(UserWarning, match='custom_hooks') as caught:
        train(tmp_path / 'without', iterations=3)
    assert sum('CrossNorm has no prob' in str(warning.message) for warning in caught) == 1


@pytest.mark.parametrize(
    ('hook', 'make_layer', 'message'),
    [
        (dict(num_active=LAYERS + 1), CrossNorm, r'activate 6 CrossNorm .* has 5'),
        (dict(), nn.Identity, r'activate 1 CrossNorm .* has 0'),
        (dict(), lambda: CrossNorm(prob=0.5), r'has 0 without a prob of their own'),
    ],
)
def test_too_few_layers_are_refused(hook, make_layer, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        train(tmp_path, hook, Net(make_layer))


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (dict(prob=-0.1), r'prob in \[0, 1\], got -0.1'),
        (dict(prob=1.1), r'prob in \[0, 1\], got 1.1'),
        (dict(prob=float('nan')), r'prob in \[0, 1\], got nan'),
        (dict(num_active=0), 'num_active >= 1, got 0'),
    ],
)
def test_arguments_out_of_range_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        CrossNormHook(**arguments)


class FrozenNet(Net):
    """Keeps its first blocks in evaluation mode, as ``frozen_stages`` of a backbone does."""

    def __init__(self, frozen):
        super().__init__()
        self.frozen = frozen

    def train(self, mode=True):
        super().train(mode)
        for block in self.body[: 2 * self.frozen]:
            block.eval()
        return self


def test_frozen_layers_are_not_chosen(tmp_path):
    net = train(tmp_path, dict(prob=1.0), net=FrozenNet(frozen=3))
    assert {choice.index(True) for choice in choices(net)} == {3, 4}


def test_a_model_frozen_beyond_num_active_is_refused(tmp_path):
    with pytest.raises(ValueError, match='only 1 of 5 are in training mode'):
        train(tmp_path, dict(prob=1.0, num_active=2), net=FrozenNet(frozen=4))


def test_a_compiled_model_may_have_a_graph_for_every_choice():
    runner = SimpleNamespace(model=Net(), cfg=dict(compile=True), seed=0)
    with torch._dynamo.config.patch(recompile_limit=8):
        CrossNormHook(num_active=2).before_train(runner)
        assert torch._dynamo.config.recompile_limit == 10 + 2
        CrossNormHook(num_active=1).before_train(runner)
        assert torch._dynamo.config.recompile_limit == 10 + 2
