"""The table of several evaluated checkpoints: checkpoints as rows, domains as columns."""

from collections.abc import Mapping
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from .domain_table import cell, preview, without_corruptions


def checkpoint_table(results: Mapping[str, Mapping[str, Any]]) -> Table:
    """Lay out several ``results.json`` of one config and protocol.

    Args:
        results: Name of a checkpoint to the content of its ``results.json``.

    Returns:
        mIoU in percent of every domain, the mean over unseen domains, and that of every domain
        over all corruptions.
    """
    first = next(iter(results.values()))
    domains = without_corruptions(first)
    title = f'mIoU %, protocol {first["protocol"]["name"]}{preview(first)}'
    table = Table(title=title, box=SIMPLE_HEAD, padding=0)
    table.add_column('checkpoint')
    for name in domains:
        table.add_column(f'{name} (source)' if name in first['source'] else name, justify='right')
    if first['unseen']:
        table.add_column('mean unseen', justify='right', style='bold')
    for name in first['corruptions']:
        table.add_column(f'{name} corrupted', justify='right')
    for name, found in results.items():
        values = [found['domains'][domain]['mIoU'] for domain in domains]
        if found['unseen']:
            values.append(found['unseen']['mIoU'])
        values += [corrupted['mIoU'] for corrupted in found['corruptions'].values()]
        table.add_row(name, *map(cell, values))
    return table
