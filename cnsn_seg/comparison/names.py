"""Names of methods that fit into a table."""

from collections.abc import Sequence

LONGEST = 24
BASELINE = 'baseline'


def short_names(names: Sequence[str]) -> dict[str, str]:
    """Leave out the parts that the names of configs share.

    ``r50_1xb8_gta`` and ``r50_cnsn_1xb8_gta`` become ``baseline`` and ``cnsn``: parts are what
    ``_`` separates, and a name without any of its own is the baseline's.

    Args:
        names: Distinct names.

    Returns:
        Name to short name. Names stay as they are where all are short, where there is one alone,
        and where they would become equal.
    """
    parts = {name: name.split('_') for name in names}
    shared = set.intersection(*map(set, parts.values()))
    short = {
        name: '_'.join(part for part in some if part not in shared) or BASELINE
        for name, some in parts.items()
    }
    fits = max(map(len, names)) <= LONGEST
    if fits or len(names) == 1 or len(set(short.values())) < len(names):
        return {name: name for name in names}
    return short
