"""The table of several runs: methods as rows, domains as columns."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.table import Table


def comparison_table(comparison: Mapping[str, Any], source: str) -> Table:
    """Lay out ``comparison.json``: mIoU in percent, mean and spread over the seeds of a method.

    Args:
        comparison: ``{"rows": [{"method", "seed", "mIoU": {domain: percent}}]}``.
        source: Domain that training saw.

    Returns:
        One row a method in the order of ``rows``, the mean over unseen domains last. The spread
        is the sample standard deviation over seeds, left out for a single seed.
    """
    methods = summary(comparison, source)
    seeds = ', '.join(f'{name} {scores["seeds"]}' for name, scores in methods.items())
    table = Table(title=f'mIoU %, number of seeds: {seeds}', box=SIMPLE_HEAD, padding=0)
    table.add_column('method')
    domains = list(comparison['rows'][0]['mIoU'])
    for name in domains:
        table.add_column(f'{name} (source)' if name == source else name, justify='right')
    table.add_column('mean unseen', justify='right', style='bold')
    for method, scores in methods.items():
        table.add_row(method, *(_cell(*scores[name]) for name in (*domains, 'unseen')))
    return table


def summary(comparison: Mapping[str, Any], source: str) -> dict[str, dict[str, Any]]:
    """Average runs of the same method.

    Args:
        comparison: ``{"rows": [{"method", "seed", "mIoU": {domain: percent}}]}``.
        source: Domain that training saw.

    Returns:
        Method to ``{"seeds": number of seeds, <domain>: (mean, standard deviation), "unseen":
        (mean, standard deviation)}``; the standard deviation of one seed is None.
    """
    methods: dict[str, list[dict[str, float]]] = {}
    for row in comparison['rows']:
        unseen = [value for name, value in row['mIoU'].items() if name != source]
        methods.setdefault(row['method'], []).append(
            {**row['mIoU'], 'unseen': float(np.mean(unseen))}
        )
    return {
        method: {'seeds': len(runs)} | {name: _mean_and_std(runs, name) for name in runs[0]}
        for method, runs in methods.items()
    }


def _mean_and_std(runs: list[dict[str, float]], name: str) -> tuple[float, float | None]:
    values = [run[name] for run in runs]
    return float(np.mean(values)), float(np.std(values, ddof=1)) if len(values) > 1 else None


def _cell(mean: float, std: float | None) -> str:
    return f'{mean:.2f}' if std is None else f'{mean:.2f} ±{std:.2f}'
