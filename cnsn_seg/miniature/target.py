"""The folder of a miniature: what it holds already, and how more gets into it.

`miniature.json` says how the set was made and lists its data sets. New ones are written aside
and moved in at the end, after the list: a data set counts as held if it is listed and there, so
that whatever an interruption leaves behind is made by the next call.
"""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cnsn_seg.miniature.formats import DEFAULT, FORMATS

MANIFEST = 'miniature.json'
CONTACT_SHEET = 'contact_sheet.png'


class TargetError(ValueError):
    """The target folder holds something that must not be touched."""


def held_data_sets(out: Path, recipe: dict[str, int]) -> list[str]:
    """List the data sets that a miniature's folder holds.

    Args:
        out: The folder; it need not exist.
        recipe: How the miniature is made: version of the generator, seed and numbers of images.

    Returns:
        Names of their folders.

    Raises:
        TargetError: If `out` holds anything but a miniature of this recipe.
    """
    if out.exists() and not out.is_dir():
        raise TargetError(f'{out} is a file, not a folder')
    if not out.exists() or not any(out.iterdir()):
        return []
    try:
        manifest = json.loads((out / MANIFEST).read_text())
    except (OSError, ValueError):
        raise TargetError(
            f'{out} is not empty and holds no miniature: choose another folder'
        ) from None
    # Before there were others, a miniature was made of these four.
    listed = manifest.pop('domains', DEFAULT) if isinstance(manifest, dict) else ()
    if manifest != recipe:
        raise TargetError(
            f'{out} holds another miniature ({_words(manifest)}; asked for {_words(recipe)}): '
            'remove it or choose another folder'
        )
    return [name for name in listed if (out / name).is_dir()]


def _words(recipe: object) -> str:
    items = recipe.items() if isinstance(recipe, dict) else ()
    return ', '.join(f'{key} {value}' for key, value in items) or 'unreadable'


@contextmanager
def added_to(out: Path, recipe: dict[str, int], held: list[str], new: list[str]) -> Iterator[Path]:
    """Give a folder next to `out` for new data sets; move them in if all goes well.

    Args:
        out: The miniature's folder.
        recipe: How the miniature is made.
        held: Data sets that `out` holds.
        new: Data sets, and a contact sheet of all, that the caller writes.

    Yields:
        Where to write. Nothing of it remains after an error.

    Raises:
        TargetError: If something that is no part of the miniature is in the way.
    """
    out = out.absolute()
    for name in new:
        if (out / name).exists():
            raise TargetError(f'{out / name} is no part of the miniature: remove or rename it')
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise TargetError(f'{out.parent} is a file, not a folder') from None
    folder = Path(tempfile.mkdtemp(prefix=f'.{out.name}-', dir=out.parent))
    try:
        yield folder
        names = [name for name in FORMATS if name in {*held, *new}]
        manifest = {**recipe, 'domains': names}
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + '\n')
        out.mkdir(exist_ok=True)
        for name in (MANIFEST, CONTACT_SHEET, *new):
            (folder / name).replace(out / name)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
