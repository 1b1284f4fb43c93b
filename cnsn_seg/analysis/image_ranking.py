"""Which images a model gets right and wrong."""

from collections.abc import Sequence

import numpy as np


def image_miou(confusion: np.ndarray, averaged: Sequence[int] | None = None) -> np.ndarray:
    """Compute mIoU of single images.

    The mean is over the classes that the image's own truth has, as
    :func:`cnsn_seg.evaluation.confusion.scores` takes it for a domain. The mean of these numbers
    is not the mIoU of the domain, which counts all pixels together.

    Args:
        confusion: Pixels by image, true and predicted class, shape (N, C, C), integer.
        averaged: Classes that the means are over. Defaults to all C.

    Returns:
        Percent, shape (N,), float64; NaN for an image without a counted class in its truth.
    """
    confusion = np.asarray(confusion, dtype=np.float64)
    hits = np.diagonal(confusion, axis1=1, axis2=2)
    truth, predicted = confusion.sum(2), confusion.sum(1)
    counted = truth > 0
    if averaged is not None:
        counted &= np.isin(np.arange(confusion.shape[1]), averaged)
    union = np.where(counted, truth + predicted - hits, 1)
    total, number = np.where(counted, hits / union, 0).sum(1), counted.sum(1)
    return 100 * np.divide(total, number, out=np.full(len(total), np.nan), where=number > 0)


def worst_and_best(scores: np.ndarray, number: int) -> tuple[list[int], list[int]]:
    """Choose images from both ends of a ranking.

    Args:
        scores: Score by image, shape (N,), NaN for images that are never chosen.
        number: How many of each at most; fewer where that would show an image twice.

    Returns:
        Indices of the worst, worst first, and of the best, best first; ties by index.
    """
    order = np.argsort(scores, kind='stable')
    order = order[: np.isfinite(scores).sum()]
    best = min(number, len(order) // 2)
    worst = min(number, len(order) - best)
    return order[:worst].tolist(), order[len(order) - best :][::-1].tolist()
