"""Batch norm over the samples of all ranks, on the CPU."""

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from .batch_norm import PLAIN_IN_EVALUATION, update_running
from .ranks import sum_over_ranks
from .recalibrate import at_least_float32


class SyncBatchNormOnCPU(_BatchNorm):
    """What PyTorch's SyncBatchNorm, which refuses tensors on the CPU, does on the GPU.

    Mean and biased variance are those of all ranks' samples, of which every rank may have another
    number; gradients flow through both to all ranks. Without a process group, or in evaluation
    mode, it is plain batch norm. Not a subclass, because DDP refuses that one on the CPU, too.
    """

    @classmethod
    def take_over(cls, module: nn.Module) -> None:
        """Make every SyncBatchNorm in a module one of these, parameters and hooks included."""
        for layer in module.modules():
            if type(layer) is nn.SyncBatchNorm:
                layer.__class__ = cls

    def _check_input_dim(self, x: Tensor) -> None:
        if x.ndim < 2:
            raise ValueError(f'expected (N, C, *), got shape {tuple(x.shape)}')

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, *) to the same shape and dtype."""
        if not (self.training and torch.distributed.is_initialized()):
            return super().forward(x)
        self._check_input_dim(x)
        axes, per_channel = (0, *range(2, x.ndim)), (1, -1, *[1] * (x.ndim - 2))
        wide = at_least_float32(x)
        own = torch.cat([wide.sum(axes), wide.new_tensor([x.numel() // x.shape[1]])])
        *_, count = total = sum_over_ranks(own)
        mean = total[:-1] / count
        centred = wide - mean.view(per_channel)
        var = sum_over_ranks(centred.square().sum(axes)) / count
        update_running(self, mean.detach(), var.detach(), count.detach())
        y = centred * (var + self.eps).rsqrt().view(per_channel)
        if self.affine:
            y = y * self.weight.view(per_channel) + self.bias.view(per_channel)
        return y.to(x.dtype)


PLAIN_IN_EVALUATION.add(SyncBatchNormOnCPU)
