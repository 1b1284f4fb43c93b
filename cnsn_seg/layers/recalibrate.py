"""Change every channel of a feature map by an affine map that its own statistics determine.

CrossNorm and SelfNorm are both ``y = x * scale + shift`` with (N, C) coefficients computed from
the (N, C) statistics of ``x``. Everything that touches the map itself is here, and passes over it
as rarely as possible: forward once for the statistics and once for ``y``, backward once for two
sums and once for the gradient.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

Box = tuple[int, int, int, int]
"""(start_2, start_3, stop_2, stop_3): a rectangle along axes 2 and 3 of an image tensor."""

Coefficients = Callable[..., tuple[Tensor, Tensor | None]]

_BLOCK = 1 << 20  # bytes of a map that stay in a core's cache between two operations
_MOST_POSITIONS = 1 << 14  # that float32 sums up, lane by lane, to its own precision


def recalibrate(
    x: Tensor,
    coefficients: Coefficients,
    parameters: Sequence[Tensor] = (),
    style_box: Box | None = None,
) -> Tensor:
    """Compute ``x * scale + shift``.

    Args:
        x: Feature map, shape (N, C, *) with one to three spatial axes, floating point.
        coefficients: Maps mean and unbiased variance of ``x``, shape (N, C) each, to ``scale`` and
            ``shift`` (None for zero) of the same shape, by differentiable operations. With
            ``style_box`` it gets mean and variance of that box as third and fourth argument.
            Called once.
        parameters: All tensors besides its arguments that ``coefficients`` sends gradients to.
        style_box: Region with statistics of its own. Defaults to none.

    Returns:
        Tensor of the shape and dtype of ``x``.
    """
    if torch.compiler.is_compiling():
        return affine(x, *coefficients(*_all_moments(x, style_box)))
    if torch.is_grad_enabled() and any(tensor.requires_grad for tensor in (x, *parameters)):
        return _Recalibrate.apply(x, coefficients, style_box, *parameters)
    with torch.no_grad():
        return _affine_in_one_pass(x, *coefficients(*_all_moments(x, style_box)))


def moments(x: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and unbiased variance of every channel of every sample.

    Args:
        x: Feature map, shape (N, C, *), floating point.

    Returns:
        Shape (N, C) each, float32 or, for float64 input, float64. The variance of a single
        position is zero.
    """
    if x.requires_grad and torch.is_grad_enabled() and not torch.compiler.is_compiling():
        return _Moments.apply(x)
    return _moments(x)


def affine(x: Tensor, scale: Tensor, shift: Tensor | None = None) -> Tensor:
    """``x * scale + shift`` with (N, C) coefficients, in the dtype of ``x``."""
    y = at_least_float32(x) * _spread(scale, x)
    if shift is not None:
        y = y + _spread(shift, x)
    return y.to(x.dtype)


def at_least_float32(x: Tensor) -> Tensor:
    """Widen float16 and bfloat16."""
    return x.float() if x.dtype in (torch.float16, torch.bfloat16) else x


def crop(x: Tensor, box: Box | None) -> Tensor:
    """Cut a box out of a map; None stands for the whole map.

    Raises:
        ValueError: If the box is empty or reaches outside, or ``x`` is not (N, C, H, W).
    """
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


class _Moments(torch.autograd.Function):
    """Mean and variance; their gradient is the last two terms of :class:`_Recalibrate`'s."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> tuple[Tensor, Tensor]:
        mean, var = _moments(x)
        ctx.save_for_backward(x, mean)
        return mean, var

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_mean: Tensor, grad_var: Tensor) -> Tensor:
        x, mean = ctx.saved_tensors
        return _affine_in_one_pass(x, *_slopes(x, mean, grad_mean, grad_var))


class _Recalibrate(torch.autograd.Function):
    r"""``y = x * scale(mean, var) + shift(mean, var)``, differentiated by hand.

    With ``n`` positions, ``g = dL/dy`` and sums over the positions of a channel::

        dL/dscale = sum(g * x)        dL/dshift = sum(g)

    Autograd takes them back through the small graph of ``coefficients`` to ``dL/dmean`` and
    ``dL/dvar`` (and to the parameters). As ``dmean/dx = 1 / n`` and
    ``dvar/dx = 2 (x - mean) / (n - 1)``, ::

        dL/dx = g * scale + x * a + b,   a = 2 dL/dvar / (n - 1),   b = dL/dmean / n - a * mean

    A style box adds the last two terms with its own statistics, inside the box.

    Kept for backward are ``x`` and tensors of shape (N, C).
    """

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        coefficients: Coefficients,
        style_box: Box | None,
        *parameters: Tensor,
    ) -> Tensor:
        statistics = _all_moments(x, style_box)
        with torch.enable_grad():
            statistics = tuple(each.detach().requires_grad_() for each in statistics)
            scale, shift = coefficients(*statistics)
        ctx.save_for_backward(x)
        ctx.statistics, ctx.parameters, ctx.style_box = statistics, parameters, style_box
        ctx.coefficients = scale, shift
        return _affine_in_one_pass(x, scale.detach(), shift if shift is None else shift.detach())

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        (x,) = ctx.saved_tensors
        mean = ctx.statistics[0].detach()
        grad_statistics, grad_parameters = _through_coefficients(ctx, *_sums(grad, x, mean))
        if not ctx.needs_input_grad[0]:
            return None, None, None, *grad_parameters
        wide = at_least_float32(x)
        grad_x = _affine_in_one_pass(wide, *_slopes(x, mean, *grad_statistics[:2]))
        grad_x.addcmul_(at_least_float32(grad), _spread(ctx.coefficients[0].detach(), x))
        if ctx.style_box:
            region, target = crop(wide, ctx.style_box), crop(grad_x, ctx.style_box)
            a, b = _slopes(region, ctx.statistics[2].detach(), *grad_statistics[2:])
            target.addcmul_(region, _spread(a, x)).add_(_spread(b, x))
        return grad_x.to(x.dtype), None, None, *grad_parameters


def _affine_in_one_pass(x: Tensor, scale: Tensor, shift: Tensor | None) -> Tensor:
    """:func:`affine` without a gradient."""
    if shift is None or not _in_rows(x) or x.dtype != scale.dtype:
        return affine(x, scale, shift)
    # What batch norm does in evaluation mode, with a channel for every row.
    y, rows = torch.empty_like(x), (1, scale.numel(), -1)
    ones, unused = torch.ones_like(scale).flatten(), x.new_empty(0)
    torch.ops.aten.native_batch_norm.out(
        x.view(rows), scale.flatten(), shift.flatten(), torch.zeros_like(ones), ones,
        False, 0.0, 0.0, out=y.view(rows), save_mean=unused, save_invstd=unused.clone(),
    )  # fmt: skip
    return y


def _sums(grad: Tensor, x: Tensor, mean: Tensor) -> tuple[Tensor, Tensor]:
    """``sum(grad * x)`` and ``sum(grad)`` over the positions, shape (N, C) each."""
    if _in_rows(x) and x.dtype == grad.dtype == mean.dtype:
        # The gradients of batch norm's weight and bias, with a channel for every row.
        rows = (1, mean.numel(), -1)
        _, centred, total = torch.ops.aten.native_batch_norm_backward(
            grad.reshape(rows), x.reshape(rows), None, None, None,
            mean.flatten(), torch.ones_like(mean).flatten(), True, 0.0, [False, True, True],
        )  # fmt: skip
        total = total.view_as(mean)
        return centred.view_as(mean) + mean * total, total
    axes = tuple(range(2, x.ndim))
    grad = at_least_float32(grad)
    return (grad * at_least_float32(x)).sum(axes), grad.sum(axes)


def _through_coefficients(
    ctx: Any, grad_scale: Tensor, grad_shift: Tensor
) -> tuple[tuple[Tensor, ...], list[Tensor | None]]:
    """Gradients of the statistics, zero where they do not matter, and of the parameters."""
    scale, shift = ctx.coefficients
    outputs = {scale: grad_scale}
    if shift is not None:
        outputs[shift] = grad_shift
    trained = [parameter for parameter in ctx.parameters if parameter.requires_grad]
    found = torch.autograd.grad(
        list(outputs), [*ctx.statistics, *trained], list(outputs.values()),
        retain_graph=True, allow_unused=True, materialize_grads=True,
    )  # fmt: skip
    count = len(ctx.statistics)
    grads = dict(zip(map(id, trained), found[count:], strict=True))
    return found[:count], [grads.get(id(parameter)) for parameter in ctx.parameters]


def _slopes(x: Tensor, mean: Tensor, grad_mean: Tensor, grad_var: Tensor) -> tuple[Tensor, Tensor]:
    """``a`` and ``b`` of :class:`_Recalibrate`."""
    a = grad_var * (2 / max(_positions(x) - 1, 1))
    return a, grad_mean / _positions(x) - a * mean


def _all_moments(x: Tensor, style_box: Box | None) -> tuple[Tensor, ...]:
    return (*moments(x), *moments(crop(x, style_box))) if style_box else moments(x)


def _moments(x: Tensor) -> tuple[Tensor, Tensor]:
    if _has_rows(x):
        pieces = math.ceil(_positions(x) / _MOST_POSITIONS)
        return _pooled(x.split(math.ceil(x.shape[2] / pieces), dim=2))
    x = at_least_float32(x)
    correction = min(1, _positions(x) - 1)
    var, mean = torch.var_mean(x, dim=tuple(range(2, x.ndim)), correction=correction)
    return mean, var


def _pooled(pieces: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Moments of a map from those of its pieces (Chan et al., Updating Formulae, 1979)."""
    means, squares = zip(*map(_mean_and_squares, pieces), strict=True)
    if len(pieces) == 1:
        mean, square = means[0], squares[0]
    else:
        counts = torch.tensor([_positions(piece) for piece in pieces]).to(means[0]).view(-1, 1, 1)
        means = torch.stack(means)
        mean = (means * counts).sum(0) / counts.sum()
        square = sum(squares) + (counts * (means - mean).square()).sum(0)
    positions = sum(map(_positions, pieces))
    return mean, square.div_(max(positions - 1, 1))


def _mean_and_squares(x: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and sum of centred squares of every row.

    The error of ``sum(x^2) - n mean^2`` grows with ``mean^2 / var``: where that ratio is above 1,
    the squares are of ``x - mean``.
    """
    rows, shape = x.flatten(0, 1), x.shape[:2]
    axes, positions = tuple(range(1, rows.ndim)), _positions(x)
    mean = rows.mean(axes)
    squares = torch.linalg.vector_norm(rows, dim=axes).square_() - positions * mean.square()
    inexact = squares < positions * mean.square()
    step = max(1, _BLOCK // (positions * x.element_size()))
    for some in inexact.nonzero().flatten().split(step):
        centred = rows[some].sub_(_spread(mean[some], rows))
        squares[some] = centred.square_().sum(axes)
    return mean.view(shape), squares.view(shape)


def _in_rows(x: Tensor) -> bool:
    """Whether the positions of every channel of every sample are one row in memory."""
    return x.is_contiguous() and x.dtype in (torch.float32, torch.float64)


def _has_rows(x: Tensor) -> bool:
    """Whether ATen's ``var_mean``, which is slow on the CPU, can be done without."""
    return (
        x.device.type == 'cpu'
        and x.dtype in (torch.float32, torch.float64)
        and x.stride(0) == x.shape[1] * x.stride(1)
        and not torch.compiler.is_compiling()
    )


def _positions(x: Tensor) -> int:
    return math.prod(x.shape[2:])


def _spread(coefficient: Tensor, x: Tensor) -> Tensor:
    """Give a coefficient of every channel the axes of ``x``."""
    return coefficient.view(coefficient.shape + (1,) * (x.ndim - coefficient.ndim))
