"""The base of data sets that draw samples of another one by its class statistics."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from mmengine.dataset import BaseDataset, force_full_init
from mmseg.registry import DATASETS
from torch.utils.data import Dataset

from cnsn_seg.datasets.statistics import ClassStatistics


class SampledDataset(Dataset, ABC):
    """Wrap a data set and choose which of its samples an index stands for.

    It is as long as the data set inside, and may be a part of MMEngine's ``ConcatDataset``; to
    train on several sources, wrap each on its own.

    Every item has a generator of its own, seeded by the next number of ``np.random`` and the
    index. MMEngine seeds ``np.random`` differently in every worker of every rank; where ranks
    have no workers, and thus one seed, they are told apart by their indices.

    Args:
        dataset: The data set, or its config.
        statistics: File of its :class:`ClassStatistics`, written by ``tools/check_data.py``. It
            may hold further samples, of other splits for example.
        lazy_init: Whether to wait with loading annotations and statistics until
            :meth:`full_init` is called. Defaults to False.

    Raises:
        TypeError: If ``dataset`` is a wrapper itself.
        FileNotFoundError: If there is no such file of statistics.
        ValueError: If the statistics cannot be read or lack a sample, or ``dataset`` renumbers
            classes through ``metainfo``.
    """

    def __init__(
        self, dataset: BaseDataset | dict, statistics: str, *, lazy_init: bool = False
    ) -> None:
        self.dataset = DATASETS.build(dataset) if isinstance(dataset, dict) else dataset
        if not isinstance(self.dataset, BaseDataset):
            raise TypeError(
                f'{type(self).__name__} draws from a single data set, '
                f'not from a {type(self.dataset).__name__}: wrap the data sets inside instead'
            )
        if getattr(self.dataset, 'label_map', None):
            raise ValueError(
                f'{type(self).__name__} needs the 19 classes that statistics are made of, '
                f'not {list(self.metainfo["classes"])}'
            )
        self.statistics = statistics
        self._fully_initialized = False
        if not lazy_init:
            self.full_init()

    @property
    def metainfo(self) -> dict:
        """That of the data set inside."""
        return self.dataset.metainfo

    def full_init(self) -> None:
        """Load annotations and statistics; repeating it is harmless."""
        if self._fully_initialized:
            return
        self.dataset.full_init()
        infos = map(self.dataset.get_data_info, range(len(self.dataset)))
        names = [info['sample_name'] for info in infos]
        self._prepare(ClassStatistics.load(self.statistics).select(names))
        self._fully_initialized = True

    @force_full_init
    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: int) -> Any:
        """Draw a sample and run it through the pipeline.

        Args:
            index: Which sample is asked for; subclasses say what becomes of it.

        Returns:
            What the pipeline returns.

        Raises:
            IndexError: If the data set is not that long.
            RuntimeError: If the pipeline returns None even after ``dataset.max_refetch`` more
                draws.
        """
        index = range(len(self))[index]
        for _ in range(self.dataset.max_refetch + 1):
            rng = np.random.default_rng([np.random.randint(2**31), index])
            sample = self._draw(index, rng)
            if sample is not None:
                return sample
            index = int(rng.integers(len(self)))
        raise RuntimeError(
            f'the pipeline of {type(self.dataset).__name__} returned None for '
            f'{self.dataset.max_refetch + 1} samples one after the other'
        )

    @abstractmethod
    def _prepare(self, statistics: ClassStatistics) -> None:
        """Keep what drawing needs of the statistics, whose samples are those of ``dataset``."""

    @abstractmethod
    def _draw(self, index: int, rng: np.random.Generator) -> Any:
        """Draw a sample with ``rng`` and return what the pipeline makes of it."""
