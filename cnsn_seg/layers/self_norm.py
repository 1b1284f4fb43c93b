"""SelfNorm: recalibrate a feature map's own statistics by attention."""

import math

import torch
from torch import Tensor, nn

from ..suggest import did_you_mean
from .functional import check_map, self_norm_coefficients
from .recalibrate import recalibrate
from .sync_batch_norm import SyncBatchNormOnCPU

INITS = ('identity', 'reference')
IDENTITY_GATE = 0.99
"""Value of the gates of a SelfNorm that starts as nearly the identity."""


class SelfNorm(nn.Module):
    """Scale channel-wise mean and standard deviation by attention weights.

    Tang et al., ICCV 2021, section 3.2. The weights of sample ``n`` and channel ``c`` depend on
    its own two statistics alone: ``g = sigmoid(BN(w_c . (mean, std)))``. Parameter names and
    arithmetic are those of the authors' release, whose checkpoints load unchanged.

    Args:
        in_channels: Number of channels.
        two_branch: Whether the mean has a gate ``f`` of its own, as in the paper's equations.
            Defaults to False, the authors' release: one gate scales both statistics.
        init: ``'identity'`` starts with all gates at 0.99, so that a pretrained network keeps its
            accuracy when SelfNorm is added; ``'reference'`` is PyTorch's default initialisation,
            as in the authors' release (gates around 0.5). Defaults to ``'identity'``.
        eps: Added to the variance. Defaults to 1e-12.

    Raises:
        ValueError: If ``init`` is unknown, or ``two_branch`` is no bool.
    """

    _abbr_ = 'self_norm'

    def __init__(
        self,
        in_channels: int,
        two_branch: bool = False,
        init: str = 'identity',
        eps: float = 1e-12,
    ) -> None:
        super().__init__()
        if init not in INITS:
            raise ValueError(
                f'SelfNorm expects init to be one of {INITS}, got {init!r}'
                + did_you_mean(init, INITS)
            )
        if not isinstance(two_branch, bool):
            raise ValueError(f'SelfNorm expects two_branch to be a bool, got {two_branch!r}')
        self.init = init
        self.eps = eps
        self.two_branch = two_branch
        self.g_fc, self.g_bn = _gate_layers(in_channels)
        if two_branch:
            self.f_fc, self.f_bn = _gate_layers(in_channels)
        self.init_weights()

    def init_weights(self) -> None:
        """Initialise as ``init`` says; MMEngine calls this after the backbone's own rules."""
        for name in ('g', 'f') if self.two_branch else ('g',):
            getattr(self, f'{name}_fc').reset_parameters()
            norm = getattr(self, f'{name}_bn')
            norm.reset_parameters()
            if self.init == 'identity':
                nn.init.zeros_(norm.weight)
                nn.init.constant_(norm.bias, math.log(IDENTITY_GATE / (1 - IDENTITY_GATE)))

    def forward(self, x: Tensor) -> Tensor:
        """Apply SelfNorm.

        Args:
            x: Feature map, shape (N, C, *) with one to three spatial axes, floating point.

        Returns:
            Tensor of the shape and dtype of ``x``.

        Raises:
            ValueError: If ``x`` is no feature map of the layer's channels, or the batch has one
                sample while the gate's batch norm is training.
        """
        check_map(x)
        return recalibrate(x, self.coefficients, tuple(self.parameters()))

    def coefficients(self, mean: Tensor, var: Tensor) -> tuple[Tensor, Tensor | None]:
        """Scale and shift that SelfNorm applies to a map, from its statistics.

        Args:
            mean: Means of the channels, shape (N, C).
            var: Their unbiased variances, shape (N, C).

        Returns:
            ``scale`` and ``shift`` (None for zero) of ``x * scale + shift``, shape (N, C) each.

        Raises:
            ValueError: As :meth:`forward`.
        """
        channels = len(self.g_fc.weight)
        if mean.shape[1] != channels:
            raise ValueError(f'SelfNorm of {channels} channels got a map of {mean.shape[1]}')
        statistics = torch.stack((mean, (var + self.eps).sqrt()), dim=-1)
        g = _gate(statistics, self.g_fc, self.g_bn)
        f = _gate(statistics, self.f_fc, self.f_bn) if self.two_branch else None
        return self_norm_coefficients(mean, g, f)

    def extra_repr(self) -> str:
        """Show what differs between layers."""
        return f'two_branch={self.two_branch}, init={self.init!r}'


class _GateNorm(nn.BatchNorm1d):
    """Batch norm that a backbone's initialisation does not touch.

    MMEngine's rules, such as ResNet's for ``_BatchNorm``, name a class or its direct parents.
    They would undo ``init='identity'`` where ``init_weights`` is not called afterwards: inside
    `torch.nn.Sequential`, as are MMSegmentation's deep stem and downsampling shortcuts.
    """


def _gate_layers(channels: int) -> tuple[nn.Conv1d, nn.BatchNorm1d]:
    fc = nn.Conv1d(channels, channels, kernel_size=2, groups=channels, bias=False)
    return fc, _GateNorm(channels)


def _gate(statistics: Tensor, fc: nn.Conv1d, norm: nn.Module) -> Tensor:
    """Attention weights of shape (N, C) from (mean, std) of shape (N, C, 2)."""
    synchronised = isinstance(norm, nn.SyncBatchNorm | SyncBatchNormOnCPU)
    if len(statistics) == 1 and norm.training and not synchronised:
        raise ValueError(
            'SelfNorm normalises its gate over the batch and got one sample while training: use '
            'a batch size of at least 2 per GPU, or SyncBN over several GPUs'
        )
    score = (statistics.to(fc.weight.dtype) * fc.weight.squeeze(1)).sum(dim=-1)
    return torch.sigmoid(norm(score))
