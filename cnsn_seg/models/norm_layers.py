"""Batch norm followed by CrossNorm and SelfNorm, as norm layers for ``norm_cfg``.

The batch norm is a submodule, so that ``norm_eval``, weight-decay rules and
``SyncBatchNorm.convert_sync_batchnorm`` act on it alone. In checkpoints its keys stand where a
plain batch norm has them (``bn1.weight``, not ``bn1.bn.weight``): pretrained networks load
unchanged, and what is saved loads into the plain network.
"""

from typing import Any

from mmseg.registry import MODELS
from torch import Tensor, nn

from cnsn_seg.layers import CrossNorm, SelfNorm
from cnsn_seg.layers.in_turn import apply_in_turn


class _BatchNormThen(nn.Module):
    """Batch norm, then the layers given, in order."""

    _abbr_ = 'bn'

    def __init__(self, num_features: int, batch_norm: dict[str, Any], **layers: nn.Module) -> None:
        super().__init__()
        self.bn = nn.BatchNorm2d(num_features, **batch_norm)
        for name, layer in layers.items():
            self.add_module(name, layer)
        self.register_state_dict_post_hook(_lift_batch_norm_keys)
        self.register_load_state_dict_pre_hook(_lower_batch_norm_keys)

    def init_weights(self) -> None:
        """Undo what the backbone's rules for batch norm did to the layers behind it."""
        for layer in self.children():
            if hasattr(layer, 'init_weights'):
                layer.init_weights()

    def forward(self, x: Tensor) -> Tensor:
        """Map a feature map of shape (N, C, H, W) to one of the same shape."""
        return apply_in_turn(x, list(self.children()))


@MODELS.register_module()
class SNBN(_BatchNormThen):
    """Batch norm followed by SelfNorm.

    Args:
        num_features: Number of channels.
        self_norm: Arguments of :class:`cnsn_seg.layers.SelfNorm`. Defaults to none.
        batch_norm: Arguments of :class:`torch.nn.BatchNorm2d`, such as ``eps`` and ``momentum``.
    """

    def __init__(
        self, num_features: int, self_norm: dict[str, Any] | None = None, **batch_norm: Any
    ) -> None:
        super().__init__(
            num_features, batch_norm, selfnorm=SelfNorm(num_features, **(self_norm or {}))
        )


@MODELS.register_module()
class CNBN(_BatchNormThen):
    """Batch norm followed by CrossNorm.

    Args:
        num_features: Number of channels.
        cross_norm: Arguments of :class:`cnsn_seg.layers.CrossNorm`. Defaults to none.
        batch_norm: Arguments of :class:`torch.nn.BatchNorm2d`, such as ``eps`` and ``momentum``.
    """

    def __init__(
        self, num_features: int, cross_norm: dict[str, Any] | None = None, **batch_norm: Any
    ) -> None:
        super().__init__(
            num_features, batch_norm, crossnorm=CrossNorm(num_features, **(cross_norm or {}))
        )


@MODELS.register_module()
class CNSNBN(_BatchNormThen):
    """Batch norm followed by CrossNorm and SelfNorm.

    Args:
        num_features: Number of channels.
        cross_norm: Arguments of :class:`cnsn_seg.layers.CrossNorm`. Defaults to none.
        self_norm: Arguments of :class:`cnsn_seg.layers.SelfNorm`. Defaults to none.
        batch_norm: Arguments of :class:`torch.nn.BatchNorm2d`, such as ``eps`` and ``momentum``.
    """

    def __init__(
        self,
        num_features: int,
        cross_norm: dict[str, Any] | None = None,
        self_norm: dict[str, Any] | None = None,
        **batch_norm: Any,
    ) -> None:
        super().__init__(
            num_features,
            batch_norm,
            crossnorm=CrossNorm(num_features, **(cross_norm or {})),
            selfnorm=SelfNorm(num_features, **(self_norm or {})),
        )


def _lift_batch_norm_keys(
    module: nn.Module, state_dict: dict[str, Tensor], prefix: str, _metadata: dict[str, Any]
) -> None:
    for name in module.bn.state_dict():
        state_dict[prefix + name] = state_dict.pop(f'{prefix}bn.{name}')


def _lower_batch_norm_keys(
    module: nn.Module, state_dict: dict[str, Tensor], prefix: str, *_args: Any
) -> None:
    for name in module.bn.state_dict():
        if prefix + name in state_dict:
            state_dict[f'{prefix}bn.{name}'] = state_dict.pop(prefix + name)
