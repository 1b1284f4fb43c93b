"""The tables of a comparison as Markdown and LaTeX."""

import re
from collections.abc import Iterable, Sequence

from .comparison_layout import (
    Cell,
    Comparison,
    Row,
    difference_headers,
    difference_rows,
    layout,
)

_LATEX = {
    '\\': r'\textbackslash{}',
    '~': r'\textasciitilde{}',
    '^': r'\textasciicircum{}',
    **{character: f'\\{character}' for character in '&%$#_{}'},
    '±': r'$\pm$',
    '†': r'$^{\dagger}$',
    '‡': r'$^{\ddagger}$',
    '§': r'$^{\S}$',
    '↑': r'$^{\uparrow}$',
    '↓': r'$^{\downarrow}$',
    '[': '{[}',  # after a line break, [ starts its optional argument
}


def comparison_markdown(comparison: Comparison) -> str:
    """Write ``comparison.json`` as Markdown tables, as GitHub shows them."""
    parts = layout(comparison)
    width = len(parts.headers)
    lines = [_markdown_row(['mIoU %', *parts.headers]), _markdown_rule(1, width)]
    lines += [_markdown_method(row) for row in parts.methods]
    if parts.published:
        lines.append(_markdown_row(['*published*', *[''] * width], escape=False))
        lines += [_markdown_method(row) for row in parts.published]
    if comparison['differences']:
        headers = difference_headers(comparison)
        lines += ['', _markdown_row(headers), _markdown_rule(2, len(headers) - 2)]
        for method, rows in difference_rows(comparison):
            lines += [_markdown_row([method, *row]) for row in rows]
    for note in parts.notes:
        lines += ['', _markdown(note)]
    return '\n'.join(lines) + '\n'


def comparison_latex(comparison: Comparison) -> str:
    r"""Write ``comparison.json`` as LaTeX tables, to be read in by ``\input``.

    They need ``\usepackage{booktabs}``, and nothing that is not ASCII.
    """
    parts = layout(comparison)
    width = len(parts.headers)
    lines = [
        '% needs \\usepackage{booktabs}',
        f'\\begin{{tabular}}{{l{"r" * width}}}',
        '\\toprule',
        _latex_row(map(_latex, ['mIoU %', *parts.headers])),
        '\\midrule',
        *map(_latex_method, parts.methods),
    ]
    if parts.published:
        lines += [
            '\\midrule',
            f'\\multicolumn{{{width + 1}}}{{l}}{{\\emph{{published}}}} \\\\',
            *map(_latex_method, parts.published),
        ]
    lines += ['\\bottomrule', '\\end{tabular}']
    if comparison['differences']:
        lines += ['', *_latex_differences(comparison)]
    for note in parts.notes:
        lines += ['', f'{{\\footnotesize {_latex(note)}\\par}}']
    return '\n'.join(lines) + '\n'


def _markdown_method(row: Row) -> str:
    cells = [_markdown_cell(cell) for cell in row.cells]
    return _markdown_row([_markdown(row.name + row.marks), *cells], escape=False)


def _markdown_cell(cell: Cell) -> str:
    return (f'**{cell.text}**' if cell.best else cell.text) + cell.arrow


def _markdown_row(cells: Iterable[str], escape: bool = True) -> str:
    return f'| {" | ".join(map(_markdown, cells) if escape else cells)} |'


def _markdown_rule(left: int, right: int) -> str:
    return f'| {" | ".join(["---"] * left + ["---:"] * right)} |'


def _markdown(text: str) -> str:
    return re.sub(r'([\\`*_|<>\[\]])', r'\\\1', text)


def _latex_method(row: Row) -> str:
    return _latex_row([_latex(row.name + row.marks), *map(_latex_cell, row.cells)])


def _latex_cell(cell: Cell) -> str:
    text = _latex(cell.text)
    return (f'\\textbf{{{text}}}' if cell.best else text) + _latex(cell.arrow)


def _latex_differences(comparison: Comparison) -> Sequence[str]:
    blocks = [
        '\n'.join(
            _latex_row(map(_latex, ['' if index else method, *row]))
            for index, row in enumerate(rows)
        )
        for method, rows in difference_rows(comparison)
    ]
    return [
        '\\begin{tabular}{llrrr}',
        '\\toprule',
        _latex_row(map(_latex, difference_headers(comparison))),
        '\\midrule',
        '\n\\midrule\n'.join(blocks),
        '\\bottomrule',
        '\\end{tabular}',
    ]


def _latex_row(cells: Iterable[str]) -> str:
    return f'{" & ".join(cells)} \\\\'


def _latex(text: str) -> str:
    escaped = ''.join(_LATEX.get(character, character) for character in text)
    return re.sub(r'(?<![\w.])([+-])(?=\d)', r'$\1$', escaped)  # signs, not hyphens
