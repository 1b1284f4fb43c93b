"""Train and evaluate several methods with several seeds, and reuse what is there."""

import hashlib
import json
import multiprocessing
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine.runner import find_latest_checkpoint

from cnsn_seg.evaluation import evaluate
from cnsn_seg.evaluation.results import read_results, write_json

from .load_config import load_config
from .progress_hook import ProgressHook
from .train import train

METHODS = ('baseline', 'cn', 'sn', 'cnsn')
_MINIATURE = 'configs/miniature/deeplabv3plus_r18w32-d16{}_1xb8-700_miniature-128x256.py'
_STAMP = 'study.json'


@dataclass(frozen=True)
class Run:
    """One method trained with one seed.

    Args:
        method: Name of the method.
        config: Its config file.
        seed: Seed of the training.
        work_dir: Where logs, the checkpoint and ``results.json`` go.
    """

    method: str
    config: Path
    seed: int
    work_dir: Path

    @property
    def checkpoint(self) -> str | None:
        """The newest checkpoint, None before there is one."""
        return find_latest_checkpoint(str(self.work_dir))

    @property
    def results_path(self) -> Path:
        """The ``results.json`` of the evaluation."""
        return self.work_dir / 'results.json'

    @property
    def title(self) -> str:
        """What progress bars call the run."""
        return f'{self.method} (seed {self.seed})'


def miniature_runs(methods: Sequence[str], seeds: Sequence[int], root: Path) -> list[Run]:
    """Plan runs on the miniature, one work dir ``root/<method>_seed<seed>`` each.

    Raises:
        ValueError: If a method is unknown.
    """
    for method in methods:
        if method not in METHODS:
            raise ValueError(f'unknown method {method!r}, expected some of {METHODS}')
    return [
        Run(method, _miniature_config(method), seed, root / f'{method}_seed{seed}')
        for seed in seeds
        for method in methods
    ]


def results_of(runs: Iterable[Run]) -> Iterator[tuple[Run, dict[str, Any]]]:
    """Yield every run with its ``results.json``, made first where it is missing or outdated.

    A run that was interrupted continues from its newest checkpoint. Each runs in a process of its
    own, so that no state passes from one to the next.

    Raises:
        RuntimeError: If a run fails.
    """
    for run in runs:
        if not _is_done(run):
            process = multiprocessing.get_context('spawn').Process(target=_execute, args=(run,))
            process.start()
            process.join()
            if process.exitcode:
                raise RuntimeError(f"{run.title} failed; its log is in '{run.work_dir}'")
        yield run, read_results(run.work_dir)


def _miniature_config(method: str) -> Path:
    return Path(_MINIATURE.format('' if method == 'baseline' else f'_{method}'))


def _execute(run: Run) -> None:
    warnings.filterwarnings('ignore', module=r'(mmcv|mmengine|mmseg|torch)\.')
    _prepare(run)
    train(_config(run), seed=run.seed, resume=_is_started(run))
    evaluate(_config(run), run.checkpoint, out=run.work_dir)


def _config(run: Run) -> Any:
    cfg = load_config(run.config, work_dir=run.work_dir)
    cfg.log_level = 'WARNING'
    cfg.default_hooks.progress = dict(type=ProgressHook.__name__, title=run.title)
    return cfg


def _fingerprint(run: Run) -> str:
    """Change whenever the config or the seed does."""
    return hashlib.sha256(f'{run.seed}\n{_config(run).pretty_text}'.encode()).hexdigest()


def _prepare(run: Run) -> None:
    """Forget checkpoints of another config."""
    if not _is_current(run):
        for leftover in ('last_checkpoint', 'results.json'):
            (run.work_dir / leftover).unlink(missing_ok=True)
        write_json(run.work_dir / _STAMP, dict(fingerprint=_fingerprint(run)))


def _is_current(run: Run) -> bool:
    """Whether what the work dir holds is of this very run."""
    stamp = run.work_dir / _STAMP
    if not stamp.exists():
        return False
    return json.loads(stamp.read_text(encoding='utf-8')) == dict(fingerprint=_fingerprint(run))


def _is_started(run: Run) -> bool:
    return (run.work_dir / 'last_checkpoint').exists()


def _is_done(run: Run) -> bool:
    """Whether there are results of this very run, in the schema of this version."""
    try:
        read_results(run.work_dir)
    except (FileNotFoundError, ValueError):
        return False
    return _is_current(run)
