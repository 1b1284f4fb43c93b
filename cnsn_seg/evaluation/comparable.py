"""Refuse to put numbers side by side that do not belong there."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

Results = Mapping[str, Any]


def check_comparable(results: Mapping[str, Results]) -> None:
    """Make sure that results may stand in one column.

    Args:
        results: Name of a result, for the error, to the content of its ``results.json``.

    Raises:
        ValueError: If two results are under different protocols, of models applied in different
            ways (such as test-time augmentation), or evaluated different files.
    """
    for (name, one), (other_name, other) in combinations(results.items(), 2):
        reason = (
            _different_protocols(one, other)
            or _different_settings(one, other)
            or _different_files(one, other)
        )
        if reason:
            raise ValueError(
                f"'{name}' and '{other_name}' cannot be compared, because they {reason}"
            )


def _different_protocols(one: Results, other: Results) -> str | None:
    one, other = one['protocol'], other['protocol']
    if one['sha256'] == other['sha256']:
        return None
    titles = [f"'{protocol['name']}' version {protocol['version']}" for protocol in (one, other)]
    fields = [
        key
        for key in one
        if key not in ('description', 'sha256', 'name', 'version') and one[key] != other.get(key)
    ]
    reason = f', which differ in {", ".join(fields)}' if fields else ''
    return f'follow the protocols {titles[0]} and {titles[1]}{reason}'


def _different_settings(one: Results, other: Results) -> str | None:
    one, other = one['settings'], other['settings']
    differing = [f'{key} {one[key]} and {other[key]}' for key in one if one[key] != other[key]]
    return f'were evaluated with {", ".join(differing)}' if differing else None


def _different_files(one: Results, other: Results) -> str | None:
    for name, domain in one['domains'].items():
        others = other['domains'].get(name)
        if others and domain['files_sha256'] != others['files_sha256']:
            return (
                f"evaluated different files of '{name}' "
                f'({domain["num_images"]} and {others["num_images"]} images)'
            )
    return None
