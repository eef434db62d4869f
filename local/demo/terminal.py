"""Draw lines for a terminal, a hundred columns wide, in colour where that is wanted."""

import os
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TextIO

WIDTH = 100
_LABEL = 11
_INDENT = " " * (10 + _LABEL)


class Tone(Enum):
    """The terminal's codes: https://en.wikipedia.org/wiki/ANSI_escape_code#Select_Graphic_Rendition_parameters."""

    PLAIN = ""
    HEADING = "1"
    FAINT = "2"
    GOOD = "32"
    BAD = "31"
    OURS = "36"


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened, `ms` milliseconds after the call rang; each of `texts` begins a new line below the label."""

    ms: float
    label: str
    texts: tuple[str, ...]
    tone: Tone = Tone.PLAIN


def draw(entry: Entry, *, colour: bool) -> str:
    wrapped = [part for text in entry.texts for part in textwrap.wrap(text, WIDTH - len(_INDENT))] or [""]
    head = painted(f"{entry.ms:6.0f} ms ", Tone.FAINT, colour=colour)
    label = painted(f"{entry.label:<{_LABEL}}", entry.tone, colour=colour)
    return "\n".join([f"{head}{label}{wrapped[0]}", *(_INDENT + part for part in wrapped[1:])])


def heading(text: str, *, colour: bool) -> str:
    return painted(f"{text} ".ljust(WIDTH, "-"), Tone.HEADING, colour=colour)


def pairs(rows: Iterable[Iterable[str]], values: Mapping[str, object], *, colour: bool) -> list[str]:
    """Lay names and their values out in columns; a name without a value is left out, and a row without any."""
    drawn = []
    for row in rows:
        cells = [(name, str(values[name])) for name in row if values.get(name) not in {None, ""}]
        if cells:
            text = "".join(painted(f"{name:<13}", Tone.FAINT, colour=colour) + f"{value:<16}" for name, value in cells)
            drawn.append(f"  {text.rstrip()}")
    return drawn


def table(columns: Iterable[str], rows: Iterable[Mapping[str, object]]) -> list[str]:
    """Align rows below the names of their columns, each cut where it would be wider than the terminal."""
    names = list(columns)
    cells = [names, *([_cell(row.get(name)) for name in names] for row in rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(names))]
    drawn = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells)
    return [f"  {text}".rstrip()[:WIDTH] for text in drawn]


def wants_colour(stream: TextIO) -> bool:
    """https://no-color.org."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def painted(text: str, tone: Tone, *, colour: bool) -> str:
    return f"\x1b[{tone.value}m{text}\x1b[0m" if colour and tone.value else text


def _cell(value: object) -> str:
    return "" if value is None else str(value)
