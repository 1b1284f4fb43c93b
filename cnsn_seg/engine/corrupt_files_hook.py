"""Meet corrupt files before, and while, training needs them."""

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from itertools import islice
from multiprocessing.connection import Connection
from typing import Any

from mmengine.dataset import DefaultSampler, InfiniteSampler
from mmengine.dist import get_world_size, is_main_process
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner

from cnsn_seg.datasets import DomainDataset, LoadImage, LoadTrainIds
from cnsn_seg.datasets.leaves import leaves

from .durable_checkpoint_hook import save_checkpoint_of

Sample = tuple[DomainDataset, int]


@HOOKS.register_module()
class CorruptFilesHook(Hook):
    """Look for corrupt files ahead of training, and stop, or pass them over.

    While training runs, a process of the lowest priority loads every image and label of the
    training set once, in the order in which training will. What it finds ends training at once,
    after a checkpoint was saved, and not days later when its turn comes.

    Args:
        skip_corrupt: Number of corrupt samples, of each rank, that training may replace by others.
            They are named in the log. What replaces a sample follows from its place in the
            training, so that it is the same after resuming. Defaults to 0: the first is an error.

    Raises:
        ValueError: If a file is corrupt and may not be passed over; the message names it. Or if
            ``skip_corrupt`` is negative.
    """

    priority = 'VERY_LOW'

    def __init__(self, skip_corrupt: int = 0) -> None:
        if skip_corrupt < 0:
            raise ValueError(f'CorruptFilesHook expects skip_corrupt >= 0, got {skip_corrupt}')
        self.skip_corrupt = skip_corrupt
        self._met: set[str] = set()
        self._process: multiprocessing.Process | None = None

    def before_train(self, runner: Runner) -> None:
        """Start to look ahead."""
        inside = leaves(runner.train_dataloader.dataset)
        parts = [part for part in inside if isinstance(part, DomainDataset)]
        for part in parts:
            part.skip_corrupt = self.skip_corrupt > 0
        samples = [(part, index) for part in parts for index in range(len(part))]
        if samples and is_main_process():
            order = _order(runner, samples)
            self._found, sender = multiprocessing.Pipe(duplex=False)
            self._process = multiprocessing.Process(
                target=_look_ahead, args=(order, sender), daemon=True
            )
            self._process.start()
            sender.close()

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: dict | None = None,
    ) -> None:
        """Report what this batch passed over, and what was found ahead."""
        for problem in _passed_over(data_batch):
            self._count(runner, problem)
        while self._process and self._found.poll():
            try:
                problem = self._found.recv()
            except EOFError:  # all files were looked at
                self._end()
            else:
                self._report(runner, problem)

    def after_train(self, runner: Runner) -> None:
        """Look no further."""
        self._end()

    def _end(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.join()
            self._found.close()
            self._process = None

    def _count(self, runner: Runner, problem: str) -> None:
        if problem in self._met:
            return
        self._met.add(problem)
        number = f'{len(self._met)} of at most {self.skip_corrupt}'
        if len(self._met) > self.skip_corrupt:
            self._stop(runner, f'{problem}: more corrupt files than skip_corrupt allows ({number})')
        runner.logger.warning(f'{problem}: passed over ({number})')

    def _report(self, runner: Runner, problem: str) -> None:
        if self.skip_corrupt:
            runner.logger.warning(f'{problem}: training will pass over it')
        else:
            self._stop(runner, f'{problem}; found before training needed it')

    def _stop(self, runner: Runner, problem: str) -> None:
        self._end()
        save_checkpoint_of(runner, runner.iter + 1)
        raise ValueError(
            f'{problem}. Replace the file, leave it out (tools/check_data.py --fix lists such), or '
            'allow some with default_hooks.corrupt_files.skip_corrupt; then go on with --resume'
        )


def _order(runner: Runner, samples: Sequence[Sample]) -> list[Sample]:
    """Sort samples by when training will need them, as far as its sampler tells."""
    loader, used = runner.train_dataloader, runner.train_dataloader.sampler
    if len(samples) != len(loader.dataset) or type(used) not in (InfiniteSampler, DefaultSampler):
        return list(samples)
    sampler = type(used)(loader.dataset, shuffle=used.shuffle, seed=used.seed)
    sampler.rank, sampler.world_size = 0, 1  # as one rank that takes the turns of all
    order = [samples[index] for index in islice(sampler, len(samples))]
    begin = runner.iter * loader.batch_sampler.batch_size * get_world_size() % len(samples)
    return order[begin:] + order[:begin]


def _look_ahead(samples: Sequence[Sample], found: Connection) -> None:
    """Load samples one after the other, and tell what cannot be loaded."""
    os.nice(19)
    parent = os.getppid()
    for part, index in samples:
        if os.getppid() != parent:
            return
        if problem := _problem_of(part, index):
            found.send(problem)


def _problem_of(part: DomainDataset, index: int) -> str | None:
    results = {**part.get_data_info(index), 'skip_corrupt': False}
    try:
        for step in part.pipeline.transforms:
            if isinstance(step, LoadImage | LoadTrainIds) and results is not None:
                results = step(results)
    except ValueError as error:
        return str(error)
    return None


def _passed_over(batch: Any) -> Iterator[str]:
    samples = batch.get('data_samples', []) if isinstance(batch, dict) else []
    for sample in samples:
        yield from sample.metainfo.get('passed_over', ())
