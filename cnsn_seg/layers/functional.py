"""CrossNorm and SelfNorm as pure functions on tensors.

Tang et al., CrossNorm and SelfNorm for Generalization under Distribution Shifts, ICCV 2021,
https://arxiv.org/abs/2102.02811. Notation here: ``x`` is a feature map of shape (N, C, *) with
one to three spatial axes, ``mean`` and ``std`` are its (N, C) statistics over the spatial axes.
"""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from .recalibrate import Box, affine, crop, moments, recalibrate

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
    check_map(x)
    mean, var = moments(x)
    return mean, (var + eps).sqrt()


def cross_norm(
    x: Tensor,
    permutation: Tensor,
    *,
    channel_permutation: Tensor | None = None,
    style_box: Box | None = None,
    content_box: Box | None = None,
    pool: Callable[[Tensor], Tensor] | None = None,
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
        pool: Maps statistics, shape (K, N, C), to those that ``permutation`` indexes, shape
            (K, M, C), by differentiable operations. Defaults to these very samples.
        eps: Added to the variances. Defaults to 1e-5.

    Returns:
        Tensor of the shape and dtype of ``x``.

    Raises:
        ValueError: If the permutations do not fit ``x``, a box is empty or reaches outside the
            map, or a box is given for a map without exactly two spatial axes.
    """
    check_map(x)
    _check_permutation('permutation', permutation, x.shape[0])
    if channel_permutation is not None:
        _check_permutation('channel_permutation', channel_permutation, x.shape[1])

    def coefficients(mean: Tensor, var: Tensor, *style: Tensor) -> tuple[Tensor, Tensor]:
        style = styles_of(style or (mean, var), permutation, channel_permutation, pool)
        return cross_norm_coefficients(mean, var, *style, eps)

    if content_box is None:
        return recalibrate(x, coefficients, style_box=style_box)
    content, out = crop(x, content_box), x.clone()
    scale, shift = coefficients(*moments(content), *moments(crop(x, style_box)))
    crop(out, content_box).copy_(affine(content, scale, shift))
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
    return affine(x, *self_norm_coefficients(mean, g, f))


def cross_norm_coefficients(
    mean: Tensor, var: Tensor, style_mean: Tensor, style_var: Tensor, eps: float
) -> tuple[Tensor, Tensor]:
    """CrossNorm as ``x * scale + shift``: scale and shift from statistics of shape (N, C)."""
    scale = (style_var + eps).sqrt() / (var + eps).sqrt()
    return scale, style_mean - mean * scale


def self_norm_coefficients(
    mean: Tensor, g: Tensor, f: Tensor | None
) -> tuple[Tensor, Tensor | None]:
    """SelfNorm as ``x * scale + shift``: scale and shift (None for zero) of shape (N, C)."""
    return g, None if f is None else mean * (f - g)


def styles_of(
    statistics: Sequence[Tensor],
    permutation: Tensor,
    channel_permutation: Tensor | None,
    pool: Callable[[Tensor], Tensor] | None = None,
) -> list[Tensor]:
    """Give every sample and channel the statistics, shape (N, C), of its style."""
    if pool is not None:
        statistics = pool(torch.stack(tuple(statistics)))
    styles = [statistic[permutation] for statistic in statistics]
    if channel_permutation is None:
        return styles
    return [statistic[:, channel_permutation] for statistic in styles]


def check_map(x: Tensor) -> None:
    """Make sure that a tensor is a feature map.

    Raises:
        ValueError: If it has no channels, no or more than three spatial axes, one of length zero,
            or another type than floating point.
    """
    if not x.is_floating_point():
        raise ValueError(f'expected a feature map of floating point, got {x.dtype}')
    if not 3 <= x.ndim <= 5:
        raise ValueError(
            f'expected (N, C, *) with one to three spatial axes, got shape {tuple(x.shape)}'
        )
    if 0 in x.shape[1:]:
        raise ValueError(f'expected channels and non-empty spatial axes, got {tuple(x.shape)}')


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


def _check_permutation(name: str, permutation: Tensor, length: int) -> None:
    if permutation.shape != (length,):
        raise ValueError(f'expected {name} of shape ({length},), got {tuple(permutation.shape)}')
