"""CrossNorm: exchange channel statistics between feature maps while training."""

import functools
import math
import warnings
from typing import Any

import torch
from torch import Tensor, nn

from ..suggest import did_you_mean
from .exchange import Exchange, draw_exchange, draw_in_graph
from .functional import check_map, cross_norm
from .ranks import GlobalBatch, meet, rank_and_ranks
from .traced import cross_norm_by_mask

CROPS = ('neither', 'style', 'content', 'both')
MODES = ('two_instance', 'two_instance_channel', 'one_instance')


class CrossNorm(nn.Module):
    """Exchange channel-wise mean and standard deviation between feature maps.

    Tang et al., ICCV 2021, section 3.1. The identity in evaluation mode, and in training mode
    whenever it is not active. Who activates it depends on ``prob``:

    * ``prob=None``: :class:`cnsn_seg.engine.CrossNormHook` chooses, once per iteration, which of
      the model's CrossNorms are active. Without the hook the layer warns once that it never acts.
    * a number: the layer decides by itself in every training forward.

    Random numbers come from generators that belong to one draw, seeded differently on every rank.
    A forward repeated by gradient checkpointing draws the same exchange again.

    With ``sync_styles`` the ranks of a distributed training do together what one process with all
    their samples does: they act in the same forwards, on one permutation of the global batch and
    one pair of boxes. Only (N, C) means and variances travel; gradients flow through them.

    Args:
        in_channels: Number of channels. Not needed; accepted because MMSegmentation passes it.
        crop: Whether statistics of a random box replace those of the whole map, for the
            ``'style'``, the ``'content'``, ``'both'`` or ``'neither'``. One box is shared by the
            batch. Boxes need inputs of shape (N, C, H, W). Defaults to ``'neither'``.
        beta: Parameter of the boxes' area, see
            :func:`cnsn_seg.layers.functional.sample_box`. Defaults to 1.0.
        min_box_ratio: Share of the map that a box must exceed, in [0, 1). Defaults to 0.1.
        mode: ``'two_instance'`` exchanges between samples, ``'two_instance_channel'`` also
            permutes the style's channels, ``'one_instance'`` exchanges between the channels of
            each sample. Defaults to ``'two_instance'``.
        prob: Probability of acting in a training forward, in [0, 1]. Defaults to None: leave it
            to the hook.
        sync_styles: Whether styles come from the samples of all ranks. Without a process group it
            changes nothing. Defaults to False: from the rank's own samples.
        eps: Added to the variances. Defaults to 1e-5.

    Raises:
        ValueError: If an argument is outside its range.
    """

    _abbr_ = 'cross_norm'

    def __init__(
        self,
        in_channels: int | None = None,
        crop: str = 'neither',
        beta: float = 1.0,
        min_box_ratio: float = 0.1,
        mode: str = 'two_instance',
        prob: float | None = None,
        sync_styles: bool = False,
        eps: float = 1e-5,
    ) -> None:
        super().__init__()
        _check_choice('crop', crop, CROPS)
        _check_choice('mode', mode, MODES)
        if not isinstance(sync_styles, bool):
            raise ValueError(f'CrossNorm expects sync_styles to be a bool, got {sync_styles!r}')
        _check_number('beta', beta)
        _check_number('min_box_ratio', min_box_ratio)
        if prob is not None:
            _check_number('prob', prob)
        if not beta > 0:
            raise ValueError(f'CrossNorm expects beta > 0, got {beta}')
        if not 0 <= min_box_ratio < 1:
            raise ValueError(f'CrossNorm expects min_box_ratio in [0, 1), got {min_box_ratio}')
        if prob is not None and not 0 <= prob <= 1:
            raise ValueError(f'CrossNorm expects prob in [0, 1] or None, got {prob}')
        if sync_styles and mode == 'one_instance':
            raise ValueError(
                "CrossNorm with mode='one_instance' takes no styles from other samples: leave "
                'sync_styles out'
            )
        self.crop = crop
        self.beta = beta
        self.min_box_ratio = min_box_ratio
        self.mode = mode
        self.prob = prob
        self.sync_styles = sync_styles
        self.eps = eps
        self.has_hook = False
        self._seed: Tensor | None = None  # a tensor, so that a compiled graph serves every seed

    def activate(self, seed: int) -> None:
        """Act in every training forward until :meth:`deactivate`, with the draw ``seed`` gives."""
        self._seed = torch.tensor(seed)

    def deactivate(self) -> None:
        """Be the identity until :meth:`activate`."""
        self._seed = None

    def draw(
        self, x: Tensor, generator: torch.Generator, batch: GlobalBatch | None = None
    ) -> Exchange:
        """Draw permutations and boxes for ``x``, or for a batch it is part of, on the CPU."""
        samples = batch.samples if batch else x.shape[0]
        exchange = draw_exchange((samples, *x.shape[1:]), generator, **self._options)
        if batch:
            own = exchange.permutation[batch.own]
            exchange = exchange._replace(permutation=own, pool=batch.gather)
        return Exchange(
            *(part.to(x.device) if isinstance(part, Tensor) else part for part in exchange)
        )

    def forward(self, x: Tensor, exchange: Exchange | None = None) -> Tensor:
        """Apply CrossNorm.

        Args:
            x: Feature map, shape (N, C, *), floating point.
            exchange: What to exchange, in place of a random draw; applied in any mode.

        Returns:
            Tensor of the shape and dtype of ``x``; ``x`` itself where the layer does not act.

        Raises:
            ValueError: If the layer acts and ``x`` is no feature map.
        """
        if torch.compiler.is_compiling() and exchange is None:
            acts_with_others = self.sync_styles and self._seed is not None
            outside = self.training and (self.prob or acts_with_others)
            return self._forward_outside_graph(x) if outside else self._forward_in_graph(x)
        exchange = exchange or self.exchange_for(x)
        return x if exchange is None else cross_norm(x, eps=self.eps, **exchange._asdict())

    def exchange_for(self, x: Tensor) -> Exchange | None:
        """Draw what this forward exchanges, None where the layer does not act."""
        seed = self._seed_of_forward() if self.training else None
        if seed is None or 0 in x.shape[:1]:
            return None
        check_map(x)
        batch = None
        if self.sync_styles and rank_and_ranks()[1] > 1:
            seed, batch = meet(seed, x.shape[0], x.device)
        generator = torch.Generator().manual_seed(seed)
        if self._seed is None and torch.rand((), generator=generator).item() >= self.prob:
            return None
        if (batch.samples if batch else x.shape[0]) == 1 and self.mode != 'one_instance':
            _warn_batch_of_one()
            return None
        return self.draw(x, generator, batch)

    def extra_repr(self) -> str:
        """Show what differs between layers."""
        text = f'crop={self.crop!r}, beta={self.beta}, mode={self.mode!r}, prob={self.prob}'
        return text + ', sync_styles=True' * self.sync_styles

    @property
    def _options(self) -> dict[str, Any]:
        return dict(
            crop=self.crop, beta=self.beta, min_box_ratio=self.min_box_ratio, mode=self.mode
        )

    @torch.compiler.disable(
        reason='a CrossNorm with a prob of its own, or with sync_styles, acts outside of graphs: '
        'for a whole graph, leave both out and let CrossNormHook decide'
    )
    def _forward_outside_graph(self, x: Tensor) -> Tensor:
        return self(x)

    def _forward_in_graph(self, x: Tensor) -> Tensor:
        """Apply CrossNorm where a hook has decided whether it acts."""
        alone = x.shape[0] == 1 and self.mode != 'one_instance'
        if not self.training or self._seed is None or alone:
            return x
        drawn = draw_in_graph(self._seed, x.shape, **self._options)
        permutation, channels, style_box, content_box = (part.to(x.device) for part in drawn)
        return cross_norm_by_mask(
            x,
            permutation,
            channels if self.mode != 'two_instance' else None,
            style_box if self.crop in ('style', 'both') else None,
            content_box if self.crop in ('content', 'both') else None,
            self.eps,
        )

    def _seed_of_forward(self) -> int | None:
        """Return the seed of this forward's draw, or None where the layer cannot act."""
        if self._seed is not None:
            return int(self._seed)
        if self.prob is None:
            if not self.has_hook:
                _warn_no_hook()
            return None
        return None if self.prob == 0 else _seed_of_this_rank()


def _check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(
            f'CrossNorm expects {name} to be one of {choices}, got {value!r}'
            + did_you_mean(value, choices)
        )


def _check_number(name: str, value: float) -> None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or math.isinf(value):
        raise ValueError(f'CrossNorm expects {name} to be a finite number, got {value!r}')


def _seed_of_this_rank() -> int:
    """Draw a seed from the global generator, apart on ranks whose global generators agree."""
    return int(torch.randint(2**31, (1,))) + 1_000_003 * rank_and_ranks()[0]


@functools.cache
def _warn_no_hook() -> None:
    warnings.warn(
        'CrossNorm has no prob of its own and no CrossNormHook drives it, so it never acts: add '
        "custom_hooks = [dict(type='CrossNormHook', prob=0.5, num_active=1)] to the config, "
        'or give the layer a prob',
        stacklevel=2,
    )


@functools.cache
def _warn_batch_of_one() -> None:
    warnings.warn(
        'CrossNorm got a batch of one sample and has no other to exchange statistics with, so it '
        "does not act: use a batch size of at least 2 per GPU, or mode='one_instance'",
        stacklevel=2,
    )
