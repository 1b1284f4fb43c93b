"""Train a model from a config file."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.model import is_model_wrapper
from mmengine.runner import CheckpointLoader, Runner
from torch import nn

from cnsn_seg.checkpoints import misfit, newest_checkpoint, state_dict_of, weights_only
from cnsn_seg.evaluation import use_protocol


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
        ValueError: If the config's ``protocol`` is unknown.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no config file '{path}'; configs/ lists what there is")
    cfg = Config.fromfile(path)
    cfg.merge_from_dict(options or {})
    use_protocol(cfg)
    cfg.launcher = launcher
    cfg.work_dir = str(work_dir or cfg.get('work_dir') or Path('work_dirs') / path.stem)
    if launcher == 'pytorch' and not torch.cuda.is_available():
        _distribute_on_cpu(cfg)
    return cfg


def train(
    cfg: Config,
    *,
    seed: int | None = None,
    resume: bool = False,
    amp: str | None = None,
    deterministic: bool = False,
) -> None:
    """Train as a config says.

    Args:
        cfg: Config from :func:`load_config`.
        seed: Seed of weights, data order, augmentation and CrossNorm. Defaults to the config's.
        resume: Whether to continue from the newest checkpoint in ``cfg.work_dir``.
        amp: ``'float16'`` or ``'bfloat16'`` for mixed precision. Defaults to the config's.
        deterministic: Whether two runs give the same weights to the last bit, on GPUs too.

    Raises:
        OSError: If a checkpoint cannot be read or written.
        FloatingPointError: If the loss or gradients turn non-finite.
        ValueError: If ``amp`` is asked for where it cannot be had, if no checkpoint to resume from
            is undamaged, or if a checkpoint does not fit the model or holds code.
    """
    if seed is not None:
        cfg.randomness = {**cfg.get('randomness', {}), 'seed': seed}
    if amp:
        _use_amp(cfg, amp)
    if deterministic:
        _be_deterministic(cfg)
    cfg.resume = resume or cfg.get('resume', False)
    if cfg.resume and not cfg.get('load_from') and (newest := newest_checkpoint(cfg.work_dir)):
        cfg.load_from = str(newest)
    with weights_only():
        runner = Runner.from_cfg(cfg)
        if cfg.get('load_from') and cfg.get('strict_load', True):
            _check_fit(cfg.load_from, runner.model)
        try:
            runner.train()
        except FileNotFoundError as error:
            if Path(cfg.work_dir).is_dir():
                raise
            raise FileNotFoundError(
                f"the work dir '{cfg.work_dir}' was removed while training used it, with all "
                'checkpoints in it: start again'
            ) from error


def _check_fit(checkpoint: str, model: nn.Module) -> None:
    weights = state_dict_of(CheckpointLoader.load_checkpoint(checkpoint, map_location='cpu'))
    bare_model = model.module if is_model_wrapper(model) else model
    if problem := misfit({name: value.shape for name, value in weights.items()}, bare_model):
        raise ValueError(
            f"checkpoint '{checkpoint}' does not fit the model of the config: {problem}. Give the "
            "checkpoint's own config, or set strict_load=False in this one to load what fits"
        )


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


def _use_amp(cfg: Config, dtype: str) -> None:
    if cfg.optim_wrapper.type != 'OptimWrapper':
        raise ValueError(
            f'--amp expects optim_wrapper.type to be OptimWrapper, got {cfg.optim_wrapper.type}'
        )
    cfg.optim_wrapper.update(type='MixedPrecisionOptimWrapper', dtype=dtype)


def _be_deterministic(cfg: Config) -> None:
    os.environ.setdefault('CUBLAS_WORKSPACE_CONFIG', ':4096:8')  # read when CUDA starts
    cfg.randomness = {**cfg.get('randomness', {}), 'deterministic': True}
