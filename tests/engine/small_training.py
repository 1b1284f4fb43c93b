"""A training in miniature in which everything is random that can be."""

import os
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.dataset import BaseDataset
from mmengine.evaluator import BaseMetric
from mmengine.hooks import Hook
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch import Tensor, nn

from cnsn_seg.layers import CNSN

BATCH = 4
SAMPLES = 10


class Net(BaseModel):
    """Batch norm, dropout, SelfNorm, a CrossNorm of its own and two for the hook."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), CNSN(4, crop='both'), nn.ReLU(),
            nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4), CNSN(4), nn.Dropout(0.5), CNSN(4, prob=0.5),
        )  # fmt: skip
        self.inputs: list[Tensor] = []

    def forward(self, x: Tensor, mode: str = 'tensor') -> Any:
        if mode != 'loss':
            return [torch.rand(()) + random.random() + np.random.rand() for _ in self.body(x)]
        self.inputs.append(x.clone())
        return dict(loss=self.body(x).square().mean())


class Pictures(BaseDataset):
    """Pixels from all three global generators; loads are counted in a file, across workers."""

    def __init__(self, log: Path | None = None) -> None:
        self.log = log
        super().__init__()

    def load_data_list(self) -> list[dict]:
        return [dict(number=number) for number in range(SAMPLES)]

    def prepare_data(self, index: int) -> dict:
        if self.log:
            with open(self.log, 'a') as file:
                file.write(f'{index}\n')
        noise = torch.rand(1, 7, 7) + random.random() + float(np.random.rand())
        return dict(x=torch.cat([torch.full((2, 7, 7), index / SAMPLES), noise]))


class Score(BaseMetric):
    """The mean of what evaluation drew, which changes the global generators on the way."""

    def process(self, data_batch: Any, data_samples: Any) -> None:
        torch.rand(7), random.random(), np.random.rand()
        self.results.append(0.0)

    def compute_metrics(self, results: list) -> dict:
        return dict(score=float(len(results)))


def train(
    work_dir: Path,
    *,
    iterations: int = 10,
    workers: int = 0,
    loader: dict | None = None,
    val_interval: int = 100,
    hooks: Sequence[Hook] = (),
    seed: int | None = 7,
    diff_rank_seed: bool = False,
    log_level: str = 'ERROR',
    checkpoint: dict | None = None,
    optim_wrapper: dict | None = None,
    **options: Any,
) -> Runner:
    """Train, with a checkpoint after every iteration; ``options`` are the runner's."""
    work_dir.mkdir(parents=True, exist_ok=True)
    loading = dict(
        batch_size=BATCH,
        num_workers=workers,
        persistent_workers=workers > 0,
        sampler=dict(type='InfiniteSampler', shuffle=True),
        collate_fn=dict(type='default_collate'),
    )
    runner = Runner(
        dict(type=Net),
        str(work_dir),
        train_dataloader={**loading, 'dataset': Pictures(work_dir / 'loads'), **(loader or {})},
        val_dataloader=dict(
            batch_size=5,
            dataset=Pictures(),
            sampler=dict(type='DefaultSampler', shuffle=True),
            collate_fn=dict(type='default_collate'),
        ),
        val_evaluator=dict(type=Score),
        val_cfg=dict(),
        train_cfg=dict(type='ResumableTrainLoop', max_iters=iterations, val_interval=val_interval),
        optim_wrapper={'optimizer': dict(type='AdamW', lr=0.05), **(optim_wrapper or {})},
        param_scheduler=[
            dict(type='LinearLR', start_factor=0.1, end=4, by_epoch=False),
            dict(type='PolyLR', power=0.9, begin=4, end=10, by_epoch=False),
        ],
        default_hooks=dict(
            checkpoint=dict(
                type='DurableCheckpointHook',
                by_epoch=False,
                **{'interval': 1, **(checkpoint or {})},
            ),
            logger=dict(type='LoggerHook', interval=1),
        ),
        custom_hooks=[dict(type='CrossNormHook', prob=0.7), dict(type='EMAHook'), *hooks],
        randomness=dict(seed=seed, diff_rank_seed=diff_rank_seed),
        default_scope='mmseg',
        log_level=log_level,
        log_processor=dict(by_epoch=False),
        experiment_name=f'{work_dir.name}_{iterations}_{os.urandom(4).hex()}',
        **options,
    )
    runner.train()
    return runner


def loads_of(work_dir: Path) -> list[int]:
    """List the samples that were loaded for training, in the order in which that happened."""
    return [int(line) for line in (work_dir / 'loads').read_text().split()]
