"""Checkpoints that survive whatever happens while they are written."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from mmengine.dist import is_main_process
from mmengine.fileio import LocalBackend, register_backend
from mmengine.hooks import CheckpointHook
from mmengine.registry import HOOKS
from mmengine.runner import Runner

from cnsn_seg.atomic_write import atomic_write
from cnsn_seg.datasets import protocol_of
from cnsn_seg.evaluation.results import environment


@register_backend('durable')
class DurableBackend(LocalBackend):
    """Local files that only complete ones replace, once the disk holds them."""

    def put(self, obj: bytes, filepath: str | Path) -> None:
        """Write a file into a folder that exists."""
        with atomic_write(filepath, durable=True) as temporary:
            temporary.write_bytes(obj)


@HOOKS.register_module()
class DurableCheckpointHook(CheckpointHook):
    """MMEngine's ``CheckpointHook``, after which there is a good checkpoint at any time.

    A checkpoint has its name once it is complete and on the disk, and an outdated one is removed
    only then. Beyond MMEngine's, ``meta`` holds ``protocol`` (as ``Protocol.describe`` spells it
    out, None without one), ``versions`` (package to version) and ``git_commit`` (of the repository
    that training was started in, with ``-dirty`` where files differ from it; None outside of one).

    Args:
        **kwargs: Passed to ``CheckpointHook``; ``backend_args`` defaults to the backend
            ``'durable'``.

    Raises:
        OSError: If a checkpoint cannot be written. The message names the last good one.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{'backend_args': dict(backend='durable'), **kwargs})

    def before_train(self, runner: Runner) -> None:
        """Prepare the folder, and remove what a killed process left half-written."""
        super().before_train(runner)
        if is_main_process() and isinstance(self.file_backend, DurableBackend):
            folder = Path(self.out_dir)
            folder.mkdir(parents=True, exist_ok=True)
            for leftover in folder.glob('.[0-9]*.*.pth'):
                leftover.unlink(missing_ok=True)
        self._provenance = dict(
            protocol=_protocol(runner), versions=environment()['versions'], git_commit=_commit()
        )

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Write down what was trained with what."""
        checkpoint['meta'].update(self._provenance)

    def after_train_iter(self, runner: Runner, *args: Any, **kwargs: Any) -> None:
        """Save where it is due."""
        with self._good_checkpoint_kept(runner):
            super().after_train_iter(runner, *args, **kwargs)

    def after_train_epoch(self, runner: Runner) -> None:
        """Save where it is due."""
        with self._good_checkpoint_kept(runner):
            super().after_train_epoch(runner)

    def after_val_epoch(self, runner: Runner, *args: Any, **kwargs: Any) -> None:
        """Save the best checkpoint where this is it."""
        with self._good_checkpoint_kept(runner):
            super().after_val_epoch(runner, *args, **kwargs)

    @contextmanager
    def _good_checkpoint_kept(self, runner: Runner) -> Iterator[None]:
        """Postpone removals until everything is written."""
        good = runner.message_hub.runtime_info.get('last_ckpt')
        backend, self.file_backend = self.file_backend, _RemovingLater(self.file_backend)
        try:
            yield
            self.file_backend.remove_now()
        except OSError as error:
            there = good is not None and backend.exists(good)
            kept = f"; '{good}' is complete, go on from it with --resume" if there else ''
            raise type(error)(f'the checkpoint was not saved: {error}{kept}') from error
        finally:
            self.file_backend = backend


def save_checkpoint_of(runner: Runner, iteration: int) -> Path:
    """Save, in between, what training is after an iteration, and so that it can be resumed.

    Returns:
        The file.
    """
    path = Path(runner.work_dir) / f'iter_{iteration}.pth'
    runner.save_checkpoint(
        runner.work_dir,
        path.name,
        meta=dict(epoch=runner.epoch, iter=iteration),
        by_epoch=False,
        backend_args=dict(backend='durable'),
    )
    return path


class _RemovingLater:
    """A storage backend that removes files when it is told to, unless they are new by then."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend
        self._outdated: list[tuple[str, int]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)

    def remove(self, path: str) -> None:
        self._outdated.append((path, _inode(path)))

    def remove_now(self) -> None:
        for path, inode in self._outdated:
            if _inode(path) == inode:
                self._backend.remove(path)


def _inode(path: str) -> int:
    with suppress(OSError):
        return os.stat(path).st_ino
    return 0  # of another storage than local files


def _protocol(runner: Runner) -> dict[str, Any] | None:
    name = runner.cfg.get('protocol')
    return name and protocol_of(name).describe()


def _commit() -> str | None:
    command = ['git', 'describe', '--always', '--dirty', '--abbrev=40', '--exclude=*']
    with suppress(OSError):
        found = subprocess.run(command, capture_output=True, text=True)
        return found.stdout.strip() or None
    return None
