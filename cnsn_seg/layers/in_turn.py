"""Apply batch norm, CrossNorm and SelfNorm one after the other at the price of one of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor, nn

from .batch_norm import batch_norm_coefficients, joins
from .cross_norm import CrossNorm
from .exchange import Exchange
from .functional import check_map, cross_norm_coefficients, styles_of
from .recalibrate import Coefficients, recalibrate
from .self_norm import SelfNorm

_HOOKS = ('_forward_pre_hooks', '_forward_hooks', '_backward_pre_hooks', '_backward_hooks')


def apply_in_turn(x: Tensor, layers: Sequence[nn.Module]) -> Tensor:
    """Apply layers in order, those that only recalibrate statistics in one step.

    What a layer ``y = x * scale + shift`` makes of a channel has ``mean * scale + shift`` and
    ``var * scale ** 2`` for mean and variance. So the next one need not measure it, and two or
    more such layers in a row are one: batch norm, whose statistics over the batch follow from
    those of its samples, CrossNorm without boxes, and SelfNorm. All others, and modules that
    something is hooked to, act by themselves.

    Args:
        x: Feature map, shape (N, C, *), floating point.
        layers: Modules from such a map to such a map.

    Returns:
        What the layers return when called one after the other.
    """
    waiting: list[_Step] = []
    for layer in layers:
        step = _step_of(layer, x)
        if step is not None and step.coefficients is None:
            x, waiting = step.apply(_together(x, waiting)), []
        elif step is not None:
            waiting.append(step)
    return _together(x, waiting)


@dataclass(frozen=True)
class _Step:
    """What one layer is about to do.

    Args:
        apply: The layer by itself.
        coefficients: Scale and shift from mean and variance; None for a layer that is no such map.
        parameters: What ``coefficients`` sends gradients to.
    """

    apply: Callable[[Tensor], Tensor]
    coefficients: Coefficients | None = None
    parameters: Sequence[Tensor] = field(default_factory=tuple)


def _step_of(layer: nn.Module, x: Tensor) -> _Step | None:
    """Ask a layer what it will do to a map like ``x``; None for nothing."""
    if torch.compiler.is_compiling() or any(getattr(layer, hooks) for hooks in _HOOKS):
        return _Step(layer)
    if type(layer) is CrossNorm:
        exchange = layer.exchange_for(x)
        return exchange and _cross_norm_step(layer, exchange)
    if type(layer) is SelfNorm:
        return _Step(layer, layer.coefficients, tuple(layer.parameters()))
    if joins(layer, x):
        coefficients = partial(batch_norm_coefficients, layer, x.shape)
        return _Step(layer, coefficients, tuple(layer.parameters()))
    return _Step(layer)


def _cross_norm_step(layer: CrossNorm, exchange: Exchange) -> _Step:
    apply = partial(layer, exchange=exchange)
    if exchange.style_box or exchange.content_box:
        return _Step(apply)

    def coefficients(mean: Tensor, var: Tensor) -> tuple[Tensor, Tensor]:
        style = styles_of(
            (mean, var), exchange.permutation, exchange.channel_permutation, exchange.pool
        )
        return cross_norm_coefficients(mean, var, *style, layer.eps)

    return _Step(apply, coefficients)


def _together(x: Tensor, steps: Sequence[_Step]) -> Tensor:
    if len(steps) < 2:
        return steps[0].apply(x) if steps else x
    check_map(x)
    parameters = [parameter for step in steps for parameter in step.parameters]
    return recalibrate(x, _composed([step.coefficients for step in steps]), parameters)


def _composed(steps: Sequence[Coefficients]) -> Coefficients:
    def coefficients(mean: Tensor, var: Tensor) -> tuple[Tensor, Tensor | None]:
        scale, shift = steps[0](mean, var)
        for step in steps[1:]:
            mean_now = mean * scale if shift is None else mean * scale + shift
            then_scale, then_shift = step(mean_now, var * scale.square())
            scale = scale * then_scale
            shift = _sum(None if shift is None else shift * then_scale, then_shift)
        return scale, shift

    return coefficients


def _sum(one: Tensor | None, other: Tensor | None) -> Tensor | None:
    if one is None or other is None:
        return other if one is None else one
    return one + other
