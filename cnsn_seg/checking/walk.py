"""Check many pairs in parallel, and never the same one twice: a journal keeps what was found."""

import json
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import cv2
import numpy as np

from .samples import Outcome, Pair, check_pair

Progress = Callable[[Iterable[None], int], Iterable[None]]
Stamp = tuple[str | int, ...]
Item, Result = TypeVar('Item'), TypeVar('Result')

_VERSION = 1  # rises with every change of what is found in a file
_CHUNK = 4


def walk(
    pairs: Sequence[Pair], journal: Path, workers: int, progress: Progress | None = None
) -> list[Outcome]:
    """Check every pair that has changed since it was last checked.

    Every outcome is written to the journal at once, so that an interrupted walk continues where it
    was. What a permission kept from being read is not kept: it may be granted any time.

    Args:
        pairs: What to check.
        journal: File of earlier outcomes, made where it is missing.
        workers: Number of processes.
        progress: Wraps the stream of finished pairs, given their number. Defaults to None.

    Returns:
        The outcome of every pair, in order.
    """
    stamps = [_stamp(pair) for pair in pairs]
    outcomes = _read_journal(journal)
    todo = [number for number, stamp in enumerate(stamps) if stamp not in outcomes]
    checked = parallel(check_pair, [pairs[number] for number in todo], workers)

    def record() -> Iterator[None]:
        with closing(checked), _open_journal(journal) as file:
            for number, outcome in zip(todo, checked, strict=True):
                outcomes[stamps[number]] = outcome
                if all(kind != 'unreadable' for kind, _ in outcome.findings):
                    file.write(_line(pairs[number], stamps[number], outcome))
                    file.flush()
                yield

    for _ in progress(record(), len(todo)) if progress and todo else record():
        pass
    return [outcomes[stamp] for stamp in stamps]


def parallel(
    function: Callable[[Item], Result], items: Sequence[Item], workers: int
) -> Iterator[Result]:
    """Apply a function to every item in several processes, in order.

    Raises:
        ChildProcessError: If a process is killed.
    """
    if workers == 1 or len(items) <= 1:
        yield from map(function, items)
        return
    with ProcessPoolExecutor(min(workers, len(items)), initializer=_start_process) as pool:
        try:
            yield from pool.map(function, items, chunksize=_CHUNK)
        except BrokenProcessPool as error:
            raise ChildProcessError(
                'a process was killed, perhaps for want of memory: run the same command again, '
                'with fewer --workers; it continues where it was'
            ) from error


def _start_process() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that waits for them
    cv2.setNumThreads(1)


def _stamp(pair: Pair) -> Stamp:
    """Everything that an outcome depends on."""
    return (
        _VERSION, pair.label_space, pair.resizes, *_file_stamp(pair.image),
        *_file_stamp(pair.label),
    )  # fmt: skip


def _file_stamp(path: str) -> Stamp:
    try:
        status = os.stat(path)
    except OSError:
        return path, -1, -1
    return path, status.st_size, status.st_mtime_ns


def _open_journal(path: Path) -> Any:
    """Open for appending, behind a line that an interruption may have cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open('a+', encoding='utf-8')
    if file.tell():
        with path.open('rb') as written:
            written.seek(-1, os.SEEK_END)
            if written.read() != b'\n':
                file.write('\n')
    return file


def _line(pair: Pair, stamp: Stamp, outcome: Outcome) -> str:
    entry = {
        'split': pair.split,
        'sample': pair.name,
        'stamp': stamp,
        'findings': outcome.findings,
        'pixels': None if outcome.pixels is None else outcome.pixels.tolist(),
        'centroids': outcome.centroids.tolist(),
    }
    return json.dumps(entry, separators=(',', ':')) + '\n'


def _read_journal(path: Path) -> dict[Stamp, Outcome]:
    if not path.is_file():
        return {}
    outcomes = {}
    with path.open(encoding='utf-8', errors='replace') as file:
        for line in file:
            try:
                entry = json.loads(line)
                stamp, pixels = tuple(entry['stamp']), entry['pixels']
                outcomes[stamp] = Outcome(
                    findings=[(kind, sentence) for kind, sentence in entry['findings']],
                    pixels=None if pixels is None else np.array(pixels, np.int64).reshape(20),
                    centroids=np.array(entry['centroids'], np.int32).reshape(-1, 3),
                )
            except (KeyError, TypeError, ValueError):
                continue  # cut short by an interruption
    return outcomes
