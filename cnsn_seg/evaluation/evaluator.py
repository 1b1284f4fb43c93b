"""Count and save predictions, image by image, so that nothing is lost in an interruption."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config
from mmengine.evaluator import Evaluator
from mmseg.registry import METRICS
from mmseg.structures import SegDataSample

from .domain_iou_metric import DomainIoUMetric, ImageRecord
from .journal import Journal
from .png import save_png


class JournalingEvaluator(Evaluator):
    """An evaluator that saves predictions, counts them, and writes each image to a journal.

    A batch belongs to one domain. Samples without a truth are saved alone.

    Args:
        metric: The metric; gets the samples that have a truth.
        journal: Where every image is noted once its prediction is saved and counted.
        predictions: Folder of the predictions, None not to save them.
        folders: Domain to the folder of its images, in ``predictions`` relative to it.
        progress: Called with the domain and the number of images of every batch.
    """

    def __init__(
        self,
        metric: DomainIoUMetric,
        journal: Journal,
        predictions: Path | None,
        folders: Mapping[str, Path],
        progress: Callable[[str, int], None],
    ) -> None:
        super().__init__([metric])
        self._journal, self._predictions, self._folders = journal, predictions, folders
        self._progress = progress
        self._since = time.monotonic()
        self._seconds = 0.0
        metric.on_image = self._note

    def process(self, data_samples: Sequence[SegDataSample], data_batch: Any = None) -> None:
        """Save, count and note one batch."""
        now = time.monotonic()
        self._seconds, self._since = (now - self._since) / len(data_samples), now
        if self._predictions is not None:
            for sample in data_samples:
                train_ids = sample.pred_sem_seg.data[0].cpu().numpy()
                save_png(self._path(sample), train_ids.astype(np.uint8))
        labelled = [sample for sample in data_samples if 'gt_sem_seg' in sample]
        if labelled:
            super().process(labelled, data_batch)
        for sample in data_samples:
            if 'gt_sem_seg' not in sample:
                self._note(ImageRecord(sample.domain, sample.sample_name, None, None))
        self._progress(data_samples[0].domain, len(data_samples))

    def _note(self, record: ImageRecord) -> None:
        self._journal.add(record, self._seconds)

    def _path(self, sample: SegDataSample) -> Path:
        image = Path(sample.img_path).relative_to(self._folders[sample.domain])
        return self._predictions / sample.domain / image.with_suffix('.png')


def build_metric(cfg: Config) -> DomainIoUMetric:
    """Build the metric in ``cfg.test_evaluator``.

    Raises:
        ValueError: If there is none.
    """
    found = cfg.test_evaluator
    for config in found if isinstance(found, list) else [found]:
        if config['type'] == DomainIoUMetric.__name__:
            return METRICS.build(config)
    raise ValueError("test_evaluator must be dict(type='DomainIoUMetric')")
