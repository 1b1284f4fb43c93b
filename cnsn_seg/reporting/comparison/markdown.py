"""The tables of a comparison as Markdown."""

import re
from collections.abc import Iterable

from .layout import Cell, Row, difference_headers, difference_rows, layout
from .notes import Comparison


def comparison_markdown(comparison: Comparison) -> str:
    """Write ``comparison.json`` as Markdown tables, as GitHub shows them."""
    parts = layout(comparison)
    width = len(parts.headers)
    lines = [_row(['mIoU %', *parts.headers]), _rule(1, width)]
    lines += [_method(row) for row in parts.methods]
    if parts.published:
        lines.append(_row(['*published*', *[''] * width], escape=False))
        lines += [_method(row) for row in parts.published]
    if comparison['differences']:
        headers = difference_headers(comparison)
        lines += ['', _row(headers), _rule(2, len(headers) - 2)]
        for method, rows in difference_rows(comparison):
            lines += [_row([method, *row]) for row in rows]
    for note in parts.notes:
        lines += ['', _escape(note)]
    return '\n'.join(lines) + '\n'


def _method(row: Row) -> str:
    cells = [_cell(cell) for cell in row.cells]
    return _row([_escape(row.name + row.marks), *cells], escape=False)


def _cell(cell: Cell) -> str:
    return (f'**{cell.text}**' if cell.best else cell.text) + cell.arrow


def _row(cells: Iterable[str], escape: bool = True) -> str:
    return f'| {" | ".join(map(_escape, cells) if escape else cells)} |'


def _rule(left: int, right: int) -> str:
    return f'| {" | ".join(["---"] * left + ["---:"] * right)} |'


def _escape(text: str) -> str:
    return re.sub(r'([\\`*_|<>\[\]])', r'\\\1', text)
