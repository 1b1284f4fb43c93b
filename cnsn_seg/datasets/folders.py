"""Look through the folders of a data set, and say what is wrong where something is missing."""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from os import path as osp

from mmengine import fileio

from .layout import Place

HELP = 'data/README.md says where to get the data and how to lay it out'

Backend = dict | None


def can_list(path: str, backend: Backend) -> bool:
    """Whether the file backend of a path can list folders (HTTP and LMDB cannot)."""
    return hasattr(fileio.get_file_backend(path, backend_args=backend), 'list_dir_or_file')


def find_place(places: Iterable[Place], backend: Backend) -> Place | None:
    """Return the first place that has images and labels, or None."""
    return next((place for place in places if _is_there(place, backend)), None)


def list_names(folder: str, suffixes: Sequence[str], backend: Backend) -> dict[str, str]:
    """List the files below a folder whose names end with one of the suffixes.

    Args:
        folder: Folder that exists; its subfolders are looked through.
        suffixes: Endings of file names.
        backend: MMEngine file backend, None for the one that the path asks for.

    Returns:
        Name relative to the folder, without suffix, to suffix; sorted.

    Raises:
        ValueError: If two files have the same name but for the suffix.
    """
    found: dict[str, str] = {}
    for file in _files(folder, backend):
        suffix = next((suffix for suffix in suffixes if file.endswith(suffix)), None)
        if suffix is None:
            continue
        name = file.removesuffix(suffix)
        if name in found:
            raise ValueError(
                f"'{folder}' has two files for one sample, '{name}{found[name]}' and '{file}': "
                'remove one'
            )
        found[name] = suffix
    return dict(sorted(found.items()))


def check_pairs(
    place: Place,
    names: Iterable[str] | None,
    excluded: Container[str],
    owner: str,
    backend: Backend,
) -> dict[str, str]:
    """Make sure that every sample has an image and a label.

    Args:
        place: Where to look.
        names: Samples of the split, or None for all images there are.
        excluded: Samples that are left out, and may lack a partner.
        owner: Who asks, for the error.
        backend: MMEngine file backend, None for the one that the path asks for.

    Returns:
        Name to the suffix of its image, in the order of ``names``.

    Raises:
        FileNotFoundError: If there is no image, or some image or label is missing.
        ValueError: If two images have one name.
    """
    images = list_names(place.images, place.image_suffixes, backend)
    if not images:
        patterns = ' or '.join(f'*{suffix}' for suffix in place.image_suffixes)
        raise FileNotFoundError(f"{owner} found no image '{patterns}' in '{place.images}'; {HELP}")
    names = without(images if names is None else names, excluded)
    _require(names, images, 'image', place.images, place.image_suffixes[0], owner)
    labels = list_names(place.labels, (place.label_suffix,), backend)
    _require(names, labels, 'label', place.labels, place.label_suffix, owner)
    return {name: images[name] for name in names}


def without(names: Iterable[str], excluded: Container[str]) -> list[str]:
    """Leave out the names that are excluded, in full or without their folders."""
    return [name for name in names if name not in excluded and osp.basename(name) not in excluded]


def explain_missing(
    root: str,
    places_at: Callable[[str], Sequence[Place]],
    all_places: Sequence[Place],
    owner: str,
    backend: Backend,
) -> str:
    """Say in one sentence why no place was found, and what to do.

    Args:
        root: Root of the data set as given.
        places_at: Places that were looked for, below any root.
        all_places: Places below ``root`` whatever their label space.
        owner: Who asks.
        backend: MMEngine file backend, None for the one that the path asks for.
    """
    if root and not fileio.isdir(root, backend_args=backend):
        return f"{owner} has no folder '{root}'; {HELP}"
    if root and not any(True for _ in _entries(root, backend)):
        return f"{owner}: the folder '{root}' is empty; {HELP}"
    for near in _neighbours(root, backend):
        if find_place(places_at(near), backend):
            return f"{owner}: '{root}' is not the data set's root, but '{near}' is: give that one"
    other = find_place(all_places, backend)
    if other:
        return (
            f"{owner}: the labels in '{other.labels}' are '{other.label_space}': to use them, pass "
            f"label_space='{other.label_space}'"
        )
    return _which_folder(places_at(root), owner, backend)


def _which_folder(places: Sequence[Place], owner: str, backend: Backend) -> str:
    for place in places:
        if fileio.isdir(place.images, backend_args=backend):
            return (
                f"{owner} has images in '{place.images}' but no label '*{place.label_suffix}' in "
                f"'{place.labels}': unpack the archive of the labels; {HELP}"
            )
    folders = ', '.join(f"'{folder}'" for folder in dict.fromkeys(p.images for p in places))
    return f'{owner} has no folder {folders}; {HELP}'


def _neighbours(root: str, backend: Backend) -> Iterator[str]:
    """Folders that the root may have been mistaken for: those in it, and those around it."""
    if not root:
        return
    for entry in sorted(_entries(root, backend)):
        yield osp.join(root, entry)
    for _ in range(2):
        root = osp.dirname(root.rstrip('/'))
        if not root or root.endswith(':'):
            return
        yield root


def _entries(folder: str, backend: Backend) -> Iterator[str]:
    return fileio.list_dir_or_file(folder, list_file=True, backend_args=backend)


def _is_there(place: Place, backend: Backend) -> bool:
    return (
        fileio.isdir(place.images, backend_args=backend)
        and fileio.isdir(place.labels, backend_args=backend)
        and any(file.endswith(place.label_suffix) for file in _files(place.labels, backend))
    )


def _files(folder: str, backend: Backend) -> Iterator[str]:
    return fileio.list_dir_or_file(folder, list_dir=False, recursive=True, backend_args=backend)


def _require(
    names: Iterable[str], found: Iterable[str], kind: str, folder: str, suffix: str, owner: str
) -> None:
    missing = [name + suffix for name in names if name not in found]
    if missing:
        raise FileNotFoundError(
            f"{owner} misses {len(missing)} {kind} file(s) in '{folder}', the first is "
            f"'{missing[0]}'; {HELP}"
        )
