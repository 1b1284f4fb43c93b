"""The parts of ``results.json`` that follow from confusion matrices."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .confusion import scores


def domain_results(
    matrix: np.ndarray,
    num_images: int,
    classes: Sequence[str],
    averaged: Sequence[int],
    files_sha256: str | None,
) -> dict[str, Any]:
    """Describe one domain.

    Args:
        matrix: Confusion matrix, int64, shape (C, C), rows are the truth.
        num_images: Number of images counted.
        classes: Names of the C classes.
        averaged: Those that the means are over.
        files_sha256: Digest of the files.

    Returns:
        The entry of ``domains`` in ``results.json``.
    """
    found = scores(matrix, averaged)
    return dict(
        num_images=num_images,
        mIoU=_number(found.miou),
        mAcc=_number(found.mean_accuracy),
        aAcc=_number(found.pixel_accuracy),
        IoU=[_number(value) for value in found.iou],
        absent_classes=[
            name for name, pixels in zip(classes, matrix.sum(1), strict=True) if pixels == 0
        ],
        confusion=matrix.tolist(),
        files_sha256=files_sha256,
    )


def unseen_results(
    domains: Mapping[str, Mapping[str, Any]], source: Sequence[str]
) -> dict[str, Any] | None:
    """Average mIoU over the domains that training did not see, None without any."""
    unseen = [name for name in domains if name not in source]
    if not unseen:
        return None
    values = [domains[name]['mIoU'] for name in unseen]
    mean = None if None in values else float(np.mean(values))
    return dict(domains=unseen, mIoU=mean)


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
