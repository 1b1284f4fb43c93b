"""``torch.compile`` of a whole network: no graph break, few graphs, the same numbers."""

import pytest
import torch
import torch._dynamo
from torch.testing import assert_close

from cnsn_seg.layers import CrossNorm
from cnsn_seg.models import CNSNResNet

pytestmark = pytest.mark.usefixtures('quiet_logger')


@pytest.fixture(autouse=True)
def _fresh_compiler():
    torch._dynamo.reset()
    with torch._dynamo.config.patch(recompile_limit=64):
        yield


class Compiled:
    """A small network, whole in one graph, that counts its graphs."""

    def __init__(self, **cnsn) -> None:
        torch.manual_seed(0)
        self.net = CNSNResNet(depth=18, base_channels=8, cnsn=cnsn).double()
        self.graphs = 0
        self.compiled = torch.compile(self.net, fullgraph=True, backend=self._count)

    def _count(self, graph, inputs):
        self.graphs += 1
        return graph.forward

    @property
    def cross_norms(self) -> list[CrossNorm]:
        return [layer for layer in self.net.modules() if isinstance(layer, CrossNorm)]

    def compare(self, x: torch.Tensor) -> None:
        """Compare values and gradients with the network that is not compiled."""
        state = {name: value.clone() for name, value in self.net.state_dict().items()}
        found = []
        for net in (self.compiled, self.net):
            self.net.load_state_dict(state)
            self.net.zero_grad()
            outs = net(x)
            sum(out.square().mean() for out in outs).backward()
            grads = [each.grad for each in self.net.parameters() if each.grad is not None]
            found.append([*outs, *(grad.clone() for grad in grads)])
        for one, other in zip(*found, strict=True):
            assert_close(one, other, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize('crop', ['neither', 'style', 'content', 'both'])
def test_one_graph_for_every_position_and_none_after_warm_up(crop):
    subject = Compiled(sn_pos='residual', cn_pos='post', crop=crop)
    x = torch.randn(3, 3, 32, 48, dtype=torch.float64)
    subject.net.eval()
    subject.compare(x)
    subject.net.train()
    for layer in subject.cross_norms:
        layer.has_hook = True
    subject.compare(x)
    assert subject.graphs == 2  # evaluation, and training without CrossNorm
    for seed in (1, 2):
        for index, layer in enumerate(subject.cross_norms):
            layer.activate(10 * seed + index)
            subject.compare(x)
            layer.deactivate()
        assert subject.graphs == 2 + len(subject.cross_norms)


@pytest.mark.parametrize('mode', ['two_instance_channel', 'one_instance'])
def test_channels_are_permuted_in_graphs_too(mode):
    subject = Compiled(cn_pos='residual', mode=mode)
    subject.cross_norms[3].activate(5)
    subject.compare(torch.randn(3, 3, 32, 48, dtype=torch.float64))


def test_cross_norm_and_self_norm_at_one_position():
    subject = Compiled(sn_pos='post', cn_pos='post', two_branch=True)
    subject.cross_norms[0].activate(5)
    subject.compare(torch.randn(3, 3, 32, 48, dtype=torch.float64))


def test_a_layer_that_decides_by_itself_breaks_the_graph_and_says_why():
    layer, x = CrossNorm(prob=1.0), torch.randn(4, 3, 4, 5)
    assert not torch.equal(torch.compile(layer, backend='eager')(x), x)
    torch._dynamo.reset()
    with pytest.raises(Exception, match='let CrossNormHook decide'):
        torch.compile(layer, fullgraph=True, backend='eager')(x)
