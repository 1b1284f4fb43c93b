"""What sections are made of: tables, charts and choices among them."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Table:
    """A table whose first column names the rows.

    Args:
        caption: What it shows.
        head: Titles of the columns.
        rows: Cells as text, as many a row as there are titles.
        notes: Sentences below.
    """

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Chart:
    """A chart, and in a table what it shows.

    Args:
        figure: Plotly figure, see :mod:`.charts`.
        caption: What is seen and what follows.
        table: The same numbers.
        wide: Whether it scrolls in its own box rather than shrink on a phone.
    """

    figure: Any
    caption: str
    table: Table | None = None
    wide: bool = False


@dataclass(frozen=True)
class Choice:
    """Several things of which the reader sees one.

    Args:
        labels: Key to the label of its selection box.
        options: One item and the option it has under each key.
        start: Options shown at first. Defaults to the first item's.
    """

    labels: Mapping[str, str]
    options: Sequence[tuple[Mapping[str, str], Any]]
    start: Mapping[str, str] = field(default_factory=dict)

    def values(self, key: str) -> list[str]:
        """List the options under one key."""
        return list(dict.fromkeys(option[key] for option, _ in self.options))


NOTHING = '\N{EN DASH}'
"""What a cell without a number shows."""


def plain(text: str) -> str:
    """Escape text for Plotly, which reads some tags."""
    return html.escape(text, quote=False)


def signed(value: float, decimals: int = 1) -> str:
    """Write a difference with its sign, a true minus included."""
    text = f'{value:+.{decimals}f}'
    return text.replace('-', '\N{MINUS SIGN}') if float(text) else text[1:]


def cell(value: Any) -> str:
    """Write a table's cell, a dash for nothing."""
    if value is None:
        return NOTHING
    return f'{value:.1f}' if isinstance(value, float) else str(value)


def listed(names: Sequence[str]) -> str:
    """Join names for a sentence."""
    return ' and '.join(filter(None, (', '.join(names[:-1]), *names[-1:])))
