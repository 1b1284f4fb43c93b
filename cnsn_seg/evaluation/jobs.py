"""Which checkpoints are evaluated, and where the results of each go."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress
from pathlib import Path


@dataclass(frozen=True)
class Job:
    """One checkpoint to evaluate.

    Args:
        title: What progress and tables call it.
        checkpoint: Its file.
        out: Folder of its ``results.json``.
        predictions: Folder of its predictions. Defaults to None (they are not saved).
    """

    title: str
    checkpoint: Path
    out: Path
    predictions: Path | None = None


def plan_jobs(
    checkpoints: Sequence[str | Path], out: str | Path, predictions: str | Path | None = None
) -> list[Job]:
    """Give every checkpoint its folders.

    Args:
        checkpoints: Files. Of several, each gets a folder in ``out`` and ``predictions``, called
            by what tells its path from the others' (:func:`short_names`).
        out: Folder of the results.
        predictions: Folder of the predictions. Defaults to None (they are not saved).

    Raises:
        FileNotFoundError: If a checkpoint does not exist.
        ValueError: If a checkpoint is given twice.
        OSError: If a folder cannot be written to.
    """
    paths = [Path(path) for path in checkpoints]
    for path in paths:
        if not path.is_file():
            raise FileNotFoundError(f"there is no checkpoint '{path}'")
    for folder in (out, predictions):
        if folder is not None:
            check_writable(Path(folder))
    names = short_names(paths)
    folders = names if len(paths) > 1 else ['']
    return [
        Job(name, path, Path(out) / folder, predictions and Path(predictions) / folder)
        for name, path, folder in zip(names, paths, folders, strict=True)
    ]


def short_names(paths: Sequence[Path]) -> list[str]:
    """Name paths by the parts that tell them apart.

    As many parts from the end as are needed are looked at, without the suffix; those that all
    paths have in common are left out: ``a/cn_seed0/iter_9.pth`` and ``a/cn_seed1/iter_9.pth`` are
    ``cn_seed0`` and ``cn_seed1``. What is left of several parts stays a path (``cn/iter_9``).

    Raises:
        ValueError: If a path is there twice.
    """
    parts = [path.resolve().with_suffix('').parts[1:] for path in paths]
    for count in range(1, max(map(len, parts)) + 1):
        tails = [('',) * (count - len(part)) + part[-count:] for part in parts]
        differs = [len(set(column)) > 1 for column in zip(*tails, strict=True)]
        names = ['/'.join(filter(None, compress(tail, differs))) or tail[-1] for tail in tails]
        if len(set(names)) == len(names):
            return names
    twice = next(path for index, path in enumerate(paths) if parts[index] in parts[:index])
    raise ValueError(f"'{twice}' is given twice")


def check_writable(folder: Path) -> None:
    """Make sure that a folder is there or can be made, and written to; nothing is made yet.

    Raises:
        OSError: If not.
    """
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not there.is_dir():
        raise NotADirectoryError(f"'{folder}' cannot be a folder: '{there}' is a file")
    if not os.access(there, os.W_OK | os.X_OK):
        raise PermissionError(f"'{folder}' cannot be written to: no permission for '{there}'")
