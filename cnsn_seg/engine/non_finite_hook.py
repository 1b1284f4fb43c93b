"""Stop a training that turns non-finite, before it does harm."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple, NoReturn
from unittest.mock import patch

import torch
from mmengine.dist import all_gather_object, all_reduce
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.optim import OptimWrapper
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from torch import Tensor, nn

from .durable_checkpoint_hook import save_checkpoint_of

_LOWEST_SCALE = 1.0
"""Loss scale below which float16 gradients that overflow are no accident."""


class _Finding(NamedTuple):
    """What a rank found in the step done again.

    ``begin`` counts the outputs that were finite before: synchronised batch norm hands what is not
    from rank to rank.
    """

    begin: float
    cause: str
    images: list[str]


@HOOKS.register_module()
class NonFiniteHook(Hook):
    """Stop at the first step whose loss or gradients are infinite or not a number.

    Neither parameters nor the optimizer are touched, and a checkpoint from before the step is
    saved. Float16 training leaves out steps whose scaled gradients overflow, which is normal, and
    is stopped only where the loss itself is not finite or no scale is low enough. Ranks stop
    together and name the images of the one that it began on.
    """

    priority = 'VERY_HIGH'

    def before_train(self, runner: Runner) -> None:
        """Have the optimizer look at loss and gradients before it steps."""
        self._runner = runner
        self._buffers = [buffer for buffer in runner.model.buffers() if buffer.numel()]
        self._kept = [buffer.clone() for buffer in self._buffers]
        self._patches = ExitStack()
        wrapper = runner.optim_wrapper
        for each in wrapper.values() if isinstance(wrapper, Mapping) else [wrapper]:
            self._patches.enter_context(patch.object(each, 'backward', self._noting(each)))
            self._patches.enter_context(patch.object(each, 'step', self._checking(each)))

    def after_train(self, runner: Runner) -> None:
        """Leave the optimizer alone."""
        self._patches.close()

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict | None = None
    ) -> None:
        """Keep what the forward pass changes."""
        torch._foreach_copy_(self._kept, self._buffers)
        self._random_states = _random_states()
        self._batch = data_batch

    def _noting(self, wrapper: OptimWrapper) -> Callable[..., None]:
        backward = wrapper.backward

        def note_and_go_backward(loss: Tensor, **kwargs: Any) -> None:
            self._loss = loss.detach()
            backward(loss, **kwargs)

        return note_and_go_backward

    def _checking(self, wrapper: OptimWrapper) -> Callable[..., None]:
        step = wrapper.step
        scaler = getattr(wrapper, 'loss_scaler', None)
        is_scaled = scaler is not None and scaler.is_enabled()

        def check_and_step(**kwargs: Any) -> None:
            gradients = [] if is_scaled else _gradients(wrapper.optimizer)
            norms = [nn.utils.get_total_norm(gradients, norm_type=float('inf'))] * bool(gradients)
            are_finite = torch.stack([self._loss.float(), *norms]).isfinite().all().float()
            all_reduce(are_finite, 'min')
            if not are_finite or (is_scaled and scaler.get_scale() < _LOWEST_SCALE):
                self._stop()
            step(**kwargs)

        return check_and_step

    def _stop(self) -> NoReturn:
        """Name the cause, save what was before and raise."""
        runner = self._runner
        findings = all_gather_object(self._find())
        rank = min(range(len(findings)), key=lambda rank: findings[rank].begin)
        where = f' on rank {rank}' if len(findings) > 1 else ''
        torch._foreach_copy_(self._buffers, self._kept)
        path = save_checkpoint_of(runner, runner.iter)
        raise FloatingPointError(
            f'iteration {runner.iter + 1} is not finite{where}: {findings[rank].cause}. Its images '
            f'were {", ".join(findings[rank].images) or "not named"}. Nothing was learned from '
            f"them, and '{path}' is from before; lower the learning rate, or look at the images, "
            'then go on with --resume'
        )

    def _find(self) -> _Finding:
        """Find where it begins, by doing the step again."""
        model = self._runner.model
        model = model.module if is_model_wrapper(model) else model
        images = list(_images(self._batch))
        for name, parameter in model.named_parameters():
            if not torch.isfinite(parameter).all():
                return _Finding(-1, f'the parameter {name} was not before', images)
        torch._foreach_copy_(self._buffers, self._kept)
        model.zero_grad()
        with _outputs_watched(model) as outputs:
            loss = self._repeat(model)
        for begin, (name, is_finite) in enumerate(outputs):
            if not is_finite:
                return _Finding(begin, f'the output of {name} is the first that is not', images)
        if not torch.isfinite(loss):
            return _Finding(len(outputs), 'the loss is not, though all outputs are', images)
        # Gradients come to be from the last parameter to the first.
        for name, parameter in reversed(list(model.named_parameters())):
            if parameter.grad is not None and not torch.isfinite(parameter.grad).all():
                cause = f'the forward pass is, and the gradient of {name} is the first that is not'
                return _Finding(len(outputs) + 1, cause, images)
        return _Finding(float('inf'), 'it is when it is repeated', images)

    def _repeat(self, model: nn.Module) -> Tensor:
        with torch.random.fork_rng():
            _set_random_states(self._random_states)
            with self._runner.optim_wrapper.optim_context(model):
                data = model.data_preprocessor(self._batch, True)
                losses = model._run_forward(data, mode='loss')
            loss = model.parse_losses(losses)[0]
            loss.backward()
        return loss.detach()


def _random_states() -> list[Tensor]:
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []
    return [torch.get_rng_state(), *cuda]


def _set_random_states(states: list[Tensor]) -> None:
    torch.set_rng_state(states[0])
    if states[1:]:
        torch.cuda.set_rng_state_all(states[1:])


def _gradients(optimizer: torch.optim.Optimizer) -> list[Tensor]:
    parameters = (one for group in optimizer.param_groups for one in group['params'])
    return [parameter.grad for parameter in parameters if parameter.grad is not None]


@contextmanager
def _outputs_watched(model: nn.Module) -> Iterator[list[tuple[str, bool]]]:
    """Note for every module, in the order of computation, whether its output is finite."""
    outputs: list[tuple[str, bool]] = []

    def watch(name: str, kind: str) -> Callable[..., None]:
        def hook(module: nn.Module, inputs: Any, output: Any) -> None:
            if isinstance(output, Tensor):
                outputs.append((f'{name} ({kind})', bool(torch.isfinite(output).all())))

        return hook

    handles = [
        module.register_forward_hook(watch(name, type(module).__name__))
        for name, module in model.named_modules()
        if name
    ]
    try:
        yield outputs
    finally:
        for handle in handles:
            handle.remove()


def _images(batch: Any) -> Iterator[str]:
    samples = batch.get('data_samples', []) if isinstance(batch, Mapping) else []
    for sample in samples:
        yield f"'{sample.metainfo.get('img_path')}'"
