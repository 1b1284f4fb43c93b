"""The tables of a comparison as LaTeX."""

import re
from collections.abc import Iterable, Sequence

from .layout import Cell, Row, difference_headers, difference_rows, layout
from .notes import Comparison

_ESCAPES = {
    '\\': r'\textbackslash{}',
    '~': r'\textasciitilde{}',
    '^': r'\textasciicircum{}',
    '<': r'\textless{}',
    '>': r'\textgreater{}',
    '|': r'\textbar{}',
    **{character: f'\\{character}' for character in '&%$#_{}'},
    '±': r'$\pm$',
    '†': r'$^{\dagger}$',
    '‡': r'$^{\ddagger}$',
    '§': r'$^{\S}$',
    '↑': r'$^{\uparrow}$',
    '↓': r'$^{\downarrow}$',
    '[': '{[}',  # after a line break, [ starts its optional argument
}


def comparison_latex(comparison: Comparison) -> str:
    r"""Write ``comparison.json`` as LaTeX tables, to be read in by ``\input``.

    They need ``\usepackage{booktabs}``.
    """
    parts = layout(comparison)
    width = len(parts.headers)
    lines = [
        '% needs \\usepackage{booktabs}',
        f'\\begin{{tabular}}{{l{"r" * width}}}',
        '\\toprule',
        _row(map(_escape, ['mIoU %', *parts.headers])),
        '\\midrule',
        *map(_method, parts.methods),
    ]
    if parts.published:
        lines += [
            '\\midrule',
            f'\\multicolumn{{{width + 1}}}{{l}}{{\\emph{{published}}}} \\\\',
            *map(_method, parts.published),
        ]
    lines += ['\\bottomrule', '\\end{tabular}']
    if comparison['differences']:
        lines += ['', *_differences(comparison)]
    for note in parts.notes:
        lines += ['', f'{{\\footnotesize {_escape(note)}\\par}}']
    return '\n'.join(lines) + '\n'


def _method(row: Row) -> str:
    return _row([_escape(row.name + row.marks), *map(_cell, row.cells)])


def _cell(cell: Cell) -> str:
    text = _escape(cell.text)
    return (f'\\textbf{{{text}}}' if cell.best else text) + _escape(cell.arrow)


def _differences(comparison: Comparison) -> Sequence[str]:
    blocks = [
        '\n'.join(
            _row(map(_escape, ['' if index else method, *row])) for index, row in enumerate(rows)
        )
        for method, rows in difference_rows(comparison)
    ]
    return [
        '\\begin{tabular}{llrrr}',
        '\\toprule',
        _row(map(_escape, difference_headers(comparison))),
        '\\midrule',
        '\n\\midrule\n'.join(blocks),
        '\\bottomrule',
        '\\end{tabular}',
    ]


def _row(cells: Iterable[str]) -> str:
    return f'{" & ".join(cells)} \\\\'


def _escape(text: str) -> str:
    escaped = ''.join(_ESCAPES.get(character, character) for character in text)
    return re.sub(r'(?<![\w.])([+-])(?=\d)', r'$\1$', escaped)  # signs, not hyphens
