"""Evaluate a checkpoint on every domain in one run."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.dist import is_main_process
from mmengine.runner import Runner
from mmseg.registry import DATASETS

from .domain_iou_metric import DomainIoUMetric
from .results import SCHEMA_VERSION, domain_results, environment, unseen_results, write_json

DEFAULT_PROTOCOL = 'full'


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
        domains: Domains to evaluate, in this order. Defaults to all that the config has.
        out: Folder that ``results.json`` is written to. Defaults to ``cfg.work_dir``.

    Returns:
        The content of ``results.json``, see :mod:`cnsn_seg.evaluation.results`.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
        ValueError: If a domain is unknown, the checkpoint does not fit the model, or the config
            has no :class:`DomainIoUMetric`.
    """
    if not Path(checkpoint).is_file():
        raise FileNotFoundError(f"there is no checkpoint '{checkpoint}'")
    if domains is not None:
        keep_domains(cfg, domains)
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
        protocol=cfg.get('protocol', DEFAULT_PROTOCOL),
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
    return [_domain(part) for part in _parts(cfg)]


def keep_domains(cfg: Config, domains: Sequence[str]) -> None:
    """Reduce ``cfg.test_dataloader`` to some domains, in the order given.

    Raises:
        ValueError: If the config does not have one of them.
    """
    by_domain = {_domain(part): part for part in _parts(cfg)}
    unknown = [name for name in domains if name not in by_domain]
    if unknown:
        raise ValueError(
            f'test_dataloader has no domain {", ".join(unknown)}; it has {", ".join(by_domain)}'
        )
    cfg.test_dataloader.dataset = dict(
        type='ConcatDataset', datasets=[by_domain[name] for name in domains]
    )


def _parts(cfg: Config) -> list[Any]:
    dataset = cfg.test_dataloader.dataset
    return dataset.datasets if 'datasets' in dataset else [dataset]


def _domain(part: Any) -> str:
    return part.get('domain') or getattr(DATASETS.get(part.type), 'domain', part.type)


def _load(runner: Runner, checkpoint: str | Path) -> dict[str, Any]:
    """Load weights strictly and return the checkpoint's ``meta``."""
    try:
        return runner.load_checkpoint(str(checkpoint), strict=True).get('meta', {})
    except RuntimeError as error:
        raise ValueError(
            f"checkpoint '{checkpoint}' does not fit the model of the config: {error}"
        ) from error


def _metric(runner: Runner) -> DomainIoUMetric:
    for metric in runner.test_evaluator.metrics:
        if isinstance(metric, DomainIoUMetric):
            return metric
    raise ValueError("test_evaluator must be dict(type='DomainIoUMetric')")


def _scores(metric: DomainIoUMetric, order: Sequence[str]) -> dict[str, Any]:
    classes = list(metric.dataset_meta['classes'])
    domains = {
        name: domain_results(metric.matrices[name], metric.num_images[name], classes)
        for name in order
    }
    return dict(
        source=list(metric.source),
        classes=classes,
        domains=domains,
        unseen=unseen_results(domains, metric.source),
    )
