"""Processes that a tool starts, as ``/proc`` shows them."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def processes_with(variable: str) -> list[int]:
    """List the living processes that have ``NAME=value`` in their environment."""
    found = []
    for folder in Path('/proc').glob('[0-9]*'):
        with suppress(OSError):
            if f'{variable}\0'.encode() in (folder / 'environ').read_bytes():
                found.append(int(folder.name))
    return found


def resident_bytes(variable: str) -> int:
    """Add up the memory of these processes, what they share by halves of each."""
    return sum(_proportional_kilobytes(process) for process in processes_with(variable)) * 1024


def _proportional_kilobytes(process: int) -> int:
    with suppress(OSError):
        lines: Iterator[str] = iter(Path(f'/proc/{process}/smaps_rollup').read_text().splitlines())
        return sum(int(line.split()[1]) for line in lines if line.startswith('Pss:'))
    return 0
