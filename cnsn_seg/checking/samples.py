"""Check one image and its label, as far as loading them goes."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from mmengine import fileio

from cnsn_seg.datasets.decoding import decode_image, decode_label
from cnsn_seg.datasets.label_spaces import CLASSES, LABEL_SPACES, LabelSpace
from cnsn_seg.datasets.statistics import measure
from cnsn_seg.datasets.transforms.loading import are_close, describe_sizes

from .findings import reason, shown

_RELEASES = {
    (165, 42, 42, 0, 192, 0, 196, 196, 196): 'mapillary_v1.2',
    (165, 42, 42, 0, 192, 0, 250, 170, 31): 'mapillary_v2.0',
}  # the colours of ids 0 to 2: Mapillary's config_v1.2.json and config_v2.0.json


class Pair(NamedTuple):
    """An image and its label.

    Args:
        split: Split that it belongs to.
        name: Name of the sample.
        image: Path of the image.
        label: Path of the label.
        label_space: Key into ``LABEL_SPACES``.
        resizes: Whether an image of almost the label's size is resized to it.
    """

    split: str
    name: str
    image: str
    label: str
    label_space: str
    resizes: bool


class Outcome(NamedTuple):
    """What checking a pair gave.

    Args:
        findings: Kind and sentence of everything that was found.
        pixels: Pixels of the 19 classes, then ignored ones, int64, shape (20,); None where the
            label cannot be used.
        centroids: Rows of train id, y and x, int32, shape (K, 3).
    """

    findings: list[tuple[str, str]]
    pixels: np.ndarray | None
    centroids: np.ndarray


class BadFile(Exception):
    """A file that cannot be used; its arguments are a kind and a sentence."""


def check_pair(pair: Pair) -> Outcome:
    """Load an image and its label, compare them, and measure the label.

    Args:
        pair: What to check. Nothing that its files hold raises an error.
    """
    findings: list[tuple[str, str]] = []
    image = _attempt(lambda: load_image(pair.image), findings)
    label = _attempt(lambda: load_label(pair.label, LABEL_SPACES[pair.label_space]), findings)
    if label is None:
        return Outcome(findings, None, np.empty((0, 3), np.int32))
    pixels, centroids = measure(label)
    has_classes = pixels[: len(CLASSES)].any()
    if not has_classes:
        findings.append(
            ('blank_label', f"label file '{shown(pair.label)}' holds nothing but ignored pixels")
        )
    if image is not None:
        findings += _compare_sizes(pair, image.shape[:2], label.shape)
        if has_classes and _is_blank(image):
            findings.append(
                ('blank_image', f"image file '{shown(pair.image)}' is of a single colour")
            )
    return Outcome(findings, pixels, centroids)


def load_image(path: str) -> np.ndarray:
    """Load an image as training does.

    Args:
        path: The image file.

    Returns:
        BGR, uint8, shape (H, W, 3).

    Raises:
        BadFile: If it cannot be read or decoded.
    """
    return _decode('image', path, decode_image, _read('image', path))


def load_label(path: str, space: LabelSpace) -> np.ndarray:
    """Load a label as training does.

    Args:
        path: The label file.
        space: What it should hold.

    Returns:
        Train ids, uint8, shape (H, W).

    Raises:
        BadFile: If it cannot be read or decoded, or does not hold what it should.
    """
    content = _read('label', path)
    stored = _decode('label', path, decode_label, content)
    release = _release(content) if space.ids.startswith('mapillary') else None
    if release not in (None, space.ids):
        raise BadFile('release', release)
    for kind, step in (('form', space.from_file), ('unknown_ids', space.to_train_ids)):
        try:
            stored = step(stored)
        except ValueError as error:
            raise BadFile(kind, f"label file '{shown(path)}': {error}") from error
    return stored


def _attempt(load: Callable[[], np.ndarray], findings: list[tuple[str, str]]) -> Any:
    try:
        return load()
    except BadFile as error:
        findings.append(error.args)
        return None


def _read(what: str, path: str) -> bytes:
    try:
        return fileio.get(path)
    except OSError as error:
        sentence = f"{what} file '{shown(path)}' {reason(path, error)}"
        raise BadFile('unreadable', sentence) from error


def _decode(
    what: str, path: str, decode: Callable[[bytes], np.ndarray], content: bytes
) -> np.ndarray:
    try:
        return decode(content)
    except ValueError as error:
        sentence = str(error)
    except Exception as error:  # whatever a decoder does, the other files are checked all the same
        sentence = f'cannot be decoded: {type(error).__name__}: {error}'
    raise BadFile('undecodable', f"{what} file '{shown(path)}' {sentence}")


def _release(png: bytes) -> str | None:
    """Tell Mapillary's releases apart by the colours that the file gives to ids 0 to 2."""
    palette = png.find(b'PLTE', 0, 1024)
    return _RELEASES.get(tuple(png[palette + 4 : palette + 13])) if palette > 0 else None


def _compare_sizes(
    pair: Pair, image: tuple[int, int], label: tuple[int, int]
) -> list[tuple[str, str]]:
    if image == label:
        return []
    sentence = describe_sizes(shown(pair.image), image, shown(pair.label), label)
    return [('resized' if pair.resizes and are_close(image, label) else 'size', sentence)]


def _is_blank(image: np.ndarray) -> bool:
    """Whether all pixels have one colour; the first row tells for all but a few images."""
    colour = image[0, 0]
    return bool((image[0] == colour).all() and (image == colour).all())
