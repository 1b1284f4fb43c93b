"""The sections of classes: IoU, gains and confusions."""

from collections.abc import Iterator

import numpy as np

from . import charts
from .parts import NOTHING, Chart, Choice, Table, cell, listed, signed
from .study import Method, Study


def class_choice(study: Study) -> Choice:
    """IoU by class, one chart a domain."""
    options = []
    for domain in study.domains:
        methods = [method for method in study.methods if method.runs_on(domain)]
        scores = [
            [method.iou(domain, index) for index in range(len(study.classes))] for method in methods
        ]
        rows = [
            [name, *(cell(row[index]) for row in scores)]
            for index, name in enumerate(study.classes)
        ]
        title = f'IoU in percent on {study.title(domain)}'
        table = Table(f'{title}.', ['class', *(method.name for method in methods)], rows)
        chart = charts.class_bars(study.classes, zip(methods, scores, strict=True))
        caption = f'{title}; whiskers are one standard deviation over seeds.{_absent(rows)}'
        options.append(({'domain': study.title(domain)}, Chart(chart, caption, table, wide=True)))
    return Choice({'domain': 'Domain'}, options, {'domain': options[-1][0]['domain']})


def gain_choice(study: Study) -> Choice | None:
    """Gain by class over the baseline, None where there is nothing to compare."""
    options = []
    for method in study.methods[1:]:
        for domain in study.domains:
            gains = sorted(_gains(study, method, domain), key=lambda gain: -gain[1])
            if gains:
                option = {'method': method.name, 'domain': study.title(domain)}
                options.append((option, _gain_chart(study, method, domain, gains)))
    if not options:
        return None
    fit = [option for option, _ in options if option['method'] == study.best.name]
    labels = {'method': 'Method', 'domain': 'Domain'}
    return Choice(labels, options, fit[-1] if fit else options[-1][0])


def confusion_choice(study: Study) -> Choice:
    """Row-normalised confusion matrices by method and domain."""
    options = []
    for method in study.methods:
        for domain in study.domains:
            matrix = method.confusion(domain)
            if matrix is not None:
                option = {'method': method.name, 'domain': study.title(domain)}
                options.append((option, _confusion_chart(study, method, domain, matrix)))
    fit = [option for option, _ in options if option['method'] == study.best.name]
    return Choice({'method': 'Method', 'domain': 'Domain'}, options, fit[-1])


def _absent(rows: list[list[str]]) -> str:
    names = [row[0] for row in rows if set(row[1:]) == {NOTHING}]
    return f' Not in the truth: {listed(names)}.' if names else ''


def _gains(study: Study, method: Method, domain: str) -> Iterator[tuple[str, float]]:
    for index, name in enumerate(study.classes):
        here, there = method.iou(domain, index), study.baseline.iou(domain, index)
        if here and there:
            yield name, here.mean - there.mean


def _gain_chart(study: Study, method: Method, domain: str, gains: list[tuple[str, float]]) -> Chart:
    against = f'{method.name} against {study.baseline.name} on {study.title(domain)}'
    (most, gain), (least, loss) = gains[0], gains[-1]
    better = sum(value > 0 for _, value in gains)
    caption = (
        f'{against}: higher IoU in {better} of {len(gains)} classes, most in {most} '
        f'({signed(gain)}), least in {least} ({signed(loss)}).'
    )
    rows = [[name, signed(value)] for name, value in gains]
    table = Table(f'Gain in points of IoU, {against}.', ['class', 'gain'], rows)
    return Chart(charts.gain_bars(gains), caption, table)


def _confusion_chart(study: Study, method: Method, domain: str, matrix: np.ndarray) -> Chart:
    pixels = matrix.sum(1, keepdims=True)
    share = np.divide(100 * matrix, pixels, out=np.full(matrix.shape, np.nan), where=pixels > 0)
    errors = np.where(np.eye(len(matrix), dtype=bool) | np.isnan(share), -1, share)
    worst = [np.unravel_index(flat, errors.shape) for flat in np.argsort(-errors, axis=None)[:3]]
    classes = study.classes
    most = listed([f'{errors[i, j]:.0f} % of {classes[i]} for {classes[j]}' for i, j in worst])
    where = f'{method.name} on {study.title(domain)}'
    caption = f'{where}: rows are the truth and add up to 100 %. Most often it takes {most}.'
    rows = [
        [name, *(NOTHING if np.isnan(value) else f'{value:.1f}' for value in row)]
        for name, row in zip(classes, share, strict=True)
    ]
    table = Table(f'{where}: percent of the pixels of each true class.', ['truth', *classes], rows)
    return Chart(charts.confusion_map(classes, share), caption, table, wide=True)
