"""Files that are there as a whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def atomic_write(path: str | Path, *, durable: bool = False) -> Iterator[Path]:
    """Let a file be written under another name, and give it its own once it is complete.

    An exception leaves what was there before, and nothing beside it.

    Args:
        path: The file. Its folder must exist.
        durable: Whether to wait until the disk holds the file, so that it outlives a power cut.
            Defaults to False.

    Yields:
        Path in the same folder, with the same suffix, to write to.

    Raises:
        OSError: If it cannot be written; the message names ``path`` and the reason.
    """
    path = Path(path)
    temporary = path.with_name(f'.{os.getpid()}.{path.name}')
    try:
        yield temporary
        if durable:
            _sync(temporary)
        temporary.replace(path)
        if durable:
            _sync(path.parent)
    except OSError as error:
        raise type(error)(f"cannot write '{path}': {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
