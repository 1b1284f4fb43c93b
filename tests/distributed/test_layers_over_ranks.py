"""Layers that work over ranks do what they do in one process with all samples."""

import copy

import pytest
import torch
from ranks import on_ranks
from torch import nn
from torch.testing import assert_close
from torch.utils.checkpoint import checkpoint

from cnsn_seg.layers import CNSN, CrossNorm, SelfNorm
from cnsn_seg.layers.in_turn import apply_in_turn
from cnsn_seg.layers.sync_batch_norm import SyncBatchNormOnCPU

COUNTS = (3, 1, 4)
RANKS, SAMPLES = len(COUNTS), sum(COUNTS)


def batch_norm(**options):
    layer = nn.BatchNorm2d(3, **options)
    for parameter in layer.parameters():
        nn.init.uniform_(parameter, 0.5, 1.5)
    return layer


def cross_norm(**options):
    layer = CrossNorm(sync_styles=True, **options)
    layer.activate(5)
    return layer


class Recomputed(nn.Sequential):
    """Keeps nothing for backward, as ``with_cp`` of a backbone."""

    def forward(self, x):
        return checkpoint(super().forward, x, use_reentrant=False)


CHAINS = {
    'BN': lambda: [batch_norm()],
    'plain BN': lambda: [batch_norm(affine=False)],
    'averaging BN': lambda: [batch_norm(momentum=None)],
    'SN': lambda: [SelfNorm(3, init='reference', two_branch=True)],
    'CN': lambda: [cross_norm()],
    'CN of channels': lambda: [cross_norm(mode='two_instance_channel')],
    'CN with a style box': lambda: [cross_norm(crop='style')],
    'CN with a content box': lambda: [cross_norm(crop='content')],
    'CN with both boxes': lambda: [cross_norm(crop='both')],
    'CN that decides by itself': lambda: [CrossNorm(sync_styles=True, prob=0.5)],
    'recomputed BN CN CN': lambda: [
        Recomputed(batch_norm(), cross_norm(crop='both'), CrossNorm(sync_styles=True, prob=0.5))
    ],
    'BN CN SN': lambda: [batch_norm(), cross_norm(), SelfNorm(3, init='reference')],
    'BN CNSN ReLU CN': lambda: [
        batch_norm(),
        CNSN(3, init='reference', prob=0.5, sync_styles=True),
        nn.ReLU(),
        cross_norm(crop='style'),
    ],
}


def layers_of(name):
    torch.manual_seed(1)
    return nn.ModuleList(CHAINS[name]()).double()


def batch():
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(2, SAMPLES, 3, 6, 5, generator=generator, dtype=torch.float64)
    x[0] += 3 * torch.randn(SAMPLES, 3, 1, 1, generator=generator)
    return x


def own_samples(rank):
    """Deal the batch out to the ranks in turn, until each has its count."""
    turns = sorted((turn, other) for other in range(RANKS) for turn in range(COUNTS[other]))
    return [place for place, (_, other) in enumerate(turns) if other == rank]


def passes(layers, x, weight, seed):
    """Outputs and gradients of six training forwards, then parameters' gradients and buffers."""
    torch.manual_seed(seed)
    found = []
    for _ in range(6):
        x = x.detach().requires_grad_()
        y = apply_in_turn(x, layers)
        (y * weight).square().sum().backward()
        found.append((y.detach(), x.grad))
    grads = [parameter.grad for parameter in layers.parameters()]
    return found, grads, list(layers.buffers())


def on_this_rank():
    rank = torch.distributed.get_rank()
    x, weight = batch()[:, own_samples(rank)]
    found = {}
    for name in CHAINS:
        layers = nn.SyncBatchNorm.convert_sync_batchnorm(layers_of(name))
        SyncBatchNormOnCPU.take_over(layers)
        found[name] = passes(layers, x, weight, seed=7 + rank)
    return found


@pytest.fixture(scope='module')
def over_ranks(tmp_path_factory):
    return on_ranks(on_this_rank, RANKS, tmp_path_factory.mktemp('layers'))


@pytest.mark.parametrize('name', CHAINS)
def test_ranks_together_do_what_one_process_does(name, over_ranks):
    outputs, grads, buffers = passes(layers_of(name), *batch(), seed=7)
    for rank, (own_outputs, _, own_buffers) in enumerate(part[name] for part in over_ranks):
        own = own_samples(rank)
        assert_close(own_outputs, [(y[own], grad[own]) for y, grad in outputs])
        assert_close(own_buffers, buffers)
    summed = [sum(parts) for parts in zip(*(part[name][1] for part in over_ranks), strict=True)]
    assert_close(summed, grads)


def test_a_cross_norm_that_decides_by_itself_acts_in_some_forwards(over_ranks):
    outputs = passes(layers_of('CN that decides by itself'), *batch(), seed=7)[0]
    assert {bool(torch.equal(y, batch()[0])) for y, _ in outputs} == {True, False}


def test_without_a_process_group_styles_are_local():
    x = batch()[0]
    layer = cross_norm(crop='both')
    local = copy.deepcopy(layer)
    local.sync_styles = False
    assert torch.equal(layer(x), local(x))


def test_evaluation_is_that_of_plain_batch_norm():
    layer = batch_norm().double()
    layer(batch()[0])
    converted = nn.SyncBatchNorm.convert_sync_batchnorm(nn.Sequential(copy.deepcopy(layer)))
    SyncBatchNormOnCPU.take_over(converted)
    assert type(converted[0]) is SyncBatchNormOnCPU
    assert_close(converted.eval()(batch()[1]), layer.eval()(batch()[1]))


def test_one_instance_takes_no_styles_from_other_ranks():
    with pytest.raises(ValueError, match='leave sync_styles out'):
        CrossNorm(mode='one_instance', sync_styles=True)


def test_a_graph_breaks_only_where_styles_come_from_ranks():
    x = batch()[0]
    waiting, acting = CrossNorm(sync_styles=True), cross_norm()
    waiting.has_hook = True
    compiled = torch.compile(waiting, backend='eager', fullgraph=True)
    assert torch.equal(compiled(x), x)
    with pytest.raises(Exception, match='sync_styles'):
        torch.compile(acting, backend='eager', fullgraph=True)(x)
    assert torch.equal(torch.compile(acting, backend='eager')(x), acting(x))
