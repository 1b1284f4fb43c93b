"""Making the whole set: work shared among processes, written aside, moved into place at the end."""

import json
import multiprocessing
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
from PIL import Image

from cnsn_seg.miniature.appearance import DOMAINS
from cnsn_seg.miniature.contact_sheet import contact_sheet
from cnsn_seg.miniature.formats import WRITERS, write_gta5_split, write_mapillary_config
from cnsn_seg.miniature.images import make_image

GENERATOR_VERSION = 2
"""Rises with every change that alters the images."""

MANIFEST = 'miniature.json'

Job = tuple[str, str, int, int]  # root, domain, index, seed


class TargetError(ValueError):
    """The target folder holds something that must not be touched."""


def make_miniature(
    out: str | Path,
    *,
    seed: int = 0,
    train: int = 600,
    val: int = 100,
    workers: int | None = None,
    progress: Callable[[Iterable[None], int], Iterable[None]] | None = None,
) -> bool:
    """Write the miniature of all four data sets.

    Args:
        out: Folder to make.
        seed: Seed of every image.
        train: Training images of the source.
        val: Validation images of each domain.
        workers: Processes; one per CPU by default. The files do not depend on it.
        progress: Wraps the stream of finished images, given their number, such as tqdm.

    Returns:
        Whether anything was made; False when `out` holds this very set already.

    Raises:
        TargetError: If `out` holds anything else.
    """
    out = Path(out)
    manifest = {'generator_version': GENERATOR_VERSION, 'seed': seed, 'train': train, 'val': val}
    if _holds_the_set(out, manifest):
        return False
    jobs = [('gta5', i) for i in range(train + val)]
    jobs += [(domain, i) for domain in DOMAINS[1:] for i in range(val)]
    with _written_aside(out) as folder:
        work = [(str(folder), domain, index, seed) for domain, index in jobs]
        done = _run(work, workers or os.cpu_count() or 1)
        for _ in progress(done, len(work)) if progress else done:
            pass
        write_gta5_split(folder / 'gta5', train, val)
        write_mapillary_config(folder / 'mapillary')
        Image.fromarray(contact_sheet(seed)).save(folder / 'contact_sheet.png', compress_level=3)
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + '\n')
    return True


def _holds_the_set(out: Path, manifest: dict[str, int]) -> bool:
    if not out.exists():
        return False
    if not out.is_dir():
        raise TargetError(f'{out} is a file, not a folder')
    if not any(out.iterdir()):
        return False
    try:
        held = json.loads((out / MANIFEST).read_text())
    except (OSError, ValueError):
        raise TargetError(
            f'{out} is not empty and holds no miniature: choose another folder'
        ) from None
    if held != manifest:
        raise TargetError(
            f'{out} holds another miniature ({_words(held)}; asked for {_words(manifest)}): '
            'remove it or choose another folder'
        )
    return True


def _words(manifest: object) -> str:
    items = manifest.items() if isinstance(manifest, dict) else ()
    return ', '.join(f'{key} {value}' for key, value in items) or 'unreadable'


@contextmanager
def _written_aside(out: Path) -> Iterator[Path]:
    """A folder next to `out` that becomes `out` if all goes well and else vanishes."""
    out = out.absolute()
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise TargetError(f'{out.parent} is a file, not a folder') from None
    folder = Path(tempfile.mkdtemp(prefix=f'.{out.name}-', dir=out.parent))
    try:
        yield folder
        folder.chmod(0o755)
        folder.replace(out)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(work: list[Job], workers: int) -> Iterator[None]:
    if workers == 1:
        yield from map(_write_image, work)
        return
    with multiprocessing.Pool(workers, initializer=cv2.setNumThreads, initargs=(1,)) as pool:
        yield from pool.imap_unordered(_write_image, work, chunksize=8)


def _write_image(job: Job) -> None:
    root, domain, index, seed = job
    image, elements, quality = make_image(domain, index, seed)
    WRITERS[domain](Path(root) / domain, index, image, elements, quality)
