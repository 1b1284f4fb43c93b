"""Compare methods by several evaluations: the content of ``comparison.json``.

The file holds one object::

    schema_version  1
    protocol        {name, version, sha256} of all results
    settings        of all results, as in results.json
    columns         name -> {kind, domains}, see :class:`cnsn_seg.comparison.columns.Column`
    methods         name -> {results (paths), seeds, source, target_domains, trained_under, partial,
                    mIoU}: target_domains are those that a checkpoint was chosen on; trained_under
                    lists the training protocols that are known; partial has a domain (without
                    corruption) -> {num_images, num_expected} for each that was not evaluated
                    completely; mIoU has a column -> {mean, std, values} or null, one value a result
                    that has the column, std the sample standard deviation (null for one value)
    baseline        the method that the others are compared with; null without another
    differences     list of {method, column, difference, interval, share_better}: mean mIoU of the
                    method minus that of the baseline, the ends of its interval, and the percentage
                    of resamples in which the method is better
    bootstrap       {confidence (percent), num_resamples}
    published       rows of published_results.json that may be shown
    notes           sentences that say what is not there, and why

What the intervals mean is in :mod:`cnsn_seg.comparison.differences`.
mIoU in percent, not rounded.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from .bootstrap import NUM_RESAMPLES
from .columns import Column, columns_of, plain_name
from .differences import Progress, difference, resample
from .inputs import Result, check_results
from .names import BASELINE
from .published import published_rows

_PROTOCOL_KEYS = ('name', 'version', 'sha256')


def compare(
    results: Sequence[Result],
    *,
    baseline: str | None = None,
    confidence: float = 95,
    published: str = 'protocol',
    progress: Progress = iter,
) -> dict[str, Any]:
    """Compare methods.

    Args:
        results: What to compare; those of one method are its seeds.
        baseline: Method that the others are compared with. Defaults to ``'baseline'`` if there is
            one, else to the first.
        confidence: Of the intervals, in percent. Defaults to 95.
        published: Published rows to add, see :func:`published_rows`. Defaults to ``'protocol'``.
        progress: Wraps the domains while they are resampled. Defaults to nothing.

    Returns:
        The content of ``comparison.json``.

    Raises:
        ValueError: If results cannot be compared, there is no such baseline, ``confidence`` is
            out of range, or an ``images.npz`` is not the one that belongs to its result.
    """
    if not 50 <= confidence <= 99.9:
        raise ValueError(f'the confidence must be between 50 and 99.9 percent, not {confidence}')
    check_results(results)
    columns = columns_of(results)
    methods: dict[str, list[int]] = {}
    for index, result in enumerate(results):
        methods.setdefault(result.method, []).append(index)
    reference = baseline_of(methods, baseline)
    baseline = reference if len(methods) > 1 else None
    rows, no_rows = published_rows(results, published)
    differences, no_differences = _differences(
        results, methods, baseline, columns, confidence, progress
    )
    return dict(
        schema_version=1,
        protocol={key: results[0].content['protocol'][key] for key in _PROTOCOL_KEYS},
        settings=results[0].content['settings'],
        columns={name: column.describe() for name, column in columns.items()},
        methods={
            method: _describe([results[index] for index in indices], columns)
            for method, indices in methods.items()
        },
        baseline=baseline,
        differences=differences,
        bootstrap=dict(confidence=confidence, num_resamples=NUM_RESAMPLES),
        published=rows,
        notes=[note for note in (no_differences, no_rows) if note],
    )


def baseline_of(methods: Iterable[str], wanted: str | None = None) -> str:
    """Say which method the others are compared with.

    Args:
        methods: Names, at least one.
        wanted: What a user asks for. Defaults to ``'baseline'`` if there is one, else to the first.

    Raises:
        ValueError: If there is none of the name that is wanted.
    """
    methods = list(methods)
    if wanted is not None and wanted not in methods:
        known = ', '.join(methods)
        raise ValueError(f"there is no method '{wanted}' to be the baseline, only {known}")
    return wanted or (BASELINE if BASELINE in methods else methods[0])


def _differences(
    results: Sequence[Result],
    methods: Mapping[str, Sequence[int]],
    baseline: str | None,
    columns: Mapping[str, Column],
    confidence: float,
    progress: Progress,
) -> tuple[list[dict[str, Any]], str | None]:
    """Compare every method with the baseline, or say why that cannot be done."""
    if baseline is None:
        return [], None
    for result in results:
        if not result.images_path.is_file():
            return [], f"There are no intervals, because '{result.images_path}' is missing."
    draws = resample(results, progress)
    found = {
        (method, name): difference(results, (indices, methods[baseline]), column, draws, confidence)
        for method, indices in methods.items()
        if method != baseline
        for name, column in columns.items()
    }
    differences = [
        dict(method=method, column=name, **values)
        for (method, name), values in found.items()
        if values
    ]
    return differences, None


def _describe(results: Sequence[Result], columns: Mapping[str, Column]) -> dict[str, Any]:
    contents = [result.content for result in results]
    chosen_on = [(content['selection'] or {}).get('target_domains', []) for content in contents]
    return dict(
        results=[str(result.path) for result in results],
        seeds=[content['seed'] for content in contents],
        source=contents[0]['source'],
        target_domains=sorted({name for names in chosen_on for name in names}),
        trained_under=sorted({content['trained_under'] for content in contents} - {None}),
        partial={
            plain_name(name, domain): {key: domain[key] for key in ('num_images', 'num_expected')}
            for content in contents
            for name, domain in content['domains'].items()
            if domain['num_images'] != domain['num_expected']
        },
        mIoU={name: _mean_and_std(results, column) for name, column in columns.items()},
    )


def _mean_and_std(results: Sequence[Result], column: Column) -> dict[str, Any] | None:
    found = [column.values(result) for result in results]
    values = [float(np.mean(of_domains)) for of_domains in found if of_domains]
    if not values:
        return None
    std = float(np.std(values, ddof=1)) if len(values) > 1 else None
    return dict(mean=float(np.mean(values)), std=std, values=values)
