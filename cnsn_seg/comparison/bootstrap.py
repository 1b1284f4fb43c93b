"""How much a difference in mIoU owes to the images at hand: the paired bootstrap.

Images are drawn with replacement, as many as there are, and the mIoU of every model is computed
on what was drawn; all models see the same draws (Efron & Tibshirani, An Introduction to the
Bootstrap, 1993, chapters 6 and 13). The mIoU of a draw is that of its summed counts, as it is for
a data set. A class that no drawn image shows is left out of that draw's mean; so where few images
show a class, the interval gets wider, and it may lie lopsided around the difference.
"""

from collections.abc import Iterator, Sequence

import numpy as np

NUM_RESAMPLES = 10_000
_SEED = 0
_BLOCK = 250  # draws at a time: 2000 images of 12 models then take some 10 MB


def class_pixels(confusion: np.ndarray) -> np.ndarray:
    """Reduce confusion matrices to what IoU needs.

    Args:
        confusion: Counts, shape (..., C, C), an integer type, rows are the truth.

    Returns:
        Hits, pixels of the truth and pixels predicted of every class, shape (..., 3, C), float64
        (exact: counts of a data set are far below 2^53).
    """
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    parts = [hits, confusion.sum(-1, dtype=np.int64), confusion.sum(-2, dtype=np.int64)]
    return np.stack(parts, axis=-2).astype(np.float64)


def miou(pixels: np.ndarray, averaged: Sequence[int]) -> np.ndarray:
    """Compute mIoU as :func:`cnsn_seg.evaluation.confusion.scores` does, for many at once.

    Args:
        pixels: What :func:`class_pixels` returns, or sums of it, shape (..., 3, C).
        averaged: Classes that the mean is over.

    Returns:
        Percent, shape (...); NaN where the truth has none of the classes.
    """
    hits, truth, predicted = np.moveaxis(pixels[..., list(averaged)], -2, 0)
    present = truth > 0
    iou = np.divide(hits, truth + predicted - hits, out=np.zeros_like(hits), where=present)
    num_present = present.sum(-1)
    empty = np.full(num_present.shape, np.nan)
    return 100 * np.divide(iou.sum(-1), num_present, out=empty, where=num_present > 0)


def resampled_miou(
    pixels: np.ndarray, averaged: Sequence[int], stream: str, num_resamples: int = NUM_RESAMPLES
) -> np.ndarray:
    """Compute the mIoU of several models on the same draws of images.

    Args:
        pixels: :func:`class_pixels` of every model and image, shape (models, images, 3, C).
        averaged: Classes that the mean is over.
        stream: Name of a random stream: the same name and number of images give the same draws,
            other names independent ones.
        num_resamples: Number of draws. Defaults to 10,000.

    Returns:
        Percent, shape (models, num_resamples); NaN where no drawn image has one of the classes.
    """
    num_models, num_images, *shape = pixels.shape
    if not num_images:
        return np.full((num_models, num_resamples), np.nan)
    table = np.moveaxis(pixels, 1, 0).reshape(num_images, -1)
    blocks = [
        miou((times @ table).reshape(-1, num_models, *shape), averaged)
        for times in _draws(num_images, stream, num_resamples)
    ]
    return np.concatenate(blocks).T


def interval(differences: np.ndarray, confidence: float) -> tuple[float, float]:
    """Percentile interval (Efron & Tibshirani, chapter 13).

    Args:
        differences: Of every draw, shape (num_resamples,).
        confidence: Percent.

    Returns:
        Its ends, in the unit of ``differences``.
    """
    tail = (100 - confidence) / 200
    low, high = np.quantile(differences, (tail, 1 - tail))
    return float(low), float(high)


def _draws(num_images: int, stream: str, num_resamples: int) -> Iterator[np.ndarray]:
    """Yield how often every image is drawn, shape (up to _BLOCK, num_images), float64."""
    rng = np.random.default_rng([_SEED, *stream.encode()])
    for start in range(0, num_resamples, _BLOCK):
        size = min(_BLOCK, num_resamples - start)
        drawn = rng.integers(num_images, size=(size, num_images))
        drawn += num_images * np.arange(size)[:, None]
        times = np.bincount(drawn.ravel(), minlength=size * num_images)
        yield times.reshape(size, num_images).astype(np.float64)
