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
        IoU in percent of every class and mIoU in the last row, without corrupted domains. A class
        that a domain's truth does not show has no number; the last column averages the unseen
        domains that have one, and its mIoU is the mean of their mIoU.
    """
    domains, unseen = without_corruptions(results), results['unseen']
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
            cells.append(mean([values[name] for name in unseen['domains']]))
        table.add_row(label, *map(cell, cells), end_section=label == results['classes'][-1])
    cells = [domain['mIoU'] for domain in domains.values()]
    if unseen:
        cells.append(unseen['mIoU'])
    table.add_row('mIoU', *map(cell, cells), style='bold')
    return table


def without_corruptions(results: Mapping[str, Any]) -> dict[str, Any]:
    """Choose the domains as they are."""
    return {name: found for name, found in results['domains'].items() if not found['corruption']}


def preview(results: Mapping[str, Any]) -> str:
    """Say on how few images the numbers are, '' where they are final; for the end of a title."""
    if results['final']:
        return ''
    fewer = {
        f'{name} {found["num_images"]} of {found["num_expected"]}'
        for name, found in without_corruptions(results).items()
        if found['num_images'] < found['num_expected']
    }
    return f'\nNOT FINAL, fewer images than the protocol has: {", ".join(sorted(fewer))}'


def mean(values: list[float | None]) -> float | None:
    """Average the values that are known, None where none is."""
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def cell(value: float | None) -> str:
    """Write a score."""
    return '-' if value is None else f'{value:.2f}'


def _title(results: Mapping[str, Any]) -> str:
    protocol, trained_under = results['protocol']['name'], results['trained_under']
    title = f'{results["checkpoint"]["path"]}, protocol {protocol}'
    if trained_under not in (protocol, None):
        title += f' (trained under {trained_under})'
    settings = results['settings']
    if settings['mode'] == 'slide':
        title += f', sliding window {"x".join(map(str, settings["crop_size"]))}'
    if settings['tta']:
        title += ', test-time augmentation'
    targets = (results['selection'] or {}).get('target_domains')
    chosen = f'\ncheckpoint chosen on {", ".join(targets)}' if targets else ''
    return title + chosen + preview(results)
