"""The parts of ``results.json`` that follow from the counts."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnsn_seg.datasets.label_spaces import CATEGORIES

from .confusion import grouped, scores
from .domain_iou_metric import DomainIoUMetric
from .image_counts import ImageCounts
from .journal import Journal
from .parts import Part


@dataclass(frozen=True)
class Collected:
    """What the journal of a finished evaluation holds.

    Args:
        counts: Labelled domain to the counts of its images.
        seconds: Domain or folder to the time that it took.
    """

    counts: dict[str, ImageCounts]
    seconds: dict[str, float]


def collect(journal: Journal, parts: Sequence[Part]) -> Collected:
    """Read a journal to its end.

    Raises:
        ValueError: If images are missing: the ranks do not see one folder.
    """
    rows = {
        part.name: {image: row for row, image in enumerate(sorted(part.images))} for part in parts
    }
    confusion: dict[str, np.ndarray] = {}
    seconds = dict.fromkeys(rows, 0.0)
    missing = {image for images in rows.values() for image in images}
    for record, time in journal.records():
        image = (record.domain, record.name)
        missing.discard(image)
        seconds[record.domain] += time
        if record.confusion is not None:
            if record.domain not in confusion:
                shape = (len(rows[record.domain]), *record.confusion.shape)
                confusion[record.domain] = np.zeros(shape, dtype=np.int32)
            confusion[record.domain][rows[record.domain][image]] = record.confusion
    if missing:
        raise ValueError(
            f"'{journal.folder}' lacks {len(missing)} images: all processes must see the same "
            'folder of results (--out)'
        )
    counts = {
        part.name: ImageCounts([name for _, name in rows[part.name]], confusion[part.name])
        for part in parts
        if part.is_labelled
    }
    return Collected(counts, seconds)


def summarize(
    parts: Sequence[Part], metric: DomainIoUMetric, seconds: Mapping[str, float]
) -> dict[str, Any]:
    """Describe all domains and their means, as :mod:`cnsn_seg.evaluation.results` says.

    Args:
        parts: What was evaluated.
        metric: After its evaluation.
        seconds: Domain to the time that it took.
    """
    labelled = [part for part in parts if part.is_labelled]
    domains = {part.name: _domain(part, metric, seconds[part.name]) for part in labelled}
    return dict(
        source=list(metric.source),
        classes=list(metric.dataset_meta['classes']),
        categories=_categories(metric),
        final=all(found['num_images'] == found['num_expected'] for found in domains.values()),
        domains=domains,
        unseen=_unseen(domains, metric.source),
        corruptions=_corruptions(domains),
        unlabelled=[
            dict(name=part.name, folder=str(part.folder), num_images=len(part.indices))
            for part in parts
            if not part.is_labelled
        ],
    )


def _domain(part: Part, metric: DomainIoUMetric, seconds: float) -> dict[str, Any]:
    matrix, classes = metric.matrices[part.name], list(metric.dataset_meta['classes'])
    found = scores(matrix, metric.averaged)
    categories = _categories(metric)
    groups = [[classes.index(name) for name in names] for names in categories.values()]
    by_category = scores(grouped(matrix, groups))
    return dict(
        num_images=metric.num_images[part.name],
        num_expected=part.num_expected,
        mIoU=_number(found.miou),
        mAcc=_number(found.mean_accuracy),
        mPrecision=_number(found.mean_precision),
        aAcc=_number(found.pixel_accuracy),
        fwIoU=_number(found.weighted_iou),
        category_mIoU=_number(by_category.miou),
        IoU=[_number(value) for value in found.iou],
        accuracy=[_number(value) for value in found.accuracy],
        precision=[_number(value) for value in found.precision],
        category_IoU=dict(zip(categories, map(_number, by_category.iou), strict=True)),
        absent_classes=[
            name for name, pixels in zip(classes, matrix.sum(1), strict=True) if pixels == 0
        ],
        confusion=matrix.tolist(),
        files_sha256=metric.files_sha256[part.name],
        seconds=seconds,
        corruption=part.corruption,
    )


def _categories(metric: DomainIoUMetric) -> dict[str, list[str]]:
    """Cityscapes' categories of the classes there are."""
    classes = metric.dataset_meta['classes']
    return {
        category: [name for name in names if name in classes]
        for category, names in CATEGORIES.items()
    }


def _unseen(domains: Mapping[str, Any], source: Sequence[str]) -> dict[str, Any] | None:
    unseen = [
        name for name, found in domains.items() if name not in source and not found['corruption']
    ]
    if not unseen:
        return None
    return dict(domains=unseen, mIoU=_mean([domains[name]['mIoU'] for name in unseen]))


def _corruptions(domains: Mapping[str, Any]) -> dict[str, Any]:
    tables: dict[str, dict[str, dict[str, float | None]]] = {}
    for found in domains.values():
        if of := found['corruption']:
            by_name = tables.setdefault(of['domain'], {}).setdefault(of['name'], {})
            by_name[str(of['severity'])] = found['mIoU']
    return {
        domain: dict(
            mIoU=_mean([value for by_name in table.values() for value in by_name.values()]),
            by_corruption=table,
        )
        for domain, table in tables.items()
    }


def _mean(values: Sequence[float | None]) -> float | None:
    return None if None in values else float(np.mean(values))


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
