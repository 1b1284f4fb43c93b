"""CrossNorm and SelfNorm as pure functions on tensors.

Tang et al., CrossNorm and SelfNorm for Generalization under Distribution Shifts, ICCV 2021,
https://arxiv.org/abs/2102.02811. Notation here: ``x`` is a feature map of shape (N, C, *) with
one to three spatial axes, ``mean`` and ``std`` are its (N, C) statistics over the spatial axes.
"""

import math

import torch
from torch import Tensor

Box = tuple[int, int, int, int]
"""(start_2, start_3, stop_2, stop_3): a rectangle along axes 2 and 3 of an image tensor."""

_MAX_BOX_DRAWS = 100


def instance_stats(x: Tensor, eps: float = 1e-5) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of every channel of every sample.

    ``std = sqrt(var + eps)`` with the unbiased variance over the spatial axes, as in the authors'
    release. A map of a single position has variance zero.

    Args:
        x: Feature map, shape (N, C, *) with one to three spatial axes, floating point.
        eps: Added to the variance. Defaults to 1e-5.

    Returns:
        Mean and standard deviation, shape (N, C) each, float32 or, for float64 input, float64.

    Raises:
        ValueError: If ``x`` has no or more than three spatial axes, or one of length zero.
    """
    if not 3 <= x.ndim <= 5:
        raise ValueError(
            f'expected (N, C, *) with one to three spatial axes, got shape {tuple(x.shape)}'
        )
    positions = math.prod(x.shape[2:])
    if positions == 0:
        raise ValueError(f'expected non-empty spatial axes, got shape {tuple(x.shape)}')
    var, mean = torch.var_mean(
        _at_least_float32(x), dim=tuple(range(2, x.ndim)), correction=min(1, positions - 1)
    )
    return mean, (var + eps).sqrt()


def cross_norm(
    x: Tensor,
    permutation: Tensor,
    *,
    channel_permutation: Tensor | None = None,
    style_box: Box | None = None,
    content_box: Box | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """Give every sample the channel statistics of another one (paper, section 3.1).

    Sample ``i`` is normalised by its own statistics and takes those of sample
    ``permutation[i]``::

        y = (x - mean) / std * std[permutation] + mean[permutation]

    computed as one affine map, so that a sample paired with itself comes back bit for bit.
    Gradients flow through the statistics of both samples.

    Args:
        x: Feature map, shape (N, C, *) with one to three spatial axes, floating point.
        permutation: Style sample of every sample, shape (N,), int64.
        channel_permutation: Style channel of every channel, shape (C,), int64. Channel ``c``
            keeps to channel ``c`` by default. With the identity as ``permutation`` this is the
            paper's one-instance mode.
        style_box: Where style statistics are computed. Defaults to the whole map.
        content_box: The only region that changes, normalised by its own statistics. Defaults to
            the whole map.
        eps: Added to the variances. Defaults to 1e-5.

    Returns:
        Tensor of the shape and dtype of ``x``.

    Raises:
        ValueError: If the permutations do not fit ``x``, a box is empty or reaches outside the
            map, or a box is given for a map without exactly two spatial axes.
    """
    _check_permutation('permutation', permutation, x.shape[0])
    style_mean, style_std = instance_stats(_crop(x, style_box), eps)
    style_mean, style_std = style_mean[permutation], style_std[permutation]
    if channel_permutation is not None:
        _check_permutation('channel_permutation', channel_permutation, x.shape[1])
        style_mean, style_std = (s[:, channel_permutation] for s in (style_mean, style_std))

    content = _crop(x, content_box)
    mean, std = instance_stats(content, eps)
    scale = style_std / std
    shift = style_mean - mean * scale
    styled = _affine(content, scale, shift)
    if content_box is None:
        return styled
    out = x.clone()
    _crop(out, content_box).copy_(styled)
    return out


def self_norm(x: Tensor, mean: Tensor, g: Tensor, f: Tensor | None = None) -> Tensor:
    """Recalibrate channel statistics by attention weights (paper, section 3.2).

    ``std' = g * std`` and ``mean' = f * mean``, hence::

        y = (x - mean) * g + mean * f = x * g + mean * (f - g)

    Args:
        x: Feature map, shape (N, C, *), floating point.
        mean: Channel means of ``x``, shape (N, C).
        g: Weight of the standard deviation, shape (N, C), in (0, 1).
        f: Weight of the mean, shape (N, C), in (0, 1). Defaults to ``g``, the authors'
            one-branch form ``y = x * g``.

    Returns:
        Tensor of the shape and dtype of ``x``.
    """
    return _affine(x, g, None if f is None else mean * (f - g))


def sample_box(
    height: int,
    width: int,
    beta: float = 1.0,
    min_ratio: float = 0.1,
    generator: torch.Generator | None = None,
) -> Box:
    """Draw a random box as the authors' release does.

    The area ratio follows Beta(beta, beta), both sides shrink by its square root, the centre is
    uniform, the box is clipped to the map and drawn again while it covers at most ``min_ratio``
    of it. Where 100 draws give none, as on a map of one position, the box is the whole map.

    Args:
        height: Length of axis 2.
        width: Length of axis 3.
        beta: Both parameters of the Beta distribution, positive. Defaults to 1.0 (uniform).
        min_ratio: Share of the map that the clipped box must exceed. Defaults to 0.1.
        generator: CPU generator. Defaults to PyTorch's global one.

    Returns:
        (start_2, start_3, stop_2, stop_3), never empty.
    """
    concentration = torch.full((2,), beta, dtype=torch.float64)
    for _ in range(_MAX_BOX_DRAWS):
        area = torch._sample_dirichlet(concentration, generator=generator)[0].item()
        start_2, stop_2 = _sample_span(height, math.sqrt(area), generator)
        start_3, stop_3 = _sample_span(width, math.sqrt(area), generator)
        if (stop_2 - start_2) * (stop_3 - start_3) > min_ratio * height * width:
            return start_2, start_3, stop_2, stop_3
    return 0, 0, height, width


def _sample_span(
    length: int, relative_side: float, generator: torch.Generator | None
) -> tuple[int, int]:
    half = int(length * relative_side) // 2
    centre = int(torch.randint(length, (1,), generator=generator))
    return max(centre - half, 0), min(centre + half, length)


def _at_least_float32(x: Tensor) -> Tensor:
    return x.float() if x.dtype in (torch.float16, torch.bfloat16) else x


def _affine(x: Tensor, scale: Tensor, shift: Tensor | None) -> Tensor:
    """``x * scale + shift`` with (N, C) coefficients, in the dtype of ``x``."""
    shape = scale.shape + (1,) * (x.ndim - 2)
    y = _at_least_float32(x) * scale.view(shape)
    if shift is not None:
        y = y + shift.view(shape)
    return y.to(x.dtype)


def _crop(x: Tensor, box: Box | None) -> Tensor:
    if box is None:
        return x
    if x.ndim != 4:
        raise ValueError(f'boxes are for images (N, C, H, W), got shape {tuple(x.shape)}')
    start_2, start_3, stop_2, stop_3 = box
    if not (0 <= start_2 < stop_2 <= x.shape[2] and 0 <= start_3 < stop_3 <= x.shape[3]):
        raise ValueError(
            f'box {tuple(box)} (start_2, start_3, stop_2, stop_3) is empty or reaches outside '
            f'a map of {x.shape[2]} x {x.shape[3]}'
        )
    return x[:, :, start_2:stop_2, start_3:stop_3]


def _check_permutation(name: str, permutation: Tensor, length: int) -> None:
    if permutation.shape != (length,):
        raise ValueError(f'expected {name} of shape ({length},), got {tuple(permutation.shape)}')
