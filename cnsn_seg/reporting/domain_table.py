"""The table of one evaluation: domains as columns, classes as rows."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from rich.table import Table


def domain_table(results: Mapping[str, Any]) -> Table:
    """Lay out ``results.json`` as a table, the mean over unseen domains last.

    Args:
        results: Content of ``results.json``.

    Returns:
        IoU in percent of every class and mIoU in the last row. A class that a domain's truth does
        not show has no number; the last column averages the unseen domains that have one, and
        its mIoU is the mean of their mIoU.
    """
    domains, unseen = results['domains'], results['unseen']
    table = Table(title=_title(results))
    table.add_column('IoU %')
    for name in domains:
        table.add_column(f'{name} (source)' if name in results['source'] else name, justify='right')
    if unseen:
        table.add_column('mean unseen', justify='right', style='bold')
    for index, label in enumerate(results['classes']):
        values = {name: domain['IoU'][index] for name, domain in domains.items()}
        cells = list(values.values())
        if unseen:
            cells.append(_mean([values[name] for name in unseen['domains']]))
        table.add_row(label, *map(_cell, cells), end_section=label == results['classes'][-1])
    cells = [domain['mIoU'] for domain in domains.values()]
    if unseen:
        cells.append(unseen['mIoU'])
    table.add_row('mIoU', *map(_cell, cells), style='bold')
    return table


def _title(results: Mapping[str, Any]) -> str:
    protocol, trained_under = results['protocol']['name'], results['trained_under']
    title = f'{results["checkpoint"]}, protocol {protocol}'
    if trained_under not in (protocol, None):
        title += f' (trained under {trained_under})'
    targets = (results['selection'] or {}).get('target_domains')
    return f'{title}\ncheckpoint chosen on {", ".join(targets)}' if targets else title


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _cell(value: float | None) -> str:
    return '-' if value is None else f'{value:.2f}'
