"""Making the miniature: work shared among processes, and only of what is not there yet."""

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import cv2
from PIL import Image

from cnsn_seg.miniature.contact_sheet import contact_sheet
from cnsn_seg.miniature.formats import DEFAULT, FORMATS, Sample
from cnsn_seg.miniature.images import make_image
from cnsn_seg.miniature.target import CONTACT_SHEET, added_to, held_data_sets

GENERATOR_VERSION = 2
"""Rises with every change that alters the images."""


class Job(NamedTuple):
    """An image to make: the folder and name of its data set, the seed, and its place there."""

    root: Path
    name: str
    seed: int
    index: int
    train: int
    total: int


def make_miniature(
    out: str | Path,
    *,
    domains: Iterable[str] | None = None,
    seed: int = 0,
    train: int = 600,
    val: int = 100,
    workers: int | None = None,
    progress: Callable[[Iterable[None], int], Iterable[None]] | None = None,
) -> bool:
    """Write the miniature of some data sets, or add them to one made before.

    Args:
        out: Folder to make or to add to.
        domains: Data sets by folder, of `FORMATS`; by default GTA5, Cityscapes, BDD100K and
            Mapillary Vistas.
        seed: Seed of every image.
        train: Training images of every source.
        val: Validation images of every data set.
        workers: Processes; one per CPU by default. The files do not depend on it.
        progress: Wraps the stream of finished images, given their number, such as tqdm.

    Returns:
        Whether anything was made; False when `out` holds all of it already.

    Raises:
        ValueError: If there is no such data set.
        TargetError: If `out` holds anything but a miniature of this seed and size.
    """
    out, wanted = Path(out), set(DEFAULT if domains is None else domains)
    if unknown := sorted(wanted - set(FORMATS)):
        raise ValueError(f'no data sets {unknown}; there are {", ".join(FORMATS)}')
    recipe = {'generator_version': GENERATOR_VERSION, 'seed': seed, 'train': train, 'val': val}
    held = held_data_sets(out, recipe)
    new = [name for name in FORMATS if name in wanted and name not in held]
    if not new:
        return False
    with added_to(out, recipe, held, new) as folder:
        counts = {name: FORMATS[name].counts(train, val) for name in new}
        work = [
            Job(folder / name, name, seed, index, *counts[name])
            for name in new
            for index in range(counts[name][1])
        ]
        done = _run(work, workers or os.cpu_count() or 1)
        for _ in progress(done, len(work)) if progress else done:
            pass
        for name in new:
            FORMATS[name].finish(folder / name, *counts[name])
        sheet = contact_sheet({FORMATS[name].domain for name in (*held, *new)}, seed)
        Image.fromarray(sheet).save(folder / CONTACT_SHEET, compress_level=3)
    return True


def _run(work: list[Job], workers: int) -> Iterator[None]:
    if workers == 1:
        yield from map(_write_image, work)
        return
    with _without_opencv_threads(), multiprocessing.Pool(workers) as pool:
        yield from pool.imap_unordered(_write_image, work, chunksize=8)


@contextmanager
def _without_opencv_threads() -> Iterator[None]:
    """Stop OpenCV's threads: processes forked while there are any wait for them for ever."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(threads)


def _write_image(job: Job) -> None:
    data_set = FORMATS[job.name]
    made = make_image(data_set.domain, job.index, job.seed)
    data_set.write(job.root, Sample(job.index, job.train, job.total, *made))
