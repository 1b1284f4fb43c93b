"""mIoU of every domain in one run."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from mmengine.dist import all_gather_object, all_reduce
from mmengine.evaluator import BaseMetric
from mmseg.registry import METRICS
from torch import Tensor

from .confusion import confusion_matrix, scores


@dataclass(frozen=True)
class ImageRecord:
    """What one image adds to the counts.

    Args:
        domain: Its domain.
        name: Its name, relative to the domain's image folder, without suffix.
        confusion: Pixels by true and predicted class, shape (C, C), rows are the truth; None for
            an image without a truth.
        digest: Digests of its files; None where the pipeline takes none.
    """

    domain: str
    name: str
    confusion: np.ndarray | None
    digest: str | None


@METRICS.register_module()
class DomainIoUMetric(BaseMetric):
    """One confusion matrix a domain, and from it the scores of every domain.

    An image that comes twice is counted once. Beyond the matrices, some 150 bytes an image are kept
    to know that.

    The domain is the ``domain`` that the data set put into the sample. Metrics are named
    ``<domain>/mIoU``, ``<domain>/mAcc``, ``<domain>/aAcc`` in percent; ``source/mIoU`` is the
    plain mean of mIoU over the domains in ``source``, ``unseen/mIoU`` that over all others.

    Args:
        source: Domains that the model was trained on. Defaults to ``'gta'``.
        classes: Names of the classes that means are over. Defaults to all that the data set has.
        ignore_index: Truth that is not counted. Defaults to 255.

    Attributes:
        on_image: Called with the :class:`ImageRecord` of every image once it is counted. Defaults
            to None.
        matrices: Domain to int64 confusion matrix, shape (C, C), rows are the truth, of the
            last evaluation.
        num_images: Domain to number of images, of the last evaluation.
        files_sha256: Domain to a digest of all image and label files that were evaluated, whatever
            their order and names: the sum of the SHA-256 of their digests, modulo 2**256. None
            where the pipeline does not take them (:class:`LoadImage` and :class:`LoadTrainIds`
            do, in test mode).
    """

    default_prefix = ''  # the domain is the prefix

    def __init__(
        self,
        source: str | Sequence[str] = 'gta',
        classes: Sequence[str] | None = None,
        ignore_index: int = 255,
    ) -> None:
        super().__init__()
        self.source = (source,) if isinstance(source, str) else tuple(source)
        self.classes = classes
        self.ignore_index = ignore_index
        self.matrices: dict[str, np.ndarray] = {}
        self.num_images: dict[str, int] = {}
        self.files_sha256: dict[str, str | None] = {}
        self.on_image: Callable[[ImageRecord], None] | None = None
        self._reset()

    def restore(self, records: Iterable[ImageRecord]) -> None:
        """Count images that an interrupted evaluation has counted, before the next begins."""
        for record in records:
            self._count(record, torch.from_numpy(record.confusion))

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Count one batch.

        Args:
            data_batch: Not used.
            data_samples: Per image ``pred_sem_seg`` and ``gt_sem_seg`` of shape (1, H, W),
                ``domain`` and ``img_path``.

        Raises:
            ValueError: If a sample has no domain, or an id is out of range.
        """
        num_classes = len(self.dataset_meta['classes'])
        for sample in data_samples:
            domain, path = _domain_of(sample), sample['img_path']
            name = sample.get('sample_name', path)
            if _key(name) in self._images.get(domain, ()):
                continue
            prediction = sample['pred_sem_seg']['data']
            truth = sample['gt_sem_seg']['data'].to(prediction.device)
            try:
                counts = confusion_matrix(truth, prediction, num_classes, self.ignore_index)
            except ValueError as error:
                raise ValueError(f'{path}: {error}') from error
            record = ImageRecord(domain, name, counts.cpu().numpy(), _digest_of(sample))
            self._count(record, counts)
            if self.on_image is not None:
                self.on_image(record)

    def evaluate(self, size: int) -> dict[str, float]:
        """Add up the counts of all ranks and compute the scores.

        Args:
            size: Number of images in the data set; MMEngine passes it.

        Returns:
            Metric name to value in percent, equal on all ranks.

        Raises:
            ValueError: If two ranks counted the same image.
        """
        self._count_images()
        self.matrices = self._reduced(sorted(self.num_images))
        self._reset()
        return self.compute_metrics(self.matrices)

    def compute_metrics(self, results: dict[str, np.ndarray]) -> dict[str, float]:
        """Compute metric values from confusion matrices by domain."""
        metrics = {}
        for domain, matrix in results.items():
            domain_scores = scores(matrix, self.averaged)
            metrics[f'{domain}/mIoU'] = domain_scores.miou
            metrics[f'{domain}/mAcc'] = domain_scores.mean_accuracy
            metrics[f'{domain}/aAcc'] = domain_scores.pixel_accuracy
        unseen = [domain for domain in results if domain not in self.source]
        seen = [domain for domain in results if domain in self.source]
        for name, domains in (('unseen', unseen), ('source', seen)):
            if domains:
                values = [metrics[f'{domain}/mIoU'] for domain in domains]
                metrics[f'{name}/mIoU'] = float(np.mean(values))
        return metrics

    @property
    def averaged(self) -> list[int]:
        """Train ids that means are over."""
        classes = list(self.dataset_meta['classes'])
        return [classes.index(name) for name in self.classes or classes]

    def _count(self, record: ImageRecord, counts: Tensor) -> None:
        domain = record.domain
        self._images.setdefault(domain, set()).add(_key(record.name))
        self._digests[domain] = _sum_of([self._digests.get(domain, 0), _number(record.digest)])
        total = self._counts.get(domain)
        self._counts[domain] = counts.clone() if total is None else total.to(counts) + counts

    def _reset(self) -> None:
        self._counts: dict[str, Tensor] = {}
        self._images: dict[str, set[bytes]] = {}
        self._digests: dict[str, int | None] = {}

    def _count_images(self) -> None:
        per_rank = all_gather_object((self._images, self._digests))
        self.num_images, self.files_sha256 = {}, {}
        for domain in sorted({domain for images, _ in per_rank for domain in images}):
            shares = [images.get(domain, set()) for images, _ in per_rank]
            self.num_images[domain] = len(set().union(*shares))
            if self.num_images[domain] < sum(map(len, shares)):
                raise ValueError(
                    'ranks evaluated some images twice: set round_up=False in the sampler of '
                    'val_dataloader and test_dataloader'
                )
            digest = _sum_of([digests.get(domain, 0) for _, digests in per_rank])
            self.files_sha256[domain] = None if digest is None else f'{digest:064x}'

    def _reduced(self, domains: Sequence[str]) -> dict[str, np.ndarray]:
        """Add up the matrices of all ranks, all of them at once."""
        if not domains:
            return {}
        num_classes = len(self.dataset_meta['classes'])
        zeros = torch.zeros(num_classes, num_classes, dtype=torch.int64)
        counts = torch.stack([self._counts.get(domain, zeros).cpu() for domain in domains])
        all_reduce(counts)
        return dict(zip(domains, counts.numpy(), strict=True))


def _key(name: str) -> bytes:
    return hashlib.blake2b(name.encode(), digest_size=16).digest()


def _digest_of(sample: dict) -> str | None:
    if 'img_sha256' in sample and 'seg_map_sha256' in sample:
        return f'{sample["img_sha256"]} {sample["seg_map_sha256"]}'
    return None


def _number(digest: str | None) -> int | None:
    return None if digest is None else int(hashlib.sha256(digest.encode()).hexdigest(), 16)


def _sum_of(digests: Sequence[int | None]) -> int | None:
    return None if None in digests else sum(digests) % 2**256


def _domain_of(sample: dict) -> str:
    if 'domain' not in sample:
        raise ValueError(
            f'{sample.get("img_path")}: the sample names no domain; use a data set of cnsn_seg '
            '(such as CityscapesDomain) and PackDomainInputs in the pipeline'
        )
    return sample['domain']
