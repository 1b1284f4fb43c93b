"""Batch norm by the statistics of the single samples, which the layers behind it need anyway."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

PLAIN_IN_EVALUATION = {nn.BatchNorm2d, nn.SyncBatchNorm}
"""Layers that in evaluation are nothing but batch norm by running statistics."""


def joins(layer: nn.Module, x: Tensor) -> bool:
    """Whether a layer is a batch norm whose statistics are those of the samples at hand.

    A `torch.nn.SyncBatchNorm` in training needs other ranks' samples; a single value has no
    spread, which batch norm itself refuses.
    """
    if not _uses_batch(layer):
        return type(layer) in PLAIN_IN_EVALUATION
    return type(layer) is nn.BatchNorm2d and x.ndim == 4 and x.numel() > x.shape[1]


def batch_norm_coefficients(
    layer: nn.BatchNorm2d, shape: Sequence[int], mean: Tensor, var: Tensor
) -> tuple[Tensor, Tensor]:
    r"""Scale and shift that batch norm applies to a map; updates the running statistics.

    Over a batch of ``N`` samples with as many positions each, ::

        mean_batch = average(mean)
        var_batch  = average(var * (n - 1) / n) + average((mean - mean_batch)^2)

    which is the biased variance that batch norm divides by (Ioffe and Szegedy, ICML 2015).

    Args:
        layer: In training or evaluation mode.
        shape: (N, C, *) of the map.
        mean: Means of the samples' channels, shape (N, C).
        var: Their unbiased variances, shape (N, C).

    Returns:
        ``scale`` and ``shift`` of ``x * scale + shift``, shape (N, C) each, the same for every
        sample.
    """
    if _uses_batch(layer):
        positions = math.prod(shape[2:])
        batch_mean = mean.mean(0)
        batch_var = var.mean(0) * ((positions - 1) / positions)
        batch_var = batch_var + (mean - batch_mean).square().mean(0)
        update_running(layer, batch_mean.detach(), batch_var.detach(), shape[0] * positions)
    else:
        batch_mean, batch_var = layer.running_mean, layer.running_var
    scale = (batch_var + layer.eps).rsqrt()
    if layer.affine:
        scale = scale * layer.weight
        shift = layer.bias - batch_mean * scale
    else:
        shift = -batch_mean * scale
    return scale.expand_as(mean), shift.expand_as(mean)


def _uses_batch(layer: nn.Module) -> bool:
    return layer.training or getattr(layer, 'running_mean', None) is None


@torch.no_grad()
def update_running(layer: nn.BatchNorm2d, mean: Tensor, var: Tensor, count: int | Tensor) -> None:
    """Update the running statistics of a batch norm in training.

    Args:
        layer: The batch norm.
        mean: Means of the batch, shape (C,).
        var: Their biased variances, shape (C,).
        count: How many values of every channel the batch has.
    """
    if not (layer.training and layer.track_running_stats):
        return
    layer.num_batches_tracked.add_(1)
    momentum = layer.momentum
    if momentum is None:
        momentum = 1 / layer.num_batches_tracked.item()
    layer.running_mean.lerp_(mean.to(layer.running_mean.dtype), momentum)
    unbiased = var * (count / (count - 1))
    layer.running_var.lerp_(unbiased.to(layer.running_var.dtype), momentum)
