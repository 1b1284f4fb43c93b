"""Take out of a network what only its training needs."""

import copy

import torch
from torch import Tensor, nn

from cnsn_seg.layers import CNSN, CrossNorm, SelfNorm


class FoldedSelfNorm(nn.Module):
    r"""SelfNorm in evaluation mode, each gate's batch norm folded into its weights.

    There, batch norm is affine with running statistics ``m`` and ``v``. With
    ``k = weight / sqrt(v + eps)`` a gate is ::

        sigmoid((w_0 * mean + w_1 * std - m) * k + bias)
            = sigmoid(w_0 k * mean + w_1 k * std + (bias - m k))

    The three coefficients of every channel are computed in float64 and rounded once. Forward
    is made of tensor operations alone, so that exporters keep every size dynamic.

    Args:
        layer: What to fold; it is not changed.
    """

    def __init__(self, layer: SelfNorm) -> None:
        super().__init__()
        self.eps = layer.eps
        self.two_branch = layer.two_branch
        self.register_buffer('g', _folded_gate(layer.g_fc, layer.g_bn))
        if layer.two_branch:
            self.register_buffer('f', _folded_gate(layer.f_fc, layer.f_bn))

    def forward(self, x: Tensor) -> Tensor:
        """Map a feature map of shape (N, C, *), of the layer's dtype, to one of the same shape."""
        axes = tuple(range(2, x.ndim))
        mean = x.mean(axes, keepdim=True)
        centred = x - mean
        # The number of positions, as a tensor; one position has variance zero.
        degrees = torch.ones_like(x[:1, :1]).sum(axes, keepdim=True) - 1
        var = centred.square().sum(axes, keepdim=True) / degrees.clamp(min=1)
        std = (var + self.eps).sqrt()
        if not self.two_branch:
            return x * _gate(self.g, mean, std)
        return centred * _gate(self.g, mean, std) + mean * _gate(self.f, mean, std)


def for_inference(model: nn.Module) -> nn.Module:
    """Copy a network without CrossNorm and with every SelfNorm folded.

    Args:
        model: Any network; it is not changed.

    Returns:
        A copy in evaluation mode, without gradients, that computes what ``model.eval()`` does.
    """
    network = _replaced(copy.deepcopy(model))
    network.eval()  # which returns None for a backbone of MMSegmentation
    return network.requires_grad_(False)


def _replaced(module: nn.Module) -> nn.Module:
    if isinstance(module, CrossNorm):
        return nn.Identity()
    if isinstance(module, SelfNorm):
        return FoldedSelfNorm(module)
    if isinstance(module, CNSN):
        return FoldedSelfNorm(module.selfnorm)
    for name, child in module.named_children():
        setattr(module, name, _replaced(child))
    return module


def _folded_gate(fc: nn.Conv1d, norm: nn.modules.batchnorm._BatchNorm) -> Tensor:
    """Weight of the mean, weight of the standard deviation and bias, shape (3, C)."""
    slope = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
    weights = fc.weight.double().squeeze(1).T * slope
    bias = norm.bias.double() - norm.running_mean.double() * slope
    return torch.cat((weights, bias[None])).detach().to(fc.weight.dtype)


def _gate(coefficients: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """Attention weights of the shape of ``mean``, which is (N, C, 1...)."""
    of_mean, of_std, bias = coefficients.view(3, 1, -1, *(1,) * (mean.ndim - 2)).unbind()
    return torch.sigmoid(mean * of_mean + std * of_std + bias)
