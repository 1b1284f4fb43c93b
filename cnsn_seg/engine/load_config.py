"""Read a config file, and make sure of it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config

from cnsn_seg.evaluation import use_protocol

from .config_check import check_config, check_options


def load_config(
    path: str | Path,
    *,
    work_dir: str | Path | None = None,
    options: dict[str, Any] | None = None,
    launcher: str = 'none',
) -> Config:
    """Read a config file and what the command line adds to it.

    Args:
        path: Config file.
        work_dir: Where logs and checkpoints go. Defaults to the config's own ``work_dir``, else
            ``work_dirs/<name of the config>``.
        options: Dotted key to value, as ``--cfg-options`` gives them. Defaults to none.
        launcher: ``'none'``, ``'pytorch'``, ``'slurm'`` or ``'mpi'``. Defaults to ``'none'``.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file cannot be read, or there is a mistake in it or in ``options``.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no config file '{path}'; configs/ lists what there is")
    cfg = _read(path)
    check_options(options or {}, cfg)
    cfg.merge_from_dict(options or {})
    try:
        check_config(cfg)
        use_protocol(cfg)
    except ValueError as error:
        raise ValueError(f"'{path}': {error}") from error
    cfg.launcher = launcher
    cfg.work_dir = str(work_dir or cfg.get('work_dir') or Path('work_dirs') / path.stem)
    if launcher == 'pytorch' and not torch.cuda.is_available():
        _distribute_on_cpu(cfg)
    return cfg


def _read(path: Path) -> Config:
    try:
        return Config.fromfile(path)
    except (OSError, ImportError):
        raise
    except Exception as error:  # a config is Python, which may fail in any way
        raise ValueError(f"'{path}' cannot be read: {type(error).__name__}: {error}") from error


def _distribute_on_cpu(cfg: Config) -> None:
    """Replace what needs CUDA when processes work together: NCCL, SyncBN and device ids."""
    cfg.model_wrapper_cfg = dict(
        type='DataParallelOnCPU', find_unused_parameters=cfg.get('find_unused_parameters', False)
    )
    if not torch.distributed.is_initialized():
        # MMEngine's own start sets a CUDA device.
        seconds = cfg.get('env_cfg', {}).get('dist_cfg', {}).get('timeout')
        timeout = None if seconds is None else timedelta(seconds=seconds)
        torch.distributed.init_process_group('gloo', timeout=timeout)
