"""The ``results.json`` files of a comparison: find them, read them, refuse what does not belong."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from cnsn_seg.evaluation import check_comparable
from cnsn_seg.evaluation.image_counts import ImageCounts, load_image_counts
from cnsn_seg.evaluation.results import FILE_NAME, read_results

from .names import short_names


@dataclass(frozen=True)
class Result:
    """One evaluation.

    Args:
        path: Its ``results.json``.
        method: Name of the method in tables.
        content: What the file holds.
    """

    path: Path
    method: str
    content: Mapping[str, Any]

    @property
    def domains(self) -> Mapping[str, Any]:
        """Domain to its scores."""
        return self.content['domains']

    @property
    def images_path(self) -> Path:
        """Where the confusion matrices of its images are."""
        return self.path.parent / self.content['images']['file']


def load_results(arguments: Sequence[str]) -> list[Result]:
    """Read what a command line names.

    Args:
        arguments: Each a ``results.json``, or a folder with any number of them below, or
            ``NAME=`` and either, which replaces the name of the method. Long names without one
            are shortened (:func:`short_names`).

    Raises:
        FileNotFoundError: If a path is not there, or a folder has no ``results.json``.
        ValueError: If a file is no ``results.json`` of this version.
    """
    given = [(name, path) for name, root in map(_split, arguments) for path in _files(root)]
    results = [load_result(path) for _, path in given]
    own = dict.fromkeys(
        result.method for (name, _), result in zip(given, results, strict=True) if name is None
    )
    short = short_names(list(own)) if own else {}
    return [
        replace(result, method=name or short[result.method])
        for (name, _), result in zip(given, results, strict=True)
    ]


def load_result(path: str | Path) -> Result:
    """Read one ``results.json``."""
    content = read_results(path)
    unknown = set(content['protocol']['classes']) - set(content['classes'])
    if unknown:
        raise ValueError(
            f"'{path}' averages over {', '.join(sorted(unknown))}, but has no such class: "
            'evaluate again'
        )
    return Result(Path(path), content['method'], content)


def check_results(results: Sequence[Result]) -> None:
    """Make sure that results may stand in one table, and the seeds of a method in one mean.

    Raises:
        ValueError: If protocols, settings, classes or files differ; if two results of a method
            are of one training run, or of other source domains.
    """
    if not results:
        raise ValueError('there are no results to compare')
    check_comparable({str(result.path): result.content for result in results})
    for one, other in combinations(results, 2):
        reason = one.method == other.method and _no_two_seeds(one.content, other.content)
        if reason:
            raise ValueError(
                f"'{one.path}' and '{other.path}' are both called '{one.method}' but {reason}: "
                'leave one out, or call it something else (NAME=PATH)'
            )


def load_counts(result: Result) -> dict[str, ImageCounts]:
    """Read the confusion matrices of a result's images.

    Raises:
        FileNotFoundError: If the file is not there.
        ValueError: If it is not the one that belongs to the result.
    """
    path = result.images_path
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != result.content['images']['sha256']:
        raise ValueError(
            f"'{path}' is not the file that '{result.path}' was written with (its SHA-256 "
            'differs): evaluate again, or copy both from one place'
        )
    counts = load_image_counts(path)
    for name, domain in result.domains.items():
        if name not in counts or not _adds_up(counts[name].confusion, domain['confusion']):
            raise ValueError(
                f"the images in '{path}' do not add up to the confusion matrix of '{name}' in "
                f"'{result.path}': evaluate again"
            )
    return counts


def _split(argument: str) -> tuple[str | None, Path]:
    """Split ``NAME=PATH``, unless the whole is a path."""
    name, equals, path = argument.partition('=')
    if equals and '/' not in name and not Path(argument).exists():
        return name or None, Path(path)
    return None, Path(argument)


def _files(root: Path) -> list[Path]:
    if not root.exists():
        raise FileNotFoundError(f"there is no '{root}'")
    if not root.is_dir():
        return [root]
    found = sorted(root.rglob(FILE_NAME))
    if not found:
        raise FileNotFoundError(f"there is no {FILE_NAME} in or below '{root}'")
    return found


def _no_two_seeds(one: Mapping[str, Any], other: Mapping[str, Any]) -> str | None:
    """Say why two results of one method are not two draws of its training."""
    if one['checkpoint']['sha256'] == other['checkpoint']['sha256']:
        return 'evaluate the same checkpoint'
    if one['seed'] is not None and one['seed'] == other['seed']:
        return f'have the same seed ({one["seed"]})'
    if set(one['source']) != set(other['source']):
        return f'were trained on {" + ".join(one["source"])} and {" + ".join(other["source"])}'
    return None


def _adds_up(confusion: np.ndarray, total: Sequence[Sequence[int]]) -> bool:
    return confusion.ndim == 3 and np.array_equal(confusion.sum(0, dtype=np.int64), total)
