"""Train a model from a config."""

import os
from pathlib import Path

from mmengine.config import Config
from mmengine.model import is_model_wrapper
from mmengine.runner import CheckpointLoader, Runner
from torch import nn

from cnsn_seg.checkpoints import misfit, newest_checkpoint, state_dict_of, weights_only

from .config_check import check_batch


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
    check_batch(cfg)
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


def _use_amp(cfg: Config, dtype: str) -> None:
    if cfg.optim_wrapper.type != 'OptimWrapper':
        raise ValueError(
            f'--amp expects optim_wrapper.type to be OptimWrapper, got {cfg.optim_wrapper.type}'
        )
    cfg.optim_wrapper.update(type='MixedPrecisionOptimWrapper', dtype=dtype)


def _be_deterministic(cfg: Config) -> None:
    os.environ.setdefault('CUBLAS_WORKSPACE_CONFIG', ':4096:8')  # read when CUDA starts
    cfg.randomness = {**cfg.get('randomness', {}), 'deterministic': True}
