"""Rare class sampling of DAFormer (Hoyer et al., CVPR 2022)."""

from typing import Any

import numpy as np
from mmengine.dataset import BaseDataset
from mmseg.registry import DATASETS

from cnsn_seg.datasets.statistics import ClassStatistics

from .sampled import SampledDataset


@DATASETS.register_module()
class RareClassDataset(SampledDataset):
    """See rare classes more often than common ones.

    As in DAFormer ("Rare Class Sampling" among the paper's training strategies;
    ``mmseg/datasets/uda_dataset.py`` of the released code), every sample is drawn, and the index
    asked for only seeds the draw. With f_c, the share of class c among all pixels of the 19
    classes, and the temperature T, a class is drawn with

        P(c) = exp((1 - f_c) / T) / sum over c' of exp((1 - f_c') / T),

    then, uniformly, an image with more than ``min_pixels`` pixels of it. The pipeline is run
    again until its random crop leaves more than ``min_pixels * min_crop_ratio`` of them, but not
    more than ``retries`` times; then the last crop will do. A class that has that many pixels in
    no image is never drawn, where DAFormer refuses the data set.

    Args:
        dataset: The data set, or its config. Its pipeline ends with :class:`PackDomainInputs`.
        statistics: File of its :class:`ClassStatistics`, written by ``tools/check_data.py``.
        temperature: T; the lower, the more often rare classes are drawn. Defaults to 0.01.
        min_pixels: Pixels of the class that an image has to exceed. Defaults to 3000.
        min_crop_ratio: Share of ``min_pixels`` that a crop has to exceed. Defaults to 0.5.
        retries: How often at most another crop is tried. Defaults to 10.
        **kwargs: Passed to :class:`SampledDataset`.

    Attributes:
        classes: Train ids that are drawn, int64, shape (K,).
        probabilities: Probability of each, float64, shape (K,).

    Raises:
        ValueError: If ``temperature`` is not positive, or no image has that many pixels of any
            class.
    """

    def __init__(
        self,
        dataset: BaseDataset | dict,
        statistics: str,
        temperature: float = 0.01,
        min_pixels: int = 3000,
        min_crop_ratio: float = 0.5,
        retries: int = 10,
        **kwargs,
    ) -> None:
        if temperature <= 0:
            raise ValueError(f'temperature must be positive, got {temperature}')
        self.temperature = temperature
        self.min_pixels = min_pixels
        self.min_crop_ratio = min_crop_ratio
        self.retries = retries
        super().__init__(dataset, statistics, **kwargs)

    def _prepare(self, statistics: ClassStatistics) -> None:
        frequency = statistics.frequency
        enough = statistics.pixels[:, : len(frequency)] > self.min_pixels
        self.classes = np.flatnonzero(enough.any(axis=0))
        if not len(self.classes):
            raise ValueError(
                f"no image in '{self.statistics}' has more than min_pixels={self.min_pixels} "
                'pixels of one class'
            )
        self._samples = [np.flatnonzero(enough[:, train_id]) for train_id in self.classes]
        self.probabilities = _softmax((1 - frequency[self.classes]) / self.temperature)

    def _draw(self, index: int, rng: np.random.Generator) -> Any:
        drawn = rng.choice(len(self.classes), p=self.probabilities)
        sample = int(rng.choice(self._samples[drawn]))
        for _ in range(self.retries + 1):
            packed = self.dataset.prepare_data(sample)
            if packed is None or self._has_enough(packed, self.classes[drawn]):
                break
        return packed

    def _has_enough(self, packed: dict, train_id: int) -> bool:
        labels = packed['data_samples'].gt_sem_seg.data
        return int((labels == int(train_id)).sum()) > self.min_pixels * self.min_crop_ratio


def _softmax(logits: np.ndarray) -> np.ndarray:
    weights = np.exp(logits - logits.max())
    return weights / weights.sum()
