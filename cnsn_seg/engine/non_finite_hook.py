"""Stop a training that turns non-finite, before it does harm."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from mmengine.dist import all_reduce
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from torch import Tensor, nn

from .durable_checkpoint_hook import save_checkpoint_of

_LOWEST_SCALE = 1.0
"""Loss scale below which float16 gradients that overflow are no accident."""


@HOOKS.register_module()
class NonFiniteHook(Hook):
    """Stop at the first step whose gradients or loss are infinite or not a number.

    The parameters are not touched, and a checkpoint from before the step is saved. Float16
    training leaves out steps whose scaled gradients overflow, which is normal, and is stopped
    only where the loss itself is not finite or no scale is low enough.
    """

    priority = 'VERY_HIGH'  # before anything uses what the step computed

    def before_train(self, runner: Runner) -> None:
        """Have every optimizer look at its gradients before it steps."""
        self._runner = runner
        wrapper = runner.optim_wrapper
        wrappers = wrapper.values() if isinstance(wrapper, Mapping) else [wrapper]
        self._handles = [
            each.optimizer.register_step_pre_hook(self._check_gradients) for each in wrappers
        ]
        self._buffers = [buffer for buffer in runner.model.buffers() if buffer.numel()]
        self._kept = [buffer.clone() for buffer in self._buffers]

    def after_train(self, runner: Runner) -> None:
        """Leave the optimizers alone."""
        for handle in self._handles:
            handle.remove()

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict | None = None
    ) -> None:
        """Keep what the forward pass changes."""
        torch._foreach_copy_(self._kept, self._buffers)
        self._random_state = torch.get_rng_state()
        self._batch = data_batch

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict | None = None,
        outputs: dict | None = None,
    ) -> None:
        """Look at what float16 training leaves out.

        Raises:
            FloatingPointError: If the loss is not finite, or overflows at any scale.
        """
        scaler = getattr(runner.optim_wrapper, 'loss_scaler', None)
        if scaler is None or not scaler.is_enabled():
            return
        is_finite = torch.isfinite(outputs['loss']).float()
        all_reduce(is_finite, 'min')  # one rank's loss spoils the step of all
        if not is_finite:
            self._stop('the loss')
        if scaler.get_scale() < _LOWEST_SCALE:
            self._stop('the gradients')

    def _check_gradients(self, optimizer: torch.optim.Optimizer, *_: Any) -> None:
        gradients = [
            parameter.grad
            for group in optimizer.param_groups
            for parameter in group['params']
            if parameter.grad is not None
        ]
        if not torch.isfinite(nn.utils.get_total_norm(gradients, norm_type=float('inf'))):
            self._stop('the gradients')

    def _stop(self, what: str) -> None:
        """Name the cause, save what was before and raise."""
        runner = self._runner
        cause = self._cause()
        torch._foreach_copy_(self._buffers, self._kept)
        path = save_checkpoint_of(runner, runner.iter)
        raise FloatingPointError(
            f'{what} of iteration {runner.iter + 1} are not finite: {cause}. The images were '
            f'{", ".join(_images(self._batch)) or "not named"}. Nothing was learned from them, and '
            f"'{path}' is from before; lower the learning rate, or look at the "
            'images, then go on with --resume'
        )

    def _cause(self) -> str:
        """Find where it begins, by doing the step again."""
        model = self._runner.model
        model = model.module if is_model_wrapper(model) else model
        names = [name for name, p in model.named_parameters() if not torch.isfinite(p).all()]
        if names:
            return f'the parameter {names[0]} was not before'
        torch._foreach_copy_(self._buffers, self._kept)
        model.zero_grad()
        with torch.random.fork_rng(), _outputs_watched(model) as bad:
            torch.set_rng_state(self._random_state)
            with self._runner.optim_wrapper.optim_context(model):
                data = model.data_preprocessor(self._batch, True)
                losses = model._run_forward(data, mode='loss')
            model.parse_losses(losses)[0].backward()
        if bad:
            return f'the output of {bad[0]} is the first that is not'
        # Gradients come to be from the last parameter to the first.
        for name, parameter in reversed(list(model.named_parameters())):
            if parameter.grad is not None and not torch.isfinite(parameter.grad).all():
                return f'the forward pass is, and the gradient of {name} is the first that is not'
        return 'the forward pass is when it is repeated'


@contextmanager
def _outputs_watched(model: nn.Module) -> Iterator[list[str]]:
    """Collect the names of modules whose output is not finite, in the order of computation."""
    bad: list[str] = []

    def watch(name: str, kind: str) -> Any:
        def hook(module: nn.Module, inputs: Any, output: Any) -> None:
            if isinstance(output, Tensor) and not torch.isfinite(output).all():
                bad.append(f'{name} ({kind})')

        return hook

    handles = [
        module.register_forward_hook(watch(name, type(module).__name__))
        for name, module in model.named_modules()
        if name
    ]
    try:
        yield bad
    finally:
        for handle in handles:
            handle.remove()


def _images(batch: Any) -> Iterator[str]:
    samples = batch.get('data_samples', []) if isinstance(batch, Mapping) else []
    for sample in samples:
        yield f"'{sample.metainfo.get('img_path')}'"
