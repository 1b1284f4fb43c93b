"""Evaluate a checkpoint on every domain in one run."""

import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.dist import is_main_process
from mmengine.runner import Runner

from cnsn_seg.datasets import protocol_of
from cnsn_seg.datasets.config_parts import domain_of, domain_parts

from .domain_iou_metric import DomainIoUMetric
from .results import SCHEMA_VERSION, environment, write_json
from .summary import domain_results, unseen_results
from .use_protocol import check_views, use_protocol


def evaluate(
    cfg: Config,
    checkpoint: str | Path,
    *,
    domains: Sequence[str] | None = None,
    out: str | Path | None = None,
) -> dict[str, Any]:
    """Evaluate a checkpoint on the domains of ``cfg.test_dataloader``.

    Args:
        cfg: Config whose ``test_evaluator`` is a :class:`DomainIoUMetric`.
        checkpoint: Checkpoint that fits the model to the last key.
        domains: Domains to evaluate, in this order, out of ``cfg.test_dataloader`` and
            ``cfg.other_test_datasets``. Defaults to those of ``cfg.test_dataloader``.
        out: Folder that ``results.json`` is written to. Defaults to ``cfg.work_dir``.

    Returns:
        The content of ``results.json``, see :mod:`cnsn_seg.evaluation.results`.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
        ValueError: If a domain is unknown or not in the protocol, the checkpoint does not fit the
            model, or the config has no :class:`DomainIoUMetric`.
    """
    if not Path(checkpoint).is_file():
        raise FileNotFoundError(f"there is no checkpoint '{checkpoint}'")
    if domains is not None:
        keep_domains(cfg, domains)
    use_protocol(cfg)
    check_views(cfg)
    for part in domain_parts(cfg.test_dataloader.dataset):
        part.test_mode = True
    cfg.load_from, cfg.resume = None, False
    runner = Runner.from_cfg(cfg)
    meta = _load(runner, checkpoint)
    start = time.monotonic()
    runner.test()
    metric = _metric(runner)
    results = dict(
        schema_version=SCHEMA_VERSION,
        config=str(cfg.filename),
        checkpoint=str(checkpoint),
        protocol=protocol_of(cfg.protocol).describe(),
        trained_under=_training_protocol(meta),
        selection=meta.get('selection'),
        **_scores(metric, test_domains(cfg)),
        **environment(),
        seconds=time.monotonic() - start,
    )
    if is_main_process():
        write_json(Path(out or cfg.work_dir) / 'results.json', results)
    return results


def test_domains(cfg: Config) -> list[str]:
    """List the domains of ``cfg.test_dataloader``, in order."""
    return [domain_of(part) for part in _parts(cfg)]


def keep_domains(cfg: Config, domains: Sequence[str]) -> None:
    """Let ``cfg.test_dataloader`` have some domains, in the order given.

    They come from the loader itself and from ``cfg.other_test_datasets``, a list of data sets
    that are tested only where they are asked for.

    Raises:
        ValueError: If the config does not have one of them.
    """
    parts = [*cfg.get('other_test_datasets', []), *_parts(cfg)]
    by_domain = {domain_of(part): part for part in parts}
    unknown = [name for name in domains if name not in by_domain]
    if unknown:
        raise ValueError(
            f'the config has no domain {", ".join(unknown)} to test, only {", ".join(by_domain)}'
        )
    cfg.test_dataloader.dataset = dict(
        type='ConcatDataset', datasets=[by_domain[name] for name in domains]
    )


def _parts(cfg: Config) -> list[Any]:
    dataset = cfg.test_dataloader.dataset
    return dataset.datasets if 'datasets' in dataset else [dataset]


def _load(runner: Runner, checkpoint: str | Path) -> dict[str, Any]:
    """Load weights strictly and return the checkpoint's ``meta``."""
    try:
        return runner.load_checkpoint(str(checkpoint), strict=True).get('meta', {})
    except RuntimeError as error:
        raise ValueError(
            f"checkpoint '{checkpoint}' does not fit the model of the config: {error}"
        ) from error


def _training_protocol(meta: dict[str, Any]) -> str | None:
    """Find the protocol in the config that MMEngine writes into a checkpoint."""
    # Searched and not executed: a checkpoint may come from anybody.
    found = re.search(r"^protocol = '(.*)'$", meta.get('cfg') or '', re.MULTILINE)
    return found and found.group(1)


def _metric(runner: Runner) -> DomainIoUMetric:
    for metric in runner.test_evaluator.metrics:
        if isinstance(metric, DomainIoUMetric):
            return metric
    raise ValueError("test_evaluator must be dict(type='DomainIoUMetric')")


def _scores(metric: DomainIoUMetric, order: Sequence[str]) -> dict[str, Any]:
    classes = list(metric.dataset_meta['classes'])
    domains = {
        name: domain_results(
            metric.matrices[name],
            metric.num_images[name],
            classes,
            metric.averaged,
            metric.files_sha256[name],
        )
        for name in order
    }
    return dict(
        source=list(metric.source),
        classes=classes,
        domains=domains,
        unseen=unseen_results(domains, metric.source),
    )
