"""Charts of scores. Colours of text and grid are the page's, see ``page.js``."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from .parts import plain, signed
from .study import GREY, Method, Score

LOSS, GAIN = '#D55E00', '#0072B2'  # Okabe and Ito's vermillion and blue


def figure(height: int, *traces: go.Trace, **layout: object) -> go.Figure:
    """Start a chart of a height in pixels; it takes the width that it gets."""
    return go.Figure(
        traces,
        go.Layout(
            **dict(
                template='none',
                height=height,
                margin=dict(l=8, r=8, t=8, b=8),
                legend=dict(orientation='h', yanchor='bottom', y=1.02, x=0),
                xaxis=dict(automargin=True),
                yaxis=dict(automargin=True),
            )
            | layout
        ),
    )


def domain_dots(
    methods: Sequence[Method], columns: Mapping[str, Sequence[Sequence[float]]]
) -> go.Figure:
    """One column a domain: every seed as a dot, the mean of a method as a bar behind.

    Args:
        methods: What is compared.
        columns: Title of a column to, by method, the value of every seed.
    """
    chart = figure(360, barmode='group', bargap=0.3, bargroupgap=0.08, scattermode='group')
    titles = [plain(title) for title in columns]
    for index, method in enumerate(methods):
        seeds = [values[index] for values in columns.values()]
        means = [float(np.mean(found)) if len(found) else None for found in seeds]
        shared = dict(name=plain(method.name), legendgroup=method.name, offsetgroup=str(index))
        chart.add_bar(
            x=titles,
            y=means,
            marker_color=method.colour,
            opacity=0.75,
            hovertemplate='%{fullData.name}, %{x}: mean %{y:.1f} %<extra></extra>',
            **shared,
        )
        chart.add_scatter(
            x=[title for title, found in zip(titles, seeds, strict=True) for _ in found],
            y=[value for found in seeds for value in found],
            mode='markers',
            marker=dict(color=method.colour, size=7, line=dict(width=1, color='white')),
            hovertemplate='%{fullData.name}, %{x}: one seed %{y:.1f} %<extra></extra>',
            showlegend=False,
            **shared,
        )
    chart.update_yaxes(title='mIoU in %', rangemode='tozero')
    chart.update_xaxes(showgrid=False)
    return chart


def class_bars(
    classes: Sequence[str], scores: Iterable[tuple[Method, Sequence[Score | None]]]
) -> go.Figure:
    """IoU of every class, one bar a method, whiskers of one standard deviation over seeds."""
    chart = figure(380, barmode='group', bargap=0.25, bargroupgap=0)
    for method, row in scores:
        chart.add_bar(
            name=plain(method.name),
            x=[plain(name) for name in classes],
            y=[score and score.mean for score in row],
            error_y=dict(
                array=[score and score.std for score in row], thickness=1, width=2, color=GREY
            ),
            marker_color=method.colour,
            hovertemplate='%{fullData.name}, %{x}: %{y:.1f} %<extra></extra>',
        )
    chart.update_yaxes(title='IoU in %', range=[0, 100])
    chart.update_xaxes(tickangle=-45, showgrid=False)
    return chart


def gain_bars(gains: Sequence[tuple[str, float]]) -> go.Figure:
    """Diverging bars, the largest gain on top.

    Args:
        gains: Class and gain in points of IoU, largest first.
    """
    names, values = zip(*reversed(gains), strict=True)
    chart = figure(
        24 * len(gains) + 60,
        go.Bar(
            x=values,
            y=[plain(name) for name in names],
            orientation='h',
            marker_color=[GAIN if value >= 0 else LOSS for value in values],
            text=[signed(value) for value in values],
            textposition='outside',
            cliponaxis=False,
            hovertemplate='%{y}: %{text} points<extra></extra>',
        ),
        bargap=0.3,
        margin=dict(l=8, r=40, t=8, b=8),
    )
    reach = 1.2 * max(map(abs, values)) or 1
    chart.update_xaxes(title='gain in points of IoU', range=[-reach, reach], zeroline=True)
    return chart


def confusion_map(classes: Sequence[str], share: np.ndarray) -> go.Figure:
    """Heat map of a confusion matrix whose rows add up to 100 %.

    Args:
        classes: Names of the C classes.
        share: Percent by true and predicted class, shape (C, C), NaN for absent classes.
    """
    names = [plain(name) for name in classes]
    text = [[f'{value:.0f}' if value >= 5 else '' for value in row] for row in share]
    chart = figure(
        620,
        go.Heatmap(
            x=names,
            y=names,
            z=_rounded(share),
            text=text,
            texttemplate='%{text}',
            textfont_size=10,
            zmin=0,
            zmax=100,
            colorscale=[[0, 'rgba(0, 114, 178, 0)'], [1, 'rgba(0, 114, 178, 0.75)']],
            colorbar=dict(title='%', thickness=12, outlinewidth=0),
            xgap=2,
            ygap=2,
            hoverongaps=False,
            hovertemplate='%{z:.1f} % of %{y} is taken for %{x}<extra></extra>',
        ),
    )
    chart.update_xaxes(title='prediction', tickangle=-45, side='bottom', showgrid=False)
    chart.update_yaxes(title='truth', autorange='reversed', showgrid=False)
    return chart


def curves(lines: Iterable[tuple[Method, str, Mapping[int, float]]], title: str) -> go.Figure:
    """Values by iteration, one line a run in the colour of its method.

    Args:
        lines: Method, name of the run and its values by iteration.
        title: Of the vertical axis.
    """
    chart, known = figure(300), set()
    for method, name, values in lines:
        chart.add_scatter(
            x=list(values),
            y=list(values.values()),
            name=plain(method.name),
            legendgroup=method.name,
            showlegend=method.name not in known,
            mode='lines+markers' if len(values) < 8 else 'lines',
            line=dict(color=method.colour, width=1.5),
            opacity=0.8,
            marker_size=5,
            hovertemplate=plain(name) + ', iteration %{x}: %{y:.4~g}<extra></extra>',
        )
        known.add(method.name)
    chart.update_xaxes(title='iteration', rangemode='tozero')
    chart.update_yaxes(title=title)
    return chart


def _rounded(values: np.ndarray) -> list[list[float | None]]:
    return [[None if np.isnan(value) else round(value, 2) for value in row] for row in values]
