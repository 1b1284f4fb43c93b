"""The section of the why: channel statistics of source and targets."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from cnsn_seg.analysis.distances import standardised
from cnsn_seg.analysis.domain_gap import KINDS, DomainGap
from cnsn_seg.analysis.stage_statistics import Points, after, before

from . import gap_charts
from .parts import Chart, Choice, Table, listed, signed
from .study import Method

KIND_NAMES = {'mean': 'mean', 'std': 'standard deviation'}
IDENTITY = 0.02
"""Change of a distance, in source standard deviations, that is called none."""


@dataclass(frozen=True)
class Why:
    """What the section shows; None for what no method has.

    Args:
        distances: Distances along the network, methods side by side.
        selfnorm: Distances before and after SelfNorm.
        crossnorm: How much CrossNorm widens the source.
        distributions: The distributions themselves.
    """

    distances: Choice
    selfnorm: Choice | None
    crossnorm: Choice | None
    distributions: Choice


def why(gaps: Mapping[str, tuple[Method, DomainGap]]) -> Why:
    """Lay out the section.

    Args:
        gaps: Name of a method to the method and what was measured of one of its models.
    """
    with_selfnorm = [(method, gap) for method, gap in gaps.values() if gap.selfnorm_stages]
    with_crossnorm = [(method, gap) for method, gap in gaps.values() if gap.crossed]
    selfnorm = [
        ({'method': method.name, 'kind': KIND_NAMES[kind]}, _selfnorm_chart(method, gap, kind))
        for method, gap in with_selfnorm
        for kind in KINDS
    ]
    crossnorm = [
        ({'method': method.name}, _crossnorm_chart(method, gap)) for method, gap in with_crossnorm
    ]
    both = {'method': 'Method', 'kind': 'Statistic'}
    return Why(
        Choice({'domain': 'Target', 'kind': 'Statistic'}, list(_distance_options(gaps))),
        Choice(both, selfnorm, selfnorm[-1][0]) if selfnorm else None,
        Choice({'method': 'Method'}, crossnorm, crossnorm[-1][0]) if crossnorm else None,
        _distributions(gaps),
    )


def _distance_options(
    gaps: Mapping[str, tuple[Method, DomainGap]],
) -> Iterator[tuple[dict[str, str], Chart]]:
    places = list(dict.fromkeys(place for _, gap in gaps.values() for place in gap.places))
    targets = list(dict.fromkeys(name for _, gap in gaps.values() for name in gap.targets))
    for domain in targets:
        for kind in KINDS:
            found = [
                (method, [_distance(gap, place, kind, domain) for place in places])
                for method, gap in gaps.values()
                if domain in gap.targets
            ]
            lines = [(method.name, method.colour, values) for method, values in found]
            rows = [
                [place, *(f'{values[index]:.2f}' for _, values in found)]
                for index, place in enumerate(places)
            ]
            what = f'Distance of the channel {KIND_NAMES[kind]}s of {domain} from the source'
            table = Table(f'{what}.', ['place', *(method.name for method, _ in found)], rows)
            ends = [f'{values[-1]:.2f} for {method.name}' for method, values in found]
            caption = f'{what}. Behind {places[-1]} it is {listed(ends)}.'
            chart = Chart(gap_charts.distance_lines(places, lines), caption, table)
            yield {'domain': domain, 'kind': KIND_NAMES[kind]}, chart


def _distance(gap: DomainGap, place: str, kind: str, domain: str) -> float:
    return gap.distance(place, kind, domain) if place in gap.source else float('nan')


def _selfnorm_chart(method: Method, gap: DomainGap, kind: str) -> Chart:
    stages = gap.selfnorm_stages
    pairs = {
        domain: tuple(
            [gap.distance(place(stage), kind, domain) for stage in stages]
            for place in (before, after)
        )
        for domain in gap.targets
    }
    change = float(np.nanmean([np.subtract(behind, front) for front, behind in pairs.values()]))
    gates = float(np.nanmean([gap.gate(stage) for stage in stages]))
    verdict = 'smaller' if change < 0 else 'larger'
    if abs(change) < IDENTITY:
        verdict = 'practically the same'
    caption = (
        f'{method.name}, {KIND_NAMES[kind]}s: open circles in front of the last SelfNorm of each '
        f'stage, dots behind it. Behind it the distance is {verdict} ({signed(change, 2)} on '
        f'average). Its gates average {gates:.2f}; gates of 1 make SelfNorm the identity.'
    )
    rows = [
        [f'{domain}, {stage}', f'{front:.3f}', f'{behind:.3f}', signed(behind - front, 3)]
        for domain, pair in pairs.items()
        for stage, front, behind in zip(stages, *pair, strict=True)
    ]
    title = f'Distance of channel {KIND_NAMES[kind]}s around SelfNorm, {method.name}.'
    table = Table(title, ['target and stage', 'before', 'after', 'change'], rows)
    return Chart(gap_charts.before_after(stages, pairs), caption, table)


def _crossnorm_chart(method: Method, gap: DomainGap) -> Chart:
    places = [place for place in gap.places if place in gap.crossed]
    ratios = {KIND_NAMES[kind]: [gap.widening(place, kind) for place in places] for kind in KINDS}
    rows = [
        [
            f'{domain}, {place}, {kind}',
            *(
                f'{100 * gap.coverage(place, kind, domain, crossed):.0f}'
                for crossed in (False, True)
            ),
        ]
        for domain in gap.targets
        for place in places
        for kind in KINDS
    ]
    off, on = (np.mean([float(row[column]) for row in rows]) for column in (1, 2))
    means = [float(np.nanmean(values)) for values in ratios.values()]
    caption = (
        f"{method.name}: with CrossNorm acting, the source's channel means spread "
        f'{means[0]:.2f} times and its standard deviations {means[1]:.2f} times as widely over '
        f'images, averaged over these places. The central 95 % of the source then hold {on:.0f} % '
        f"of the targets' statistics, where they held {off:.0f} %."
    )
    table = Table(
        f"Share of a target's statistics in the central 95 % of the source, {method.name}, in %.",
        ['target, place, statistic', 'CrossNorm off', 'CrossNorm on'],
        rows,
    )
    return Chart(gap_charts.widening_bars(places, ratios), caption, table, wide=True)


def _distributions(gaps: Mapping[str, tuple[Method, DomainGap]]) -> Choice:
    options = []
    for method, gap in gaps.values():
        panels = {place: [place] for place in gap.places}
        panels |= {
            f'SelfNorm of {stage}': [before(stage), after(stage)] for stage in gap.selfnorm_stages
        }
        for name, places in panels.items():
            for kind in KINDS:
                option = {'method': method.name, 'place': name, 'kind': KIND_NAMES[kind]}
                options.append((option, _density_chart(method, gap, places, kind)))
    labels = {'method': 'Method', 'place': 'Place', 'kind': 'Statistic'}
    start = {'method': options[-1][0]['method'], 'place': 'stage 1', 'kind': KIND_NAMES['mean']}
    return Choice(labels, options, start)


def _density_chart(method: Method, gap: DomainGap, places: list[str], kind: str) -> Chart:
    panels = {place: _lines(gap, place, kind) for place in places}
    rows = [
        [f'{label}, {place}', signed(float(values.mean()), 2), f'{values.std():.2f}']
        for place, lines in panels.items()
        for label, values in lines.items()
    ]
    caption = (
        f'{method.name}, {" and ".join(places)}: channel {KIND_NAMES[kind]}s of single images, '
        'all channels together, each in units of the source. A target that lies on the source '
        'would look like it to the following layer.'
    )
    table = Table(caption, ['images and place', 'average', 'spread'], rows)
    chart = gap_charts.densities(panels, KIND_NAMES[kind])
    return Chart(chart, caption, table, wide=len(places) > 1)


def _lines(gap: DomainGap, place: str, kind: str) -> dict[str, np.ndarray]:
    def values_of(points: Points) -> np.ndarray:
        return standardised(getattr(points[place], kind), getattr(gap.source[place], kind))

    lines = {'source': values_of(gap.source)}
    if place in gap.crossed and 'SelfNorm' not in place:
        lines['source with CrossNorm'] = values_of(gap.crossed)
    return lines | {name: values_of(points) for name, points in gap.targets.items()}
