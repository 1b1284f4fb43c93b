"""The first section: scores by domain."""

import numpy as np

from . import charts
from .parts import Chart, Table, cell, listed, signed
from .study import Method, Score, Study

CHOSEN_ON_TARGET = '†'
NOT_FINAL = '*'
OTHER_DOMAINS = '‡'


def headline(study: Study) -> str:
    """Say in a sentence what the results come to."""
    best, baseline = study.best, study.baseline
    score = best.unseen()
    if score is None:
        return f'No unseen domain was evaluated: these are results on {listed(study.domains)}.'
    sentence = f'{best.name}: {score} % mIoU on unseen domains'
    if baseline is not best and baseline.unseen() is not None:
        gain = signed(score.mean - baseline.unseen().mean)
        sentence += f', {gain} points against {baseline.name}'
    return sentence


def beneath(study: Study) -> str:
    """Say what the headline's mean is over, and which methods it does not set apart."""
    best = study.best
    if best.unseen() is None:
        return ''
    unseen = _unseen_domains(best.runs[0])
    text = f'Unseen is the plain mean over {listed(unseen)}.'
    near = [
        f'{method.name} ({method.unseen()})'
        for method in study.methods
        if method is not best and _near(method.unseen(), best.unseen())
    ]
    if near:
        text += f' Within one standard deviation of {best.name}: {listed(near)}.'
    return text


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
            [run.results['domains'][domain]['mIoU'] for run in method.runs_on(domain)]
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


def _near(one: Score | None, other: Score) -> bool:
    """Whether two means differ by less than the larger of their deviations over seeds."""
    if one is None:
        return False
    return abs(one.mean - other.mean) < max(one.std or 0, other.std or 0)


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


def _corrupted(method: Method, domain: str, name: str):
    def mean(results) -> float | None:
        scores = results['corruptions'].get(domain, {}).get('by_corruption', {}).get(name, {})
        known = [value for value in scores.values() if value is not None]
        return float(np.mean(known)) if known else None

    return method.score(mean)
