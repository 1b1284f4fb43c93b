"""CNSN: CrossNorm followed by SelfNorm at one place."""

from typing import Any

from torch import Tensor, nn

from .cross_norm import CrossNorm
from .in_turn import apply_in_turn
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
        return apply_in_turn(x, (self.crossnorm, self.selfnorm))
