"""A training loop whose result does not tell where it was interrupted."""

from contextlib import closing
from typing import Any

from mmengine.dist import broadcast_object_list, get_rank
from mmengine.registry import LOOPS
from mmengine.runner import IterBasedTrainLoop, Runner
from torch import nn
from torch.utils.data import DataLoader

from cnsn_seg.datasets.sampling import batches_from, seed_generators


@LOOPS.register_module()
class ResumableTrainLoop(IterBasedTrainLoop):
    """MMEngine's ``IterBasedTrainLoop`` that continues as if it had never stopped.

    Resumed from a checkpoint, MMEngine's loop loads all earlier batches again and goes on with
    other random numbers. Here everything random follows from the run's seed, which checkpoints
    carry, and from where the training is: augmentation from the position of the sample, whatever
    else the iteration draws from the global generators from rank and iteration. So validation
    and the number of workers have no influence on training either.

    A checkpoint is written before the validation of its iteration. A training that continues from
    such a one validates first, since it cannot know whether that was finished.

    Args:
        runner: The runner.
        dataloader: The training's data loader, or its config.
        **kwargs: ``max_iters`` and everything else of ``IterBasedTrainLoop``.
    """

    def __init__(self, runner: Runner, dataloader: DataLoader | dict, **kwargs: Any) -> None:
        self._built_with_seed = _seed_of_all_ranks(runner)
        loader = runner.build_dataloader(dataloader, seed=self._built_with_seed)
        # MMEngine's constructor already starts workers, before it is known where to continue.
        super().__init__(runner, DataLoader(loader.dataset), **kwargs)
        self.dataloader = loader

    def run(self) -> nn.Module:
        """Train until ``max_iters``, from the iteration at which a checkpoint was written."""
        self.runner.call_hook('before_train')
        self.runner.call_hook('before_train_epoch')
        self._seed = _seed_of_all_ranks(self.runner)
        self._let_sampler_have_resumed_seed()
        if self._iter > 0:
            self._say_where_training_continues()
            self._validate_where_due()
        with closing(batches_from(self._iter, self.dataloader, self._seed)) as batches:
            while self._iter < self._max_iters and not self.stop_training:
                self.runner.model.train()
                self.run_iter(next(batches))
                self._validate_where_due()
        self.runner.call_hook('after_train_epoch')
        self.runner.call_hook('after_train')
        return self.runner.model

    def run_iter(self, data_batch: Any) -> None:
        """Train on one batch, with random numbers that follow from rank and iteration."""
        seed_generators(self._seed, get_rank(), self._iter, stream=1)
        super().run_iter(data_batch)

    def _validate_where_due(self) -> None:
        self._decide_current_val_interval()
        due = self._iter % self.val_interval == 0 or self._iter == self._max_iters
        if due and self._iter >= self.val_begin and self.runner.val_loop is not None:
            self.runner.val_loop.run()

    def _let_sampler_have_resumed_seed(self) -> None:
        """Pass on the seed of a checkpoint, unless the config gives the sampler one of its own."""
        sampler = self.dataloader.sampler
        if getattr(sampler, 'seed', None) == self._built_with_seed:
            sampler.seed = self._seed

    def _say_where_training_continues(self) -> None:
        self.runner.logger.info(
            f'Training continues after iteration {self._iter} of {self._max_iters} (seed '
            f'{self._seed}). Samples that it has seen are not loaded again.'
        )


def _seed_of_all_ranks(runner: Runner) -> int:
    """Give rank 0's seed, which checkpoints carry; ``diff_rank_seed`` gives others their own."""
    seeds = [runner.seed]
    broadcast_object_list(seeds)
    return seeds[0]
