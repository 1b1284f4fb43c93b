"""Results that others published, for a look beside ours.

``published_results.json`` holds the numbers as printed in the ``source`` that each row names. A
row with a ``protocol`` follows the one of that name in :mod:`cnsn_seg.datasets.protocols`; for the
others the source does not say enough to tell.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cnsn_seg.datasets import BDD100KDomain, CityscapesDomain, MapillaryDomain

from .inputs import Result

CHOICES = ('protocol', 'all')
_FILE = Path(__file__).with_name('published_results.json')
_OFFICIAL = {
    data_set.domain: data_set.official_counts['val']
    for data_set in (CityscapesDomain, BDD100KDomain, MapillaryDomain)
}


def published_rows(
    results: Sequence[Result], choice: str = 'protocol'
) -> tuple[list[Mapping[str, Any]], str | None]:
    """Choose the published rows that may be shown beside results.

    Args:
        results: Comparable results.
        choice: ``'protocol'`` for the rows of the results' own protocol, ``'all'`` for every row;
            those of another protocol, or none, must then be marked. Defaults to ``'protocol'``.

    Returns:
        The rows, and why there are none where the results cannot stand beside any: not the
        official validation images, or test-time augmentation.
    """
    reason = _not_official(results)
    if reason:
        return [], f'No published results are shown: {reason}.'
    protocol = results[0].content['protocol']['name']
    rows = json.loads(_FILE.read_text(encoding='utf-8'))['rows']
    return [row for row in rows if choice == 'all' or row.get('protocol') == protocol], None


def _not_official(results: Sequence[Result]) -> str | None:
    found = {
        name: result.domains[name]['num_images']
        for result in results
        for name in _OFFICIAL
        if name in result.domains
    }
    if not found:
        return f'none of {", ".join(_OFFICIAL)} was evaluated'
    for name, count in found.items():
        if count != _OFFICIAL[name]:
            return (
                f'these are of {count} images of {name}, whose official validation set has '
                f'{_OFFICIAL[name]}'
            )
    if results[0].content['settings']['tta']:
        return 'these use test-time augmentation'
    return None
