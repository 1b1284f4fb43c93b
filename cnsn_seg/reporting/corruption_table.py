"""The table of corruptions: corruptions as rows, domains as columns."""

from collections.abc import Mapping
from typing import Any

from rich.table import Table

from .domain_table import cell, mean, preview


def corruption_table(results: Mapping[str, Any]) -> Table:
    """Lay out ``corruptions`` of ``results.json``.

    Args:
        results: Content of ``results.json``.

    Returns:
        mIoU in percent of every domain without corruption, under each corruption (mean over its
        severities), and the mean over all corruptions and severities last.
    """
    corruptions, domains = results['corruptions'], results['domains']
    by_name = {domain: found['by_corruption'] for domain, found in corruptions.items()}
    names = list(next(iter(by_name.values())))
    severities = list(next(iter(by_name.values()))[names[0]])
    word = 'severity' if len(severities) == 1 else 'mean over severities'
    title = f'mIoU % under corruptions, {word} {", ".join(severities)}{preview(results)}'
    table = Table(title=title)
    table.add_column('corruption')
    for domain in corruptions:
        table.add_column(domain, justify='right')
    table.add_row(
        'none', *(cell(domains[domain]['mIoU']) for domain in corruptions), end_section=True
    )
    for name in names:
        values = [mean(list(by_name[domain][name].values())) for domain in corruptions]
        table.add_row(name, *map(cell, values), end_section=name == names[-1])
    means = [found['mIoU'] for found in corruptions.values()]
    table.add_row('mean', *map(cell, means), style='bold')
    return table
