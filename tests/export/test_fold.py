import copy

import pytest
import torch
from mmseg.registry import MODELS
from torch import nn

from cnsn_seg.export import FoldedSelfNorm, for_inference
from cnsn_seg.layers import CNSN, CrossNorm, SelfNorm


@pytest.mark.parametrize('two_branch', [False, True])
@pytest.mark.parametrize('shape', [(2, 5, 7), (3, 5, 4, 6), (1, 5, 1, 1), (2, 5, 2, 3, 4)])
def test_a_folded_layer_equals_the_layer(randomised, two_branch, shape):
    layer = randomised(SelfNorm(5, two_branch=two_branch).double())
    x = torch.randn(shape, dtype=torch.float64) * 3 + 1
    torch.testing.assert_close(FoldedSelfNorm(layer)(x), layer(x), rtol=1e-12, atol=1e-12)


def test_a_folded_layer_keeps_to_float32(randomised):
    layer = randomised(SelfNorm(5))
    x = torch.randn(2, 5, 8, 9)
    y = FoldedSelfNorm(layer)(x)
    assert y.dtype == torch.float32
    torch.testing.assert_close(y, layer(x))


def test_a_map_without_variance_stays_finite(randomised):
    layer = randomised(SelfNorm(3, two_branch=True))
    x = torch.zeros(2, 3, 4, 4)
    torch.testing.assert_close(FoldedSelfNorm(layer)(x), layer(x))


def resnet(depth: int = 18, **options) -> nn.Module:
    widths = dict(stem_channels=8, base_channels=8, style='pytorch')
    backbone = dict(type='CNSNResNet', depth=depth, norm_cfg=dict(type='BN'), **widths)
    return MODELS.build({**backbone, **options})


NETWORKS = dict(
    block=lambda: resnet(cnsn=dict(sn_pos='residual', cn_pos='post', prob=1)),
    one_place=lambda: resnet(cnsn=dict(sn_pos='pre', cn_pos='pre', two_branch=True, prob=1)),
    input=lambda: resnet(cnsn=dict(sn_pos='post', cn_pos='post', cn_stages=(0,), prob=1)),
    snbn=lambda: resnet(norm_cfg=dict(type='SNBN')),
    cnbn=lambda: resnet(norm_cfg=dict(type='CNBN', cross_norm=dict(prob=1))),
    cnsnbn=lambda: resnet(norm_cfg=dict(type='CNSNBN', self_norm=dict(two_branch=True))),
    plugin=lambda: resnet(
        type='ResNet', depth=50, plugins=[dict(cfg=dict(type='CNSN'), position='after_conv3')]
    ),
    sync=lambda: nn.SyncBatchNorm.convert_sync_batchnorm(resnet(cnsn=dict(sn_pos='post'))),
    plain=lambda: nn.Sequential(nn.Conv2d(3, 4, 1), CNSN(4, prob=1), CrossNorm(prob=1)),
    layer=lambda: CNSN(3, prob=1),
)


@pytest.mark.parametrize('name', NETWORKS)
def test_a_network_computes_the_same_without_training_layers(randomised, name):
    network = randomised(NETWORKS[name]())
    before = copy.deepcopy(network.state_dict())
    network.train()
    folded = for_inference(network)
    kinds = {type(module) for module in folded.modules()}
    assert not kinds & {CrossNorm, SelfNorm, CNSN}
    assert not any(issubclass(kind, nn.BatchNorm1d) for kind in kinds)
    assert (FoldedSelfNorm in kinds) == (name != 'cnbn')
    assert not any(parameter.requires_grad for parameter in folded.parameters())

    assert network.training
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())
    network.eval()
    x = torch.randn(2, 3, 32, 48)
    torch.testing.assert_close(folded(x), network(x), rtol=1e-4, atol=1e-5)
