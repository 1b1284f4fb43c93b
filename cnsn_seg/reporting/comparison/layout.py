"""What the tables of a comparison say, whatever they are drawn with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .notes import BETTER, WORSE, Comparison, marks, notes, sources


@dataclass(frozen=True)
class Cell:
    """One number of a table.

    Args:
        text: The number, with its spread.
        best: Whether it is the best of its column among the methods compared.
        arrow: Whether its interval says that it is better or worse than the baseline, or nothing.
    """

    text: str
    best: bool = False
    arrow: str = ''


@dataclass(frozen=True)
class Row:
    """One method: its name, the marks of its footnotes, and a cell a column."""

    name: str
    marks: str
    cells: list[Cell]


@dataclass(frozen=True)
class Layout:
    """A table of mIoU.

    Args:
        headers: One a column.
        methods: The methods compared.
        published: Published results.
        notes: Footnotes.
    """

    headers: list[str]
    methods: list[Row]
    published: list[Row]
    notes: list[str]


def layout(comparison: Comparison) -> Layout:
    """Lay out the content of ``comparison.json``, see :mod:`cnsn_seg.comparison.compare`."""
    columns = comparison['columns']
    return Layout(
        headers=[header(comparison, name) for name in columns],
        methods=[
            Row(
                name,
                marks(comparison, method),
                [_cell(comparison, name, column) for column in columns],
            )
            for name, method in comparison['methods'].items()
        ],
        published=[_published_row(comparison, row) for row in comparison['published']],
        notes=list(notes(comparison)),
    )


def header(comparison: Comparison, column: str) -> str:
    """Name a column, with a mark on the domain that training saw."""
    is_source = comparison['columns'][column]['kind'] == 'source'
    return f'{column} (source)' if is_source else column


def difference_rows(comparison: Comparison) -> list[tuple[str, list[tuple[str, ...]]]]:
    """List the differences by method.

    Returns:
        Method and its rows: column, difference with its arrow, interval, share of the resamples
        in which the method is better.
    """
    rows: dict[str, list[tuple[str, ...]]] = {}
    for found in comparison['differences']:
        low, high = found['interval']
        rows.setdefault(found['method'], []).append(
            (
                header(comparison, found['column']),
                f'{found["difference"]:+.2f}{_arrow(found)}',
                f'[{low:+.2f}, {high:+.2f}]',
                f'{found["share_better"]:.1f} %',
            )
        )
    return list(rows.items())


def difference_headers(comparison: Comparison) -> tuple[str, ...]:
    """Headers of :func:`difference_rows`, the method first."""
    interval = f'{comparison["bootstrap"]["confidence"]:g} % interval'
    return (f'against {comparison["baseline"]}', 'on', 'difference', interval, 'better in')


def _cell(comparison: Comparison, method: str, column: str) -> Cell:
    score = comparison['methods'][method]['mIoU'][column]
    if score is None:
        return Cell('-')
    text = f'{score["mean"]:.2f}'
    if score['std'] is not None:
        text += f' ±{score["std"]:.2f}'
    count = len(score['values'])
    if count < len(comparison['methods'][method]['seeds']):
        text += f' ({count})'
    rivals = [other['mIoU'][column] for other in comparison['methods'].values()]
    means = [round(other['mean'], 2) for other in rivals if other]
    best = len(means) > 1 and round(score['mean'], 2) == max(means)
    found = (one for one in comparison['differences'] if one['column'] == column)
    arrows = [_arrow(one) for one in found if one['method'] == method]
    return Cell(text, best, ''.join(arrows))


def _arrow(difference: Mapping[str, Any]) -> str:
    low, high = difference['interval']
    return BETTER if low > 0 else WORSE if high < 0 else ''


def _published_row(comparison: Comparison, row: Mapping[str, Any]) -> Row:
    values = [
        [row['mIoU'].get(domain) for domain in column['domains']]
        for column in comparison['columns'].values()
    ]
    cells = ['-' if None in found else f'{sum(found) / len(found):.2f}' for found in values]
    reference = sources(comparison).index(row['source']) + 1
    name = f'{row["method"]}, {row["backbone"]} [{reference}]'
    protocol = row.get('protocol')
    if protocol is None:
        name += ' (protocol not stated)'
    elif protocol != comparison['protocol']['name']:
        name += f' (protocol {protocol})'
    return Row(name, '', [Cell(text) for text in cells])
