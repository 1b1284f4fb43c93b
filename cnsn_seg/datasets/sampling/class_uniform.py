"""Class-uniform sampling of RobustNet (Choi et al., CVPR 2021)."""

from typing import Any

import numpy as np
from mmengine.dataset import BaseDataset
from mmseg.registry import DATASETS

from cnsn_seg.datasets.statistics import ClassStatistics

from .sampled import SampledDataset


@DATASETS.register_module()
class ClassUniformDataset(SampledDataset):
    """See every class equally often in a part of the samples.

    With probability ``fraction``, one of the classes that have centroids is drawn, then one of its
    centroids, both uniformly; the sample then carries ``centroid``, its (y, x) in the label as
    stored. :class:`RandomScaleCrop`, right after loading, makes the crop contain it. Otherwise the
    sample is the one asked for, without ``centroid``.

    RobustNet (``datasets/uniform.py``, ``build_epoch``) lists an epoch of N samples beforehand:
    ``fraction * N / 19`` centroids of each class, by shuffling its centroids and going around
    them, and random images for the rest. Drawing item by item has the same expectation, without a
    list to rebuild after every epoch, and thus works under ``InfiniteSampler``. There is one
    difference: where a class has no centroid, RobustNet's epoch is that much shorter; here the
    other classes take its part.

    Args:
        dataset: The data set, or its config.
        statistics: File of its :class:`ClassStatistics`, written by ``tools/check_data.py``.
        fraction: Share of samples that are drawn by class. Defaults to 0.5, as in RobustNet.
        **kwargs: Passed to :class:`SampledDataset`.

    Raises:
        ValueError: If ``fraction`` is not in [0, 1], or the statistics hold no centroid.
    """

    def __init__(
        self, dataset: BaseDataset | dict, statistics: str, fraction: float = 0.5, **kwargs
    ) -> None:
        if not 0 <= fraction <= 1:
            raise ValueError(f'fraction must be in [0, 1], got {fraction}')
        self.fraction = fraction
        super().__init__(dataset, statistics, **kwargs)

    def _prepare(self, statistics: ClassStatistics) -> None:
        sample, train_id, *point = statistics.centroids.T
        rows = np.stack([sample, *point], axis=1)
        self._centroids = [rows[train_id == chosen] for chosen in np.unique(train_id)]
        if not self._centroids:
            raise ValueError(f"the statistics in '{self.statistics}' hold no centroid")

    def _draw(self, index: int, rng: np.random.Generator) -> Any:
        if rng.random() >= self.fraction:
            return self.dataset.prepare_data(index)
        centroids = self._centroids[rng.integers(len(self._centroids))]
        sample, y, x = centroids[rng.integers(len(centroids))].tolist()
        return self.dataset.pipeline({**self.dataset.get_data_info(sample), 'centroid': (y, x)})
