"""The marks and footnotes of a comparison's tables."""

from collections.abc import Iterator, Mapping
from typing import Any

Comparison = Mapping[str, Any]
"""The content of ``comparison.json``, see :mod:`cnsn_seg.comparison.compare`."""

DAGGER, DOUBLE_DAGGER, SECTION = '†', '‡', '§'
BETTER, WORSE = '↑', '↓'


def marks(comparison: Comparison, method: Mapping[str, Any]) -> str:
    """Mark a method whose numbers need a word of caution."""
    other_protocol = set(method['trained_under']) - {comparison['protocol']['name']}
    return (
        (DAGGER if method['target_domains'] else '')
        + (DOUBLE_DAGGER if method['partial'] else '')
        + (SECTION if other_protocol else '')
    )


def sources(comparison: Comparison) -> list[str]:
    """List where published rows are from, in the order of their numbers."""
    return list(dict.fromkeys(row['source'] for row in comparison['published']))


def notes(comparison: Comparison) -> Iterator[str]:
    """Yield what a reader of the tables has to know."""
    protocol = comparison['protocol']
    yield f'Protocol {protocol["name"]}, version {protocol["version"]}{_settings(comparison)}.'
    yield _seeds(comparison)
    unseen = [col for col in comparison['columns'].values() if col['kind'] == 'unseen']
    if unseen:
        yield f'mean unseen: over {", ".join(unseen[0]["domains"])}, which all results have.'
    yield from _corruptions(comparison)
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
    for number, source in enumerate(sources(comparison), 1):
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


def _corruptions(comparison: Comparison) -> Iterator[str]:
    for name, column in comparison['columns'].items():
        if column['kind'] == 'corrupted':
            parts = [domain.partition('+')[2].rpartition('-') for domain in column['domains']]
            names = ', '.join(sorted({part[0] for part in parts}))
            severities = ', '.join(sorted({part[2] for part in parts}))
            yield f'{name}: mean over {names} at severities {severities}.'


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
