"""The tables of a comparison in a terminal."""

from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.table import Table
from rich.text import Text

from .layout import Cell, Row, difference_headers, difference_rows, layout
from .notes import Comparison


def comparison_table(comparison: Comparison) -> Group:
    """Lay out ``comparison.json`` for a terminal.

    Args:
        comparison: See :mod:`cnsn_seg.comparison.compare`.

    Returns:
        Methods as rows and domains as columns, the best mean of a column bold; the differences
        from the baseline; footnotes.
    """
    parts = layout(comparison)
    table = Table(box=SIMPLE_HEAD, padding=0, pad_edge=False)
    table.add_column('mIoU %', overflow='fold')
    for header in parts.headers:
        table.add_column(Text(header), justify='right')
    for row in parts.methods:
        table.add_row(*_cells(row))
    if parts.published:
        table.add_section()
        table.add_row(Text('published', style='italic'))
        for row in parts.published:
            table.add_row(*_cells(row), style='dim')
    notes = [Text(note, style='dim') for note in parts.notes]
    return Group(table, *_differences(comparison), *notes)


def _cells(row: Row) -> list[Text]:
    return [Text(row.name + row.marks), *map(_text, row.cells)]


def _text(cell: Cell) -> Text:
    # A space keeps numbers aligned where no arrow stands.
    return Text(cell.text + (cell.arrow or ' '), style='bold' if cell.best else '')


def _differences(comparison: Comparison) -> list[Table]:
    if not comparison['differences']:
        return []
    table = Table(box=SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    name, column, *numbers = difference_headers(comparison)
    table.add_column(Text(name), overflow='fold')
    table.add_column(column)
    for header in numbers:
        table.add_column(header, justify='right')
    for method, rows in difference_rows(comparison):
        for index, (on, difference, *rest) in enumerate(rows):
            shown = difference if difference[-1] in '↑↓' else f'{difference} '
            table.add_row(*map(Text, ('' if index else method, on, shown, *rest)))
        table.add_section()
    return [table]
