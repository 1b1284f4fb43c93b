"""MMSegmentation's ResNets with CrossNorm and SelfNorm at any position of their blocks."""

from collections.abc import Mapping
from typing import Any

from mmengine.model import ModuleDict
from mmseg.models.backbones.resnet import BasicBlock, Bottleneck, ResNet
from mmseg.registry import MODELS
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from cnsn_seg.layers.in_turn import apply_in_turn

from .placement import POSITIONS, Placement


class _CNSNBlock:
    """What a residual block with CrossNorm and SelfNorm adds to MMSegmentation's.

    The layers live in ``cnsn.crossnorm`` and ``cnsn.selfnorm``, the names of the authors' release.
    """

    def __init__(
        self, inplanes: int, planes: int, placement: Placement, cnsn_stage: int, **kwargs: Any
    ) -> None:
        super().__init__(inplanes, planes, **kwargs)
        self.cnsn = ModuleDict()
        self._names_at: dict[str, list[str]] = {position: [] for position in POSITIONS}
        layers = placement.block_layers(cnsn_stage, inplanes, planes * self.expansion)
        for name, position, layer in layers:
            self.cnsn[name] = layer
            self._names_at[position].append(name)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C_in, H, W) to (N, C_out, H / stride, W / stride)."""
        if self.with_cp and x.requires_grad:
            out = checkpoint(self._sum, x, use_reentrant=False)
        else:
            out = self._sum(x)
        return self._at('post', self.relu(out))

    def _sum(self, x: Tensor) -> Tensor:
        x = self._at('pre', x)
        residual = self._residual(x)
        identity = x if self.downsample is None else self.downsample(x)
        return residual + self._at('identity', identity)

    def _at(self, position: str, x: Tensor, *before: nn.Module) -> Tensor:
        """Apply ``before``, then the layers of a position."""
        return apply_in_turn(x, [*before, *(self.cnsn[name] for name in self._names_at[position])])


class CNSNBasicBlock(_CNSNBlock, BasicBlock):
    """Block of ResNet-18 and ResNet-34."""

    def _residual(self, x: Tensor) -> Tensor:
        out = self.relu(self.norm1(self.conv1(x)))
        return self._at('residual', self.conv2(out), self.norm2)


class CNSNBottleneck(_CNSNBlock, Bottleneck):
    """Block of ResNet-50 and deeper.

    Plugins of one position act one after the other; MMSegmentation lets only the last take effect.
    """

    def _residual(self, x: Tensor) -> Tensor:
        out = apply_in_turn(self.relu(self.norm1(self.conv1(x))), self._plugins_after(1))
        out = apply_in_turn(self.relu(self.norm2(self.conv2(out))), self._plugins_after(2))
        return self._at('residual', self.conv3(out), self.norm3, *self._plugins_after(3))

    def _plugins_after(self, conv: int) -> list[nn.Module]:
        if not self.with_plugins:
            return []
        return [getattr(self, name) for name in getattr(self, f'after_conv{conv}_plugin_names')]


_BLOCKS = {BasicBlock: CNSNBasicBlock, Bottleneck: CNSNBottleneck}


@MODELS.register_module()
class CNSNResNet(ResNet):
    """ResNet of depth 18, 34, 50, 101 or 152 with CrossNorm and SelfNorm.

    Without ``cnsn`` it is MMSegmentation's ResNet, and with it the shared parameters keep their
    names, so that ImageNet checkpoints load; only SelfNorm's own keys are missing then.

    Args:
        cnsn: Fields of :class:`cnsn_seg.models.placement.Placement`, such as
            ``dict(sn_pos='residual', cn_pos='post', crop='style')``. Defaults to None.
        kwargs: Arguments of MMSegmentation's ``ResNet``.

    Raises:
        ValueError: If ``cnsn`` names an option, position or stage that does not exist.
    """

    def __init__(self, cnsn: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        self._placement = None if cnsn is None else Placement.from_config(cnsn)
        super().__init__(**kwargs)
        if self._placement is None:
            return
        beyond = [stage for stage in self._placement.block_stages if stage > self.num_stages]
        if beyond:
            raise ValueError(f'cnsn.stages has {beyond}, but num_stages is {self.num_stages}')
        if self._placement.on_input:
            self.input_crossnorm = self._placement.cross_norm(kwargs.get('in_channels', 3))

    def make_res_layer(self, **kwargs: Any) -> nn.Module:
        """Build one stage, with CrossNorm and SelfNorm in its blocks where they are placed."""
        stage = len(self.res_layers) + 1
        if self._placement is not None and stage in self._placement.block_stages:
            kwargs.update(
                block=_BLOCKS[kwargs['block']], placement=self._placement, cnsn_stage=stage
            )
        return super().make_res_layer(**kwargs)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Map images (N, 3, H, W) to the feature maps of ``out_indices``."""
        if self._placement is not None and self._placement.on_input:
            x = self.input_crossnorm(x)
        return super().forward(x)


@MODELS.register_module()
class CNSNResNetV1c(CNSNResNet):
    """:class:`CNSNResNet` with a stem of three 3x3 convolutions."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(deep_stem=True, avg_down=False, **kwargs)


@MODELS.register_module()
class CNSNResNetV1d(CNSNResNet):
    """:class:`CNSNResNetV1c` with average pooling in the downsampling shortcuts."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(deep_stem=True, avg_down=True, **kwargs)
