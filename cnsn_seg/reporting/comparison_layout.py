"""What the tables of a comparison say, whatever they are drawn with."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Comparison = Mapping[str, Any]

DAGGER, DOUBLE_DAGGER, SECTION = '†', '‡', '§'
BETTER, WORSE = '↑', '↓'


@dataclass(frozen=True)
class Cell:
    """One number of a table.

    Args:
        text: The number, with its spread.
        best: Whether it is the best of its column among the methods compared.
        arrow: Whether its interval says that it is better or worse than the baseline, or nothing.
    """

    text: str
    best: bool = False
    arrow: str = ''


@dataclass(frozen=True)
class Row:
    """One method: its name, the marks of its footnotes, and a cell a column."""

    name: str
    marks: str
    cells: list[Cell]


@dataclass(frozen=True)
class Layout:
    """A table of mIoU.

    Args:
        headers: One a column.
        methods: The methods compared.
        published: Published results.
        notes: Footnotes.
    """

    headers: list[str]
    methods: list[Row]
    published: list[Row]
    notes: list[str]


def layout(comparison: Comparison) -> Layout:
    """Lay out the content of ``comparison.json``, see :mod:`cnsn_seg.comparison.compare`."""
    columns = comparison['columns']
    return Layout(
        headers=[header(comparison, name) for name in columns],
        methods=[
            Row(
                name,
                _marks(comparison, method),
                [_cell(comparison, name, column) for column in columns],
            )
            for name, method in comparison['methods'].items()
        ],
        published=[_published_row(comparison, row) for row in comparison['published']],
        notes=list(_notes(comparison)),
    )


def header(comparison: Comparison, column: str) -> str:
    """Name a column, with a mark on the domain that training saw."""
    is_source = comparison['columns'][column]['kind'] == 'source'
    return f'{column} (source)' if is_source else column


def difference_rows(comparison: Comparison) -> list[tuple[str, list[tuple[str, ...]]]]:
    """List the differences by method.

    Returns:
        Method and its rows: column, difference with its arrow, interval, share of the resamples
        in which the method is better.
    """
    rows: dict[str, list[tuple[str, ...]]] = {}
    for found in comparison['differences']:
        low, high = found['interval']
        rows.setdefault(found['method'], []).append(
            (
                header(comparison, found['column']),
                f'{found["difference"]:+.2f}{_arrow(found)}',
                f'[{low:+.2f}, {high:+.2f}]',
                f'{found["share_better"]:.1f} %',
            )
        )
    return list(rows.items())


def difference_headers(comparison: Comparison) -> tuple[str, ...]:
    """Headers of :func:`difference_rows`, the method first."""
    interval = f'{comparison["bootstrap"]["confidence"]:g} % interval'
    return (f'against {comparison["baseline"]}', 'on', 'difference', interval, 'better in')


def _cell(comparison: Comparison, method: str, column: str) -> Cell:
    score = comparison['methods'][method]['mIoU'][column]
    if score is None:
        return Cell('-')
    text = f'{score["mean"]:.2f}'
    if score['std'] is not None:
        text += f' ±{score["std"]:.2f}'
    count = len(score['values'])
    if count < len(comparison['methods'][method]['seeds']):
        text += f' ({count})'
    rivals = [other['mIoU'][column] for other in comparison['methods'].values()]
    means = [round(other['mean'], 2) for other in rivals if other]
    best = len(means) > 1 and round(score['mean'], 2) == max(means)
    found = (one for one in comparison['differences'] if one['column'] == column)
    arrows = [_arrow(one) for one in found if one['method'] == method]
    return Cell(text, best, ''.join(arrows))


def _arrow(difference: Mapping[str, Any]) -> str:
    low, high = difference['interval']
    return BETTER if low > 0 else WORSE if high < 0 else ''


def _marks(comparison: Comparison, method: Mapping[str, Any]) -> str:
    other_protocol = set(method['trained_under']) - {comparison['protocol']['name']}
    return (
        (DAGGER if method['target_domains'] else '')
        + (DOUBLE_DAGGER if method['partial'] else '')
        + (SECTION if other_protocol else '')
    )


def _published_row(comparison: Comparison, row: Mapping[str, Any]) -> Row:
    values = [
        [row['mIoU'].get(domain) for domain in column['domains']]
        for column in comparison['columns'].values()
    ]
    cells = ['-' if None in found else f'{sum(found) / len(found):.2f}' for found in values]
    reference = _sources(comparison).index(row['source']) + 1
    name = f'{row["method"]}, {row["backbone"]} [{reference}]'
    protocol = row.get('protocol')
    if protocol is None:
        name += ' (protocol not stated)'
    elif protocol != comparison['protocol']['name']:
        name += f' (protocol {protocol})'
    return Row(name, '', [Cell(text) for text in cells])


def _sources(comparison: Comparison) -> list[str]:
    return list(dict.fromkeys(row['source'] for row in comparison['published']))


def _notes(comparison: Comparison) -> Iterator[str]:
    protocol = comparison['protocol']
    yield f'Protocol {protocol["name"]}, version {protocol["version"]}{_settings(comparison)}.'
    yield _seeds(comparison)
    unseen = [col for col in comparison['columns'].values() if col['kind'] == 'unseen']
    if unseen:
        yield f'mean unseen: over {", ".join(unseen[0]["domains"])}, which all results have.'
    yield from _gaps(comparison)
    if comparison['differences']:
        yield (
            f'{BETTER}{WORSE} better, worse than {comparison["baseline"]}: the '
            f'{comparison["bootstrap"]["confidence"]:g} % interval of the difference leaves 0 out. '
            f'Paired bootstrap over images ({comparison["bootstrap"]["num_resamples"]} resamples, '
            'better in so many of them): what other images of the domain might say about these '
            'networks, and nothing about other seeds. Not corrected for the number of comparisons.'
        )
    for name, method in comparison['methods'].items():
        yield from _method_notes(comparison, name, method)
    for number, source in enumerate(_sources(comparison), 1):
        yield f'[{number}] {source}, as printed there.'
    yield from comparison['notes']


def _settings(comparison: Comparison) -> str:
    settings = comparison['settings']
    text = ''
    if settings['mode'] == 'slide':
        crop, stride = settings['crop_size'], settings['stride']
        text += f', sliding window of {crop} every {stride} pixels'
    if settings['tta']:
        text += ', test-time augmentation'
    return text


def _seeds(comparison: Comparison) -> str:
    counts = {name: len(method['seeds']) for name, method in comparison['methods'].items()}
    if set(counts.values()) == {1}:
        return 'mIoU in %, of one seed each.'
    each = ', '.join(f'{name} {count}' for name, count in counts.items())
    return f'mIoU in %, mean ± standard deviation over seeds (number of seeds: {each}).'


def _gaps(comparison: Comparison) -> Iterator[str]:
    methods = comparison['methods'].values()
    scores = [(method, score) for method in methods for score in method['mIoU'].values()]
    if any(score is None for _, score in scores):
        yield '-: not evaluated, or not on all that the column is a mean of.'
    if any(score and len(score['values']) < len(method['seeds']) for method, score in scores):
        yield '(n): of n seeds only, the others were not evaluated on it.'


def _method_notes(comparison: Comparison, name: str, method: Mapping[str, Any]) -> Iterator[str]:
    if method['target_domains']:
        domains = ', '.join(method['target_domains'])
        yield (
            f'{DAGGER} {name}: checkpoint chosen on {domains}, so its numbers there are not domain '
            'generalization.'
        )
    if method['partial']:
        parts = [
            f'{found["num_images"]} of {found["num_expected"]} images of {domain}'
            for domain, found in method['partial'].items()
        ]
        yield f'{DOUBLE_DAGGER} {name}: not final, evaluated on {", ".join(parts)}.'
    others = set(method['trained_under']) - {comparison['protocol']['name']}
    if others:
        yield f'{SECTION} {name}: trained under protocol {", ".join(sorted(others))}.'
