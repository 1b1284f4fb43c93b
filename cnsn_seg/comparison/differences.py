"""Differences between methods, with the intervals of the paired bootstrap.

The mIoU of a method on a draw of images is the mean over its seeds. The trained networks stay what
they are: the interval is about other images of the domain, not about other seeds. Domains of a
mean are drawn independently of each other, but corruptions of one domain together.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from .bootstrap import class_pixels, interval, resampled_miou
from .columns import Column, plain_name
from .inputs import Result, load_counts

Progress = Callable[[Iterable[str]], Iterable[str]]
Draws = Mapping[tuple[str, int], np.ndarray]
"""Domain and index of a result to its mIoU on every draw, shape (num_resamples,)."""


def resample(results: Sequence[Result], progress: Progress) -> Draws:
    """Draw images of every domain, and compute the mIoU of all results on the same draws.

    Args:
        results: Comparable results.
        progress: Wraps the names of the domains.

    Raises:
        FileNotFoundError: If a result has lost its ``images.npz``.
        ValueError: If one is not that of its result, or two are of other images.
    """
    counts = [
        {
            name: (images.names, class_pixels(images.confusion))
            for name, images in load_counts(result).items()
        }
        for result in results
    ]
    protocol, classes = results[0].content['protocol'], results[0].content['classes']
    averaged = [classes.index(name) for name in protocol['classes']]
    domains = dict.fromkeys(name for result in results for name in result.domains)
    draws = {}
    for domain in progress(list(domains)):
        having = [index for index, result in enumerate(results) if domain in result.domains]
        _check_same_images(results, having, counts, domain)
        pixels = np.stack([counts[index][domain][1] for index in having])
        stream = plain_name(domain, results[having[0]].domains[domain])
        for index, found in zip(having, resampled_miou(pixels, averaged, stream), strict=True):
            draws[domain, index] = found
    return draws


def difference(
    results: Sequence[Result],
    pair: tuple[Sequence[int], Sequence[int]],
    column: Column,
    draws: Draws,
    confidence: float,
) -> dict[str, Any] | None:
    """Subtract the second of two methods from the first.

    Args:
        results: What ``draws`` was made from.
        pair: Indices of the results of either method.
        column: Domains that the difference is on.
        draws: Of :func:`resample`.
        confidence: Of the interval, in percent.

    Returns:
        ``difference``, ``interval`` and ``share_better`` as ``comparison.json`` has them; None
        where a method has no score.
    """
    means, resampled = [], []
    for indices in pair:
        having = [index for index in indices if column.values(results[index])]
        if not having:
            return None
        means.append(np.mean([column.values(results[index]) for index in having]))
        scores = [draws[domain, index] for index in having for domain in column.domains]
        resampled.append(np.mean(scores, axis=0))
    differences = resampled[0] - resampled[1]
    differences = differences[~np.isnan(differences)]  # no drawn image had a label
    return dict(
        difference=float(means[0] - means[1]),
        interval=list(interval(differences, confidence)),
        share_better=float(100 * np.mean(differences > 0)),
    )


def _check_same_images(
    results: Sequence[Result], having: Sequence[int], counts: Sequence[Any], domain: str
) -> None:
    first, *others = having
    for other in others:
        if counts[first][domain][0] != counts[other][domain][0]:
            raise ValueError(
                f"'{results[first].images_path}' and '{results[other].images_path}' are of other "
                f"images of '{domain}', so they cannot be compared image by image: evaluate both "
                'on the same data'
            )
