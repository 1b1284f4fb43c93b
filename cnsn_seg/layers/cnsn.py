"""CNSN: CrossNorm followed by SelfNorm at one place."""

from typing import Any

import torch
from torch import Tensor, nn

from .cross_norm import CrossNorm
from .functional import check_map, cross_norm_coefficients, styles_of
from .recalibrate import recalibrate
from .self_norm import SelfNorm


class CNSN(nn.Module):
    """CrossNorm, then SelfNorm (Tang et al., ICCV 2021, section 3.3).

    Args:
        in_channels: Number of channels.
        two_branch: See :class:`SelfNorm`. Defaults to False.
        init: See :class:`SelfNorm`. Defaults to ``'identity'``.
        cross_norm: Arguments of :class:`CrossNorm`, such as ``crop`` and ``prob``.
    """

    _abbr_ = 'cnsn'

    def __init__(
        self,
        in_channels: int,
        two_branch: bool = False,
        init: str = 'identity',
        **cross_norm: Any,
    ) -> None:
        super().__init__()
        self.crossnorm = CrossNorm(in_channels, **cross_norm)
        self.selfnorm = SelfNorm(in_channels, two_branch=two_branch, init=init)

    def init_weights(self) -> None:
        """Initialise SelfNorm; CrossNorm has no parameters."""
        self.selfnorm.init_weights()

    def forward(self, x: Tensor) -> Tensor:
        """Map a feature map of shape (N, C, *) to one of the same shape and dtype."""
        return cross_then_self_norm(x, self.crossnorm, self.selfnorm)


def cross_then_self_norm(x: Tensor, crossnorm: CrossNorm, selfnorm: SelfNorm) -> Tensor:
    """Apply CrossNorm, then SelfNorm, with one pass over the map for the statistics of both.

    What CrossNorm makes of a channel has ``mean * scale + shift`` and ``var * scale ** 2`` for
    mean and variance, so that SelfNorm need not measure it. With boxes, that is not so, and the
    layers act one after the other.

    Args:
        x: Feature map, shape (N, C, *), floating point.
        crossnorm: Draws what is exchanged.
        selfnorm: Acts in any case.

    Returns:
        Tensor of the shape and dtype of ``x``.
    """
    if torch.compiler.is_compiling():
        return selfnorm(crossnorm(x))
    exchange = crossnorm.exchange_for(x)
    if exchange is None:
        return selfnorm(x)
    if exchange.style_box or exchange.content_box:
        return selfnorm(crossnorm(x, exchange))
    check_map(x)

    def coefficients(mean: Tensor, var: Tensor) -> tuple[Tensor, Tensor]:
        style = styles_of((mean, var), exchange.permutation, exchange.channel_permutation)
        scale, shift = cross_norm_coefficients(mean, var, *style, crossnorm.eps)
        then_scale, then_shift = selfnorm.coefficients(mean * scale + shift, var * scale.square())
        shift = shift * then_scale
        return scale * then_scale, shift if then_shift is None else shift + then_shift

    return recalibrate(x, coefficients, tuple(selfnorm.parameters()))
