"""Mixed precision on GPUs and CPUs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from mmengine.device import get_device
from mmengine.optim import OptimWrapper
from mmengine.registry import OPTIM_WRAPPERS
from torch import Tensor, nn

DTYPES = ('float16', 'bfloat16')


def usual_dtype() -> str:
    """Name the type that trains fastest: float16 on a GPU, bfloat16 on a CPU."""
    return 'float16' if torch.cuda.is_available() else 'bfloat16'


@OPTIM_WRAPPERS.register_module()
class MixedPrecisionOptimWrapper(OptimWrapper):
    """An ``OptimWrapper`` under which convolutions and the like compute in 16 bits.

    Weights, their gradients, channel statistics and losses stay float32. In float16 the loss is
    scaled, dynamically, so that small gradients do not vanish: a step whose gradients overflow is
    left out and the scale lowered (Micikevicius et al., Mixed Precision Training, ICLR 2018,
    section 3.2). bfloat16 has float32's range and needs no scale. MMEngine's ``AmpOptimWrapper``
    does the same on GPUs alone.

    Args:
        dtype: ``'float16'`` or ``'bfloat16'``.
        **kwargs: Passed to ``OptimWrapper``.

    Raises:
        ValueError: If ``dtype`` is another one.
    """

    def __init__(self, dtype: str, **kwargs: Any) -> None:
        if dtype not in DTYPES:
            raise ValueError(f'mixed precision expects a dtype of {", ".join(DTYPES)}, got {dtype}')
        super().__init__(**kwargs)
        self.dtype = getattr(torch, dtype)
        self.device = torch.device(get_device()).type
        self.loss_scaler = torch.amp.GradScaler(self.device, enabled=dtype == 'float16')

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Compute what is inside in mixed precision."""
        with super().optim_context(model), torch.autocast(self.device, self.dtype):
            yield

    def backward(self, loss: Tensor, **kwargs: Any) -> None:
        """Compute the gradients of the scaled loss."""
        super().backward(self.loss_scaler.scale(loss), **kwargs)

    def step(self, **kwargs: Any) -> None:
        """Update the parameters, unless their gradients overflowed."""
        if self.clip_grad_kwargs:
            self.loss_scaler.unscale_(self.optimizer)
            self._clip_grad()
        self.loss_scaler.step(self.optimizer, **kwargs)
        self.loss_scaler.update()

    def state_dict(self) -> dict[str, Any]:
        """Return the optimizer's state and, as ``loss_scaler``, that of the scale."""
        return dict(super().state_dict(), loss_scaler=self.loss_scaler.state_dict())

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Load what :meth:`state_dict` returned, or a plain ``OptimWrapper``'s state."""
        state_dict = dict(state_dict)
        if scale := state_dict.pop('loss_scaler', None):
            self.loss_scaler.load_state_dict(scale)
        super().load_state_dict(state_dict)
