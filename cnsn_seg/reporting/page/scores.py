"""The sections of scores: domains, classes, confusions."""

from collections.abc import Iterator

import numpy as np

from . import charts
from .parts import Chart, Choice, Table, cell, listed, signed
from .study import Method, Study

CHOSEN_ON_TARGET = '†'
NOT_FINAL = '*'
OTHER_DOMAINS = '‡'


def headline(study: Study) -> str:
    """Say in a sentence what the results come to."""
    best, baseline = study.best, study.baseline
    score = best.unseen()
    if score is None:
        return f'No unseen domain was evaluated: these are results on {listed(study.domains)}.'
    unseen = best.runs[0].results['unseen']['domains']
    sentence = f'{best.name} reaches {score} % mIoU, averaged over {listed(unseen)}, which training never saw'
    if baseline is best or baseline.unseen() is None:
        others = [method for method in study.methods if method is not best and method.unseen()]
        return sentence + (', more than any other method here.' if others else '.')
    gain = signed(score.mean - baseline.unseen().mean)
    return f'{sentence}: {gain} points against {baseline.name} ({baseline.unseen()} %).'


def domain_table(study: Study) -> Table:
    """Methods by domains, the mean over unseen domains last."""
    rows = []
    for method in study.methods:
        scores = [method.miou(domain) for domain in study.domains]
        name = method.name + marks(study, method)
        rows.append([name, str(len(method.runs)), *map(cell, scores), cell(method.unseen())])
    head = ['method', 'seeds', *map(study.title, study.domains), 'mean unseen']
    return Table(
        'mIoU in percent, mean ± standard deviation over seeds.', head, rows, _legend(rows)
    )


def marks(study: Study, method: Method) -> str:
    """What a reader must know before trusting a row."""
    found = ''
    if any((run.results['selection'] or {}).get('target_domains') for run in method.runs):
        found += CHOSEN_ON_TARGET
    if not all(run.results['final'] for run in method.runs):
        found += NOT_FINAL
    expected = _unseen_domains(study.baseline.runs[0])
    if any(_unseen_domains(run) != expected for run in method.runs):
        found += OTHER_DOMAINS
    return f' {found}' if found else ''


def domain_chart(study: Study) -> Chart:
    """The table as a picture, seed by seed."""
    columns = {
        study.title(domain): [
            [run.results['domains'][domain]['mIoU'] for run in _with(method, domain)]
            for method in study.methods
        ]
        for domain in study.domains
    }
    caption = (
        'Bars are means over seeds, dots are single seeds. Where the dots of two methods '
        'mix, these seeds do not tell the methods apart.'
    )
    return Chart(charts.domain_dots(study.methods, columns), caption, wide=True)


def corruption_table(study: Study) -> Table | None:
    """Mean over corruptions by domain, None where nothing was corrupted."""
    found = dict.fromkeys(
        (domain, name)
        for run in study.runs
        for domain, scores in run.results['corruptions'].items()
        for name in scores['by_corruption']
    )
    if not found:
        return None
    rows = [
        [f'{domain}, {name}', *(cell(_corrupted(method, domain, name)) for method in study.methods)]
        for domain, name in found
    ]
    for domain in dict.fromkeys(domain for domain, _ in found):
        means = (
            method.score(lambda results, d=domain: results['corruptions'].get(d, {}).get('mIoU'))
            for method in study.methods
        )
        rows.append([f'{domain}, mean of all', *map(cell, means)])
    caption = 'mIoU in percent under corruptions, mean over the severities evaluated.'
    return Table(caption, ['corruption', *(method.name for method in study.methods)], rows)


def class_choice(study: Study) -> Choice:
    """IoU by class, one chart a domain."""
    options = []
    for domain in study.domains:
        methods = [method for method in study.methods if _with(method, domain)]
        scores = [
            [method.iou(domain, index) for index in range(len(study.classes))]
            for method in methods
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


def _legend(rows: list[list[str]]) -> list[str]:
    texts = {
        CHOSEN_ON_TARGET: 'The checkpoint was chosen on a target domain, so that these numbers '
        'are not of domain generalization.',
        NOT_FINAL: 'Not all images of the protocol were evaluated: not a final result.',
        OTHER_DOMAINS: 'The mean is over other unseen domains than in the first row.',
    }
    names = ''.join(row[0][-4:] for row in rows)
    return [f'{mark} {text}' for mark, text in texts.items() if mark in names]


def _unseen_domains(run) -> list[str]:
    return (run.results['unseen'] or {}).get('domains', [])


def _with(method: Method, domain: str) -> list:
    return [
        run
        for run in method.runs
        if run.results['domains'].get(domain, {}).get('mIoU') is not None
    ]


def _corrupted(method: Method, domain: str, name: str):
    def mean(results) -> float | None:
        scores = results['corruptions'].get(domain, {}).get('by_corruption', {}).get(name, {})
        known = [value for value in scores.values() if value is not None]
        return float(np.mean(known)) if known else None

    return method.score(mean)


def _absent(rows: list[list[str]]) -> str:
    names = [row[0] for row in rows if set(row[1:]) == {'–'}]
    return f' Not in the truth: {listed(names)}.' if names else ''


def _gains(study: Study, method: Method, domain: str) -> Iterator[tuple[str, float]]:
    for index, name in enumerate(study.classes):
        here, there = method.iou(domain, index), study.baseline.iou(domain, index)
        if here and there:
            yield name, here.mean - there.mean


def _gain_chart(
    study: Study, method: Method, domain: str, gains: list[tuple[str, float]]
) -> Chart:
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
    share = np.divide(
        100 * matrix, pixels, out=np.full(matrix.shape, np.nan), where=pixels > 0
    )
    errors = np.where(np.eye(len(matrix), dtype=bool) | np.isnan(share), -1, share)
    worst = [np.unravel_index(flat, errors.shape) for flat in np.argsort(-errors, axis=None)[:3]]
    classes = study.classes
    most = listed([f'{errors[i, j]:.0f} % of {classes[i]} for {classes[j]}' for i, j in worst])
    where = f'{method.name} on {study.title(domain)}'
    caption = f'{where}: rows are the truth and add up to 100 %. Most often it takes {most}.'
    rows = [
        [name, *('–' if np.isnan(value) else f'{value:.1f}' for value in row)]
        for name, row in zip(classes, share, strict=True)
    ]
    table = Table(f'{where}: percent of the pixels of each true class.', ['truth', *classes], rows)
    return Chart(charts.confusion_map(classes, share), caption, table, wide=True)
