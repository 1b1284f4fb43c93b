"""What CrossNorm draws at random: who gets whose statistics, and from which boxes."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from .functional import sample_box
from .recalibrate import Box


class Exchange(NamedTuple):
    """Everything random about one application of CrossNorm.

    The fields are the arguments of :func:`cnsn_seg.layers.functional.cross_norm`.
    """

    permutation: Tensor
    channel_permutation: Tensor | None = None
    style_box: Box | None = None
    content_box: Box | None = None
    pool: Callable[[Tensor], Tensor] | None = None


def draw_exchange(
    shape: Sequence[int],
    generator: torch.Generator,
    *,
    crop: str,
    beta: float,
    min_box_ratio: float,
    mode: str,
) -> Exchange:
    """Draw permutations and boxes.

    Args:
        shape: Shape (N, C, *) of the feature map.
        generator: CPU generator.
        crop: As for :class:`cnsn_seg.layers.CrossNorm`, like all that follow.
        beta: Parameter of the boxes' area.
        min_box_ratio: Share of the map that a box must exceed.
        mode: Between what statistics are exchanged.

    Returns:
        Tensors on the CPU.

    Raises:
        ValueError: If boxes are asked for and the map is not (N, C, H, W).
    """
    samples, channels = shape[:2]
    permutation, channel_permutation = torch.arange(samples), None
    if mode != 'one_instance':
        permutation = torch.randperm(samples, generator=generator)
    if mode != 'two_instance':
        channel_permutation = torch.randperm(channels, generator=generator)
    if crop != 'neither' and len(shape) != 4:
        raise ValueError(
            f'CrossNorm with crop={crop!r} expects (N, C, H, W), got {tuple(shape)}; '
            "use crop='neither' for sequences and volumes"
        )
    boxes = [
        sample_box(*shape[2:], beta, min_box_ratio, generator) if crop in (part, 'both') else None
        for part in ('style', 'content')
    ]
    return Exchange(permutation, channel_permutation, *boxes)


@torch.library.custom_op('cnsn_seg::draw_exchange', mutates_args=())
def draw_in_graph(
    seed: Tensor, shape: Sequence[int], crop: str, beta: float, min_box_ratio: float, mode: str
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """:func:`draw_exchange` as an operator of compiled graphs.

    Returns:
        The fields of the exchange, int64, shapes (N,), (C,), (4,) and (4,); meaningless where the
        field is None.
    """
    exchange = draw_exchange(
        shape,
        torch.Generator().manual_seed(int(seed)),
        crop=crop,
        beta=beta,
        min_box_ratio=min_box_ratio,
        mode=mode,
    )
    permutation, channel_permutation, *boxes = exchange[:4]
    if channel_permutation is None:
        channel_permutation = torch.arange(shape[1])
    return permutation, channel_permutation, *(torch.tensor(box or (0, 0, 0, 0)) for box in boxes)


@draw_in_graph.register_fake
def _(seed, shape, crop, beta, min_box_ratio, mode):
    return tuple(torch.empty(size, dtype=torch.int64) for size in (shape[0], shape[1], 4, 4))
