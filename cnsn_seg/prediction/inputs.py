"""What is to be predicted: find the files that a command line names."""

import glob
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cnsn_seg.datasets.image_folder import SUFFIXES as IMAGES

VIDEOS = ('.mp4', '.avi', '.mov', '.mkv', '.webm', '.m4v', '.mpg', '.mpeg')
CAMERA = 'camera:'


@dataclass(frozen=True)
class Input:
    """An image, a video or a camera.

    Args:
        source: File, or number of a camera.
        name: Path of what is written for it, relative to the output folder, without suffix.
    """

    source: Path | int
    name: Path

    @property
    def is_camera(self) -> bool:
        """Whether it is a camera."""
        return isinstance(self.source, int)

    @property
    def is_image(self) -> bool:
        """Whether it is an image file."""
        return not self.is_camera and self.source.suffix.lower() in IMAGES

    def __str__(self) -> str:
        return f'camera {self.source}' if self.is_camera else f"'{self.source}'"


def plan_inputs(arguments: Sequence[str]) -> list[Input]:
    """Find everything to predict.

    Args:
        arguments: Each an image or video file; a folder, searched with all folders in it for
            images and videos; a glob pattern (``**`` goes through folders); or ``camera:0``. What
            is in a folder keeps its path relative to it, and what matches a pattern the path
            relative to the pattern's first folders, those without a wildcard.

    Returns:
        Inputs in the order of the arguments, files in a folder by name, numbers by value.

    Raises:
        FileNotFoundError: If there is no such file, or no image or video in a folder.
        ValueError: If a file is neither an image nor a video, or the outputs of two inputs would
            have one name.
    """
    inputs = [found for argument in arguments for found in _find(argument)]
    by_name: dict[Path, Input] = {}
    for one in inputs:
        other = by_name.setdefault(one.name, one)
        if other is not one:
            raise ValueError(
                f"{other} and {one} would both be written as '{one.name}': predict them into "
                'different folders (--out)'
            )
    return inputs


def _find(argument: str) -> Iterator[Input]:
    path = Path(argument)
    if argument.startswith(CAMERA):
        yield _camera(argument)
    elif path.is_dir():
        yield from _files(filter(_is_known, path.rglob('*')), path, f"in '{path}'")
    elif path.is_file():
        if not _is_known(path):
            raise ValueError(
                f"'{path}' is neither an image ({', '.join(IMAGES)}) nor a video "
                f'({", ".join(VIDEOS)})'
            )
        yield Input(path, Path(path.stem))
    elif glob.has_magic(argument):
        root = Path(*_until_wildcard(path.parts))
        matches = filter(_is_known, map(Path, glob.glob(argument, recursive=True)))
        yield from _files(matches, root, f"that matches '{argument}'")
    else:
        raise FileNotFoundError(f"there is no '{argument}' to predict")


def _camera(argument: str) -> Input:
    number = argument.removeprefix(CAMERA)
    if not number.isdecimal():
        raise ValueError(f"'{argument}' is no camera: expected {CAMERA}0, {CAMERA}1 and so on")
    return Input(int(number), Path(f'camera{number}'))


def _files(paths: Iterator[Path], root: Path, where: str) -> Iterator[Input]:
    found = sorted(paths, key=_natural)
    if not found:
        raise FileNotFoundError(f'there is no image or video {where}')
    for path in found:
        yield Input(path, path.relative_to(root).with_suffix(''))


def _is_known(path: Path) -> bool:
    known = path.suffix.lower() in (*IMAGES, *VIDEOS)
    return known and not path.name.startswith('.') and path.is_file()


def _until_wildcard(parts: Sequence[str]) -> Iterator[str]:
    for part in parts[:-1]:
        if glob.has_magic(part):
            return
        yield part


def _natural(path: Path) -> list[tuple[bool, int, str]]:
    """Sort numbers in names by value: 2 before 10."""
    pieces = re.split(r'(\d+)', str(path))
    return [(True, int(p), '') if p.isdecimal() else (False, 0, p) for p in pieces]
