"""A data set in memory whose classes are rare and common, and what a training run draws from it."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from mmengine.dataset import BaseDataset, pseudo_collate, worker_init_fn
from mmengine.runner import set_random_seed
from torch.utils.data import DataLoader, Dataset

from cnsn_seg.datasets import DomainDataset
from cnsn_seg.datasets.statistics import ClassStatistics, measure

PACK = {'type': 'PackSegInputs', 'meta_keys': ('sample_name', 'centroid', 'domain')}
TILE = 16


class Scenes(BaseDataset):
    """Labels in memory under the names '0', '1', ..., with images of zeros."""

    METAINFO = DomainDataset.METAINFO

    def __init__(self, labels: Sequence[np.ndarray], domain: str = 'memory', **kwargs) -> None:
        self.labels = labels
        self.domain = domain
        super().__init__(**{'pipeline': [PACK], **kwargs})

    def load_data_list(self) -> list[dict]:
        return [
            {
                'sample_name': str(number),
                'domain': self.domain,
                'img': np.zeros((*label.shape, 3), dtype=np.uint8),
                'gt_seg_map': label,
                'seg_fields': ['gt_seg_map'],
            }
            for number, label in enumerate(self.labels)
        ]


@pytest.fixture
def scenes() -> type[Scenes]:
    return Scenes


@pytest.fixture
def labels() -> list[np.ndarray]:
    """Twelve labels of 16x32 pixels: roads, a car in every third, a train in one."""
    labels = [np.zeros((16, 32), dtype=np.uint8) for _ in range(12)]
    for number, label in enumerate(labels):
        label[:4] = 255
        label[4:8, number : number + 8] = 13 if number % 3 == 0 else 0
    labels[5][8:13, 20:24] = 16
    return labels


@pytest.fixture
def write_statistics(tmp_path: Path) -> Callable[..., str]:
    """Write the statistics of labels, and return the file's name."""

    def write(labels: Sequence[np.ndarray], names: Sequence[str] | None = None) -> str:
        path = tmp_path / 'statistics.npz'
        names = names or [str(number) for number in range(len(labels))]
        measurements = map(partial(measure, tile=TILE), labels)
        ClassStatistics.from_measurements(names, measurements, TILE).save(path)
        return str(path)

    return write


@pytest.fixture
def draw() -> Callable[..., list[dict]]:
    """What one rank's data loader delivers, as MMEngine's runner builds it."""
    return _draw


def _draw(
    dataset: Dataset, indices: Sequence[int], *, workers: int = 0, rank: int = 0, seed: int = 7
) -> list[dict]:
    set_random_seed(seed)
    loader = DataLoader(
        dataset,
        sampler=list(indices),
        num_workers=workers,
        collate_fn=pseudo_collate,
        worker_init_fn=partial(worker_init_fn, num_workers=workers, rank=rank, seed=seed),
    )
    return [batch['data_samples'][0].metainfo for batch in loader]
