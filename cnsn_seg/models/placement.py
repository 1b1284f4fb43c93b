"""Where CrossNorm and SelfNorm sit in a residual network: the ``cnsn=dict(...)`` of a config."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import torch
from torch import nn

from cnsn_seg.layers import CrossNorm, SelfNorm
from cnsn_seg.suggest import did_you_mean

POSITIONS = ('pre', 'residual', 'identity', 'post')
INPUT_STAGE = 0


@dataclass(frozen=True)
class Placement:
    """Positions inside a residual block and stages of the network (paper, section 3.3).

    ``'pre'`` is the block's input, ``'residual'`` the end of its residual branch and
    ``'identity'`` the end of its shortcut, both before the addition, ``'post'`` the block's
    output after the last ReLU. Where both layers share a position, CrossNorm comes first.

    Args:
        sn_pos: Position of SelfNorm, None for no SelfNorm.
        cn_pos: Position of CrossNorm, None for no CrossNorm.
        stages: Stages that get the layers: 1 to 4, and 0 for a CrossNorm on the input image.
            Defaults to all four stages.
        cn_stages: Stages that get CrossNorm, where they differ: ``(0,)`` with SelfNorm in all
            four stages is the authors' ImageNet setting. Defaults to ``stages``.
        two_branch: See :class:`cnsn_seg.layers.SelfNorm`.
        init: See :class:`cnsn_seg.layers.SelfNorm`.
        crop: See :class:`cnsn_seg.layers.CrossNorm`, as all that follow.
        beta: Parameter of the boxes' area.
        min_box_ratio: Share of the map that a box must exceed.
        mode: What CrossNorm exchanges.
        prob: Probability of each CrossNorm by itself; None leaves it to the CrossNormHook.
        sync_styles: Whether styles come from the samples of all ranks.

    Raises:
        ValueError: If a position or stage does not exist, nothing would be placed, or a layer
            refuses its options.
    """

    sn_pos: str | None = None
    cn_pos: str | None = None
    stages: Sequence[int] = (1, 2, 3, 4)
    cn_stages: Sequence[int] | None = None
    two_branch: bool = False
    init: str = 'identity'
    crop: str = 'neither'
    beta: float = 1.0
    min_box_ratio: float = 0.1
    mode: str = 'two_instance'
    prob: float | None = None
    sync_styles: bool = False

    def __post_init__(self) -> None:
        for key in ('sn_pos', 'cn_pos'):
            position = getattr(self, key)
            if position is not None and position not in POSITIONS:
                raise ValueError(
                    f'cnsn.{key} must be one of {POSITIONS} or None, got {position!r}'
                    + did_you_mean(str(position), POSITIONS)
                )
        if self.cn_stages is None:
            object.__setattr__(self, 'cn_stages', self.stages)
        for key in ('stages', 'cn_stages'):
            stages = getattr(self, key)
            is_list = isinstance(stages, Sequence) and not isinstance(stages, str)
            if not is_list or not stages or not {*map(repr, stages)} <= {*map(repr, range(5))}:
                raise ValueError(
                    f'cnsn.{key} must be a tuple of some of 1, 2, 3, 4 and 0 (the input image), '
                    f'got {stages!r}'
                )
        if self.sn_pos is None and self.cn_pos is None:
            raise ValueError('cnsn places nothing: set sn_pos or cn_pos, or leave cnsn out')
        if self.sn_pos is not None and set(self.stages) == {INPUT_STAGE}:
            raise ValueError('cnsn.stages has only 0, the input image, where SelfNorm has no place')
        if INPUT_STAGE in self.cn_stages and self.cn_pos is None:
            raise ValueError('cnsn.stages has 0, the input image, which needs a cn_pos')
        with torch.device('meta'):  # so that wrong options are refused where they are not used, too
            self.cross_norm(1)
            self._self_norm(1)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> 'Placement':
        """Build a placement from the ``cnsn`` dict of a config.

        Raises:
            ValueError: If a key is unknown; the nearest known one is suggested.
        """
        known = [field.name for field in fields(cls)]
        for key in config:
            if key not in known:
                raise ValueError(
                    f'cnsn has no option {key!r}; it knows {", ".join(known)}'
                    + did_you_mean(key, known)
                )
        return cls(**config)

    @property
    def on_input(self) -> bool:
        """Whether a CrossNorm acts on the input image."""
        return INPUT_STAGE in self.cn_stages

    @property
    def block_stages(self) -> set[int]:
        """Stages whose blocks get any layer."""
        cn_stages = self.cn_stages if self.cn_pos is not None else ()
        sn_stages = self.stages if self.sn_pos is not None else ()
        return {*cn_stages, *sn_stages} - {INPUT_STAGE}

    def cross_norm(self, channels: int) -> CrossNorm:
        """Build one CrossNorm."""
        return CrossNorm(
            channels,
            crop=self.crop,
            beta=self.beta,
            min_box_ratio=self.min_box_ratio,
            mode=self.mode,
            prob=self.prob,
            sync_styles=self.sync_styles,
        )

    def block_layers(
        self, stage: int, in_channels: int, out_channels: int
    ) -> Iterator[tuple[str, str, nn.Module]]:
        """Yield (name, position, layer) for one block of a stage, in the order they act."""
        channels = dict.fromkeys(POSITIONS, out_channels) | {'pre': in_channels}
        if self.cn_pos is not None and stage in self.cn_stages:
            yield 'crossnorm', self.cn_pos, self.cross_norm(channels[self.cn_pos])
        if self.sn_pos is not None and stage in self.stages:
            yield 'selfnorm', self.sn_pos, self._self_norm(channels[self.sn_pos])

    def _self_norm(self, channels: int) -> SelfNorm:
        return SelfNorm(channels, self.two_branch, self.init)
