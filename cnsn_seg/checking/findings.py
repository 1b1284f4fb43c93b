"""What can be wrong with a data set, and how bad that is."""

import os
from dataclasses import dataclass
from typing import Literal

Severity = Literal['problem', 'warning', 'note']


@dataclass(frozen=True)
class Kind:
    """One way in which a data set can differ from what is expected.

    Args:
        title: What it is, in the plural.
        severity: 'problem' if training or evaluation would stop with an error or learn from wrong
            labels, 'warning' if it deserves a look, 'note' if all is well.
        excludable: Whether leaving the sample out is a remedy.
    """

    title: str
    severity: Severity
    excludable: bool = False


KINDS: dict[str, Kind] = {
    'folder': Kind('folders that cannot be used', 'problem'),
    'release': Kind('folders with labels of another release', 'problem'),
    'list': Kind('lists that cannot be used', 'problem'),
    'duplicate': Kind('samples with two images', 'problem'),
    'name': Kind('file names that are not UTF-8', 'problem'),
    'no_image': Kind('names in a list without an image', 'problem', excludable=True),
    'no_label': Kind('images without a label', 'problem', excludable=True),
    'link': Kind('broken links', 'problem', excludable=True),
    'unreadable': Kind('files that cannot be read', 'problem', excludable=True),
    'undecodable': Kind('files that cannot be decoded', 'problem', excludable=True),
    'form': Kind('labels of another form', 'problem', excludable=True),
    'unknown_ids': Kind('labels with unknown ids', 'problem', excludable=True),
    'size': Kind('labels of another size than their image', 'problem', excludable=True),
    'blank_image': Kind('images of a single colour', 'warning', excludable=True),
    'blank_label': Kind('labels with nothing but ignored pixels', 'warning'),
    'count': Kind('splits that are not complete', 'warning'),
    'protocol': Kind('data sets that the protocol does not have', 'warning'),
    'resized': Kind('images that are resized to their label while loading', 'note'),
    'label_only': Kind('labels without an image', 'note'),
    'extra': Kind('splits with more than the official images', 'note'),
}
"""Every kind, the worst first."""


@dataclass(frozen=True)
class Finding:
    """Something that was found, in one sentence.

    Args:
        kind: Key into ``KINDS``.
        message: The sentence. It names the file.
        split: Split in which it was found. Defaults to none.
        sample: Name of the sample that it is about. Defaults to none.
    """

    kind: str
    message: str
    split: str = ''
    sample: str = ''

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return KINDS[self.kind].severity


def shown(path: str) -> str:
    """Write a path so that it can be printed, even if it is not UTF-8."""
    return path.encode('utf-8', 'backslashreplace').decode()


def reason(path: str, error: OSError) -> str:
    """Say why a file or folder cannot be read, to follow its name."""
    if is_broken_link(path):
        return f"is a broken link: there is no '{shown(os.readlink(path))}'"
    if isinstance(error, PermissionError):
        return 'cannot be read: you lack the permission (chmod +r, and +x for a folder, gives it)'
    return f'cannot be read: {error.strerror or error}'


def is_broken_link(path: str) -> bool:
    """Whether a path is a link to nothing."""
    return os.path.islink(path) and not os.path.exists(path)
