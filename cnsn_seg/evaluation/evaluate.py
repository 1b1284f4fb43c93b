"""Evaluate checkpoints on every domain in one run."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.dist import init_dist, is_distributed, is_main_process
from mmengine.registry import init_default_scope

from .evaluator import build_metric
from .jobs import Job, plan_jobs
from .options import Options
from .parts import plan_parts, unofficial
from .progress import Progress, note
from .run import Run


def evaluate(
    cfg: Config, checkpoint: str | Path, *, out: str | Path | None = None, **options: Any
) -> dict[str, Any]:
    """Evaluate one checkpoint.

    Args:
        cfg: As for :func:`evaluate_all`.
        checkpoint: The file.
        out: Folder that ``results.json`` is written to. Defaults to ``cfg.work_dir``.
        **options: Fields of :class:`Options`.

    Returns:
        The content of ``results.json``, see :mod:`cnsn_seg.evaluation.results`.

    Raises:
        FileNotFoundError: As for :func:`evaluate_all`.
        ValueError: As for :func:`evaluate_all`.
    """
    jobs = plan_jobs([checkpoint], out or cfg.work_dir)
    return evaluate_all(cfg, jobs, Options(**options))[0]


def evaluate_all(
    cfg: Config, jobs: Sequence[Job], options: Options, *, show_progress: bool = False
) -> list[dict[str, Any]]:
    """Evaluate checkpoints, each on all domains, and write their ``results.json``.

    Everything that can be wrong with the arguments is found before the first image is loaded. An
    evaluation that was interrupted continues with the images that it had not finished.

    Args:
        cfg: Config of the data, the protocol and the model, whose ``test_evaluator`` is a
            :class:`DomainIoUMetric`. A checkpoint that does not fit its model is evaluated with
            the model of the config that MMEngine stored in it.
        jobs: Checkpoints and where the results of each go.
        options: What is asked for.
        show_progress: Whether to show a bar with the time left, and to note it where a data set is
            not the official release. Defaults to False.

    Returns:
        The content of each ``results.json``, see :mod:`cnsn_seg.evaluation.results`; equal on all
        ranks.

    Raises:
        FileNotFoundError: If files of a data set are missing.
        ValueError: If a domain is unknown or not in the protocol, a file is no checkpoint or fits
            no model, the config has no :class:`DomainIoUMetric`, or the predictions of images
            without labels are not to be saved.
    """
    init_default_scope(cfg.get('default_scope', 'mmseg'))
    if cfg.launcher != 'none' and not is_distributed():
        init_dist(cfg.launcher, **cfg.get('env_cfg', {}).get('dist_cfg', {}))
    build_metric(cfg)
    parts = plan_parts(cfg, options)
    for part in parts:
        if not part.is_labelled and any(job.predictions is None for job in jobs):
            raise ValueError(
                f"'{part.folder}' has no labels to compare with: say where its predictions go "
                '(--save-predictions)'
            )
    runs = [Run(cfg, job, parts, options) for job in jobs]
    difference = unofficial(parts)
    if difference and show_progress:
        note(f'not the number of images of the official release: {difference}')
    total = len(jobs) * sum(len(part.indices) for part in parts)
    with Progress(total, show_progress) as progress:
        results = [run(progress) for run in runs]
    if is_main_process():
        for run in runs:
            run.journal.remove()
    return results
