"""Watch on which domain the best checkpoint is chosen."""

import logging
from collections.abc import Iterator
from typing import Any

from mmengine.hooks import CheckpointHook, Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from torch.utils.data import Dataset

from cnsn_seg.datasets.leaves import leaves


@HOOKS.register_module()
class SourceSelectionHook(Hook):
    """Warn where the best checkpoint is chosen on a domain that training does not see.

    Domain generalization has no target images to choose with. Every checkpoint of the run carries
    ``meta['selection'] = {'metrics': [...], 'target_domains': [...]}``, which evaluation copies
    into its results.
    """

    def before_train(self, runner: Runner) -> None:
        """Compare the domains of ``save_best`` with those of the training set."""
        metrics = list(_selection_metrics(runner))
        sources = set(domains_of(runner.train_dataloader.dataset))
        targets = sorted({metric.split('/')[0] for metric in metrics} - sources - {'source'})
        self.selection = dict(metrics=metrics, target_domains=targets)
        if targets:
            runner.logger.log(
                logging.WARNING,
                f'save_best chooses the checkpoint on {", ".join(targets)}, which training does '
                f'not see ({", ".join(sorted(sources))}): this is not domain generalization, and '
                'the results of this run are marked',
            )

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Write the choice into the checkpoint."""
        checkpoint['meta']['selection'] = self.selection


def domains_of(dataset: Dataset) -> Iterator[str]:
    """Yield the domains of a data set, wrapped or concatenated."""
    yield from (leaf.domain for leaf in leaves(dataset) if hasattr(leaf, 'domain'))


def _selection_metrics(runner: Runner) -> Iterator[str]:
    for hook in runner.hooks:
        if isinstance(hook, CheckpointHook) and hook.save_best:
            yield from hook.key_indicators
