"""A progress bar in place of log lines."""

from typing import Any

from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from tqdm import tqdm


@HOOKS.register_module()
class ProgressHook(Hook):
    """Show training and testing as progress bars with the time left.

    Args:
        title: What stands before the bars, such as the name of the method.
    """

    def __init__(self, title: str) -> None:
        self.title = title

    def before_train(self, runner: Runner) -> None:
        """Open the bar of the training."""
        self._open('train', runner.max_iters, runner.iter)

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: dict | None = None
    ) -> None:
        """Move on by one iteration and show the loss."""
        if outputs and batch_idx % 10 == 0:
            self._bar.set_postfix(loss=f'{float(outputs["loss"].detach()):.2f}', refresh=False)
        self._bar.update()

    def after_train(self, runner: Runner) -> None:
        """Close the bar of the training."""
        self._bar.close()

    def before_test(self, runner: Runner) -> None:
        """Open the bar of the test."""
        self._open('test', len(runner.test_dataloader))

    def after_test_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Move on by one batch."""
        self._bar.update()

    def after_test(self, runner: Runner) -> None:
        """Close the bar of the test."""
        self._bar.close()

    def _open(self, task: str, total: int, done: int = 0) -> None:
        self._bar = tqdm(
            desc=f'{self.title}: {task}',
            total=total,
            initial=done,
            disable=not is_main_process(),
            mininterval=1.0,
        )
