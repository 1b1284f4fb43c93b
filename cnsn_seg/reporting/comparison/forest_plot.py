"""A picture of the differences from the baseline, with their intervals."""

from pathlib import Path

from matplotlib.figure import Figure

from .layout import header
from .notes import Comparison

# Okabe and Ito's colours, which colour-blind readers can tell apart.
_COLOURS = ('#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9')
_MARKERS = 'osD^vP'
_LETTERS = 80  # that fit into the figure's width


def save_forest_plot(path: str | Path, comparison: Comparison) -> None:
    """Draw one interval a method and column of ``comparison.json``, as PNG, PDF or SVG.

    Args:
        path: File to write, its suffix says which.
        comparison: See :mod:`cnsn_seg.comparison.compare`; it must have differences.
    """
    differences = comparison['differences']
    columns = list(dict.fromkeys(found['column'] for found in differences))
    methods = list(dict.fromkeys(found['method'] for found in differences))
    size = (7.5, 1.6 + len(columns) * (0.25 + 0.2 * len(methods)))
    figure = Figure(figsize=size, layout='constrained')
    axis = figure.subplots()
    axis.axvline(0, color='black', linewidth=1)
    for number, method in enumerate(methods):
        mine = [found for found in differences if found['method'] == method]
        offset = 0.6 * ((number + 0.5) / len(methods) - 0.5)
        middle = [found['difference'] for found in mine]
        axis.errorbar(
            middle,
            [columns.index(found['column']) + offset for found in mine],
            xerr=_errors(mine),
            fmt=_MARKERS[number % len(_MARKERS)],
            color=_COLOURS[number % len(_COLOURS)],
            capsize=3,
            label=f' {_plain(method)}',  # a label that starts with _ would be hidden
        )
    axis.set_yticks(range(len(columns)), [_plain(header(comparison, name)) for name in columns])
    axis.set_ylim(len(columns) - 0.5, -0.5)
    axis.grid(axis='x', alpha=0.3)
    axis.spines[['top', 'right', 'left']].set_visible(False)
    axis.tick_params(axis='y', length=0)
    confidence = comparison['bootstrap']['confidence']
    axis.set_xlabel(
        f'← {_plain(comparison["baseline"])} better    mIoU difference in percentage points    '
        f'better →\n{confidence:g} % intervals, paired bootstrap over images'
    )
    across = max(1, _LETTERS // (max(map(len, methods)) + 8))
    figure.legend(loc='outside upper center', ncols=across, frameon=False)
    figure.savefig(path, dpi=150)


def _plain(text: str) -> str:
    return text.replace('$', r'\$')


def _errors(differences: list[dict]) -> list[list[float]]:
    """Distances from the difference to the ends of its interval, which it may lie outside of."""
    low = [max(0.0, found['difference'] - found['interval'][0]) for found in differences]
    high = [max(0.0, found['interval'][1] - found['difference']) for found in differences]
    return [low, high]
