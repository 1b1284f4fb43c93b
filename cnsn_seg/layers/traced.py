"""CrossNorm under ``torch.compile``: random draws as an operator, boxes as masks.

A graph may depend on which CrossNorm is active, but not on what it draws: the draw is an operator
that returns tensors, and boxes of every size are masks of one size.
"""

import torch
from torch import Tensor

from .functional import cross_norm_coefficients, styles_of
from .recalibrate import affine, at_least_float32, moments


def cross_norm_by_mask(
    x: Tensor,
    permutation: Tensor,
    channel_permutation: Tensor | None,
    style_box: Tensor | None,
    content_box: Tensor | None,
    eps: float,
) -> Tensor:
    """:func:`cnsn_seg.layers.functional.cross_norm` with boxes that are tensors.

    Args:
        x: Feature map, shape (N, C, *), floating point.
        permutation: Style sample of every sample, shape (N,), int64.
        channel_permutation: Style channel of every channel, shape (C,), int64, or None.
        style_box: (start_2, start_3, stop_2, stop_3), shape (4,), int64, or None.
        content_box: As ``style_box``.
        eps: Added to the variances.

    Returns:
        Tensor of the shape and dtype of ``x``.
    """
    style_mask, content_mask = (_mask(x, box) for box in (style_box, content_box))
    style = styles_of(_moments(x, style_mask), permutation, channel_permutation)
    y = affine(x, *cross_norm_coefficients(*_moments(x, content_mask), *style, eps))
    return y if content_mask is None else torch.where(content_mask, y, x)


def _mask(x: Tensor, box: Tensor | None) -> Tensor | None:
    """Where the box is, bool, shape (H, W)."""
    if box is None:
        return None
    rows = torch.arange(x.shape[2], device=x.device)[:, None]
    columns = torch.arange(x.shape[3], device=x.device)
    start_2, start_3, stop_2, stop_3 = box.unbind()
    return (rows >= start_2) & (rows < stop_2) & (columns >= start_3) & (columns < stop_3)


def _moments(x: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
    """Mean and unbiased variance over a mask, shape (N, C) each."""
    if mask is None:
        return moments(x)
    x, count = at_least_float32(x), mask.sum()
    mean = (x * mask).sum((2, 3), keepdim=True) / count
    squares = ((x - mean).square() * mask).sum((2, 3))
    return mean.flatten(1), squares / (count - 1).clamp(min=1)
