"""Charts of channel statistics."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from .charts import figure
from .parts import plain
from .study import COLOURS, GREY

_EDGES = np.linspace(-7, 7, 141)
_SMOOTHING = 0.25  # standard deviation of the kernel, in the unit of the axis
CROSSED_COLOUR = '#56B4E9'


def distance_lines(
    places: Sequence[str], lines: Sequence[tuple[str, str, Sequence[float]]]
) -> go.Figure:
    """Distance between source and target along the network, one line a method.

    Args:
        places: Where it was measured.
        lines: Name, colour and distances of a method.
    """
    chart = figure(320)
    for name, colour, values in lines:
        chart.add_scatter(
            x=places,
            y=np.round(values, 3).tolist(),
            name=plain(name),
            mode='lines+markers',
            line=dict(color=colour, width=2),
            marker_size=8,
            hovertemplate='%{fullData.name}, %{x}: %{y:.2f}<extra></extra>',
        )
    chart.update_yaxes(title='distance in source std', rangemode='tozero')
    return chart


def before_after(
    stages: Sequence[str], distances: Mapping[str, tuple[Sequence[float], Sequence[float]]]
) -> go.Figure:
    """Distances before (open) and after (filled) SelfNorm, one colour a target domain."""
    chart = figure(320, scattermode='group', scattergap=0.3)
    for index, (domain, pair) in enumerate(distances.items()):
        for name, values, symbol in zip(
            ('before', 'after'), pair, ('circle-open', 'circle'), strict=True
        ):
            chart.add_scatter(
                x=stages,
                y=np.round(values, 3).tolist(),
                name=plain(domain),
                legendgroup=domain,
                showlegend=name == 'after',
                offsetgroup=f'{index}',
                mode='markers',
                marker=dict(
                    color=COLOURS[index % len(COLOURS)],
                    size=14 if name == 'before' else 8,
                    symbol=symbol,
                    line=dict(color=COLOURS[index % len(COLOURS)], width=2),
                ),
                hovertemplate=f'%{{fullData.name}}, %{{x}}, {name}: %{{y:.3f}}<extra></extra>',
            )
    chart.update_yaxes(title='distance in source std', rangemode='tozero')
    chart.update_xaxes(showgrid=False)
    return chart


def densities(panels: Mapping[str, Mapping[str, np.ndarray]], kind: str) -> go.Figure:
    """Distributions of standardised statistics, one panel beside the other.

    Args:
        panels: Title to what is drawn: label to values of any shape. The first is the source,
            drawn grey and filled; a label with ``CrossNorm`` is drawn dashed.
        kind: Name of the statistic, for the axis.
    """
    chart = make_subplots(
        1, len(panels), subplot_titles=list(map(plain, panels)), shared_yaxes=True
    )
    middles = (_EDGES[:-1] + _EDGES[1:]) / 2
    for column, lines in enumerate(panels.values(), start=1):
        colours = iter(COLOURS)
        for number, (label, values) in enumerate(lines.items()):
            crossed = 'CrossNorm' in label
            colour = GREY if number == 0 else CROSSED_COLOUR if crossed else next(colours)
            chart.add_scatter(
                x=np.round(middles, 2).tolist(),
                y=np.round(_density(values), 4).tolist(),
                name=plain(label),
                legendgroup=label,
                showlegend=column == 1,
                mode='lines',
                line=dict(color=colour, width=2, dash='dash' if crossed else 'solid'),
                fill='tozeroy' if number == 0 else None,
                hovertemplate='%{fullData.name}: %{y:.2f} at %{x:.1f}<extra></extra>',
                row=1,
                col=column,
            )
    chart.update_layout(figure(340).layout)
    chart.update_layout(margin_t=30, legend_y=1.12)
    chart.update_xaxes(title=f'{kind}, in source std', automargin=True)
    chart.update_yaxes(automargin=True)
    chart.update_yaxes(title='density', col=1)
    return chart


def widening_bars(places: Sequence[str], ratios: Mapping[str, Sequence[float]]) -> go.Figure:
    """How many times as wide the source is with CrossNorm, by place and statistic."""
    chart = figure(300, barmode='group', bargap=0.35)
    for (kind, values), colour in zip(ratios.items(), COLOURS, strict=False):
        chart.add_bar(
            x=places,
            y=np.round(values, 3).tolist(),
            name=kind,
            marker_color=colour,
            text=[f'{value:.2f}' for value in values],
            textposition='outside',
            cliponaxis=False,
            hovertemplate='%{fullData.name}, %{x}: %{y:.2f} times<extra></extra>',
        )
    line = dict(type='line', xref='paper', x0=0, x1=1, y0=1, y1=1)
    chart.update_layout(shapes=[line | dict(line=dict(color=GREY, dash='dot', width=1.5))])
    chart.update_yaxes(title='times as wide', rangemode='tozero')
    chart.update_xaxes(showgrid=False)
    return chart


def _density(values: np.ndarray) -> np.ndarray:
    """Kernel density estimate with a Gaussian, in the middle of every bin."""
    width = _EDGES[1] - _EDGES[0]
    counts, _ = np.histogram(values, _EDGES)
    reach = round(3 * _SMOOTHING / width)
    steps = np.arange(-reach, reach + 1) * width
    kernel = np.exp(-((steps / _SMOOTHING) ** 2) / 2)
    return np.convolve(counts, kernel / kernel.sum(), mode='same') / (values.size * width)
