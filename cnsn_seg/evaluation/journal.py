"""What an evaluation has counted so far, on disk, so that it can continue after an interruption."""

import hashlib
import json
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .domain_iou_metric import ImageRecord

FOLDER = '.evaluation'


class Journal:
    """One file a rank, to which every finished image is appended as a line of JSON.

    The first line says what the file is of. What another evaluation left and a line that was cut
    off are dropped. All ranks must see the same folder.

    Args:
        folder: The folder, hidden in that of the results.
        fingerprint: Digest of everything that the counts depend on.
    """

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self.folder = folder
        self._header = json.dumps(dict(fingerprint=fingerprint))
        self._file = None

    def recover(self) -> bool:
        """Prepare what is there for reading and appending; for one rank, before :meth:`open`.

        Returns:
            Whether something was discarded because another evaluation left it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        discarded = False
        for path in self._files():
            content = path.read_bytes()
            whole = content[: content.rfind(b'\n') + 1]
            if whole.split(b'\n', 1)[0] != self._header.encode():
                discarded |= bool(whole)
                path.unlink()
            elif len(whole) < len(content):
                with path.open('r+b') as file:
                    file.truncate(len(whole))
        return discarded

    def open(self, rank: int) -> None:
        """Start appending to the file of a rank."""
        path = self.folder / f'rank{rank}.jsonl'
        is_new = not path.exists()
        self._file = path.open('a', encoding='utf-8')
        if is_new:
            self._write(self._header)

    def add(self, record: ImageRecord, seconds: float) -> None:
        """Append an image and the time it took; they are with the system when this returns."""
        content: dict[str, Any] = dict(domain=record.domain, name=record.name)
        if record.confusion is not None:
            cells = np.flatnonzero(record.confusion)
            content['size'] = len(record.confusion)
            content['cells'] = cells.tolist()
            content['counts'] = record.confusion.ravel()[cells].tolist()
        self._write(json.dumps({**content, 'digest': record.digest, 'seconds': seconds}))

    def records(
        self, images: Collection[tuple[str, str]] | None = None
    ) -> Iterator[tuple[ImageRecord, float]]:
        """Yield every image once, with the time it took.

        Args:
            images: Domain and name of the images to yield. Defaults to None (all).
        """
        seen = set()
        for path in self._files():
            with path.open(encoding='utf-8') as file:
                next(file)
                for content in map(json.loads, file):
                    image = (content['domain'], content['name'])
                    if image not in seen and (images is None or image in images):
                        seen.add(image)
                        yield _record(content), content['seconds']

    def close(self) -> None:
        """Stop appending."""
        if self._file is not None:
            self._file.close()

    def remove(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self.folder)

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob('rank*.jsonl'))

    def _write(self, line: str) -> None:
        self._file.write(line + '\n')
        self._file.flush()


def fingerprint_of(**parts: Any) -> str:
    """Digest JSON values, and the text of what is none."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def _record(content: dict[str, Any]) -> ImageRecord:
    confusion = None
    if 'cells' in content:
        size = content['size']
        confusion = np.zeros(size * size, dtype=np.int64)
        confusion[content['cells']] = content['counts']
        confusion = confusion.reshape(size, size)
    return ImageRecord(content['domain'], content['name'], confusion, content['digest'])
