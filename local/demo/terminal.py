"""Draw lines for a terminal, 80 columns wide, in colour where that is wanted."""

import os
import sys
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TextIO

WIDTH = 80
_NAME, _VALUE = 13, 16  # columns of a pair
_LABEL = 11
_MOST_LINES = 4  # of one value
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
    wrapped = [
        part for text in entry.texts for part in textwrap.wrap(text, WIDTH - len(_INDENT), break_on_hyphens=False)
    ] or [""]
    head = painted(f"{entry.ms:6.0f} ms ", Tone.FAINT, colour=colour)
    label = painted(f"{entry.label:<{_LABEL}}", entry.tone, colour=colour)
    return "\n".join([f"{head}{label}{wrapped[0]}", *(_INDENT + part for part in wrapped[1:])])


def heading(text: str, *, colour: bool) -> str:
    return painted(f"{text} ".ljust(WIDTH, "-"), Tone.HEADING, colour=colour)


def pairs(rows: Iterable[Iterable[str]], values: Mapping[str, object], *, colour: bool) -> list[str]:
    """Lay names and their values out in columns; a name without a value is left out, and a row without any."""
    drawn = []
    for row in rows:
        cells = [(name, _lines(values[name])) for name in row if values.get(name) not in {None, ""}]
        if cells:
            text = "".join(
                painted(f"{name:<{_NAME}}", Tone.FAINT, colour=colour) + f"{lines[0]:<{_VALUE - 1}} "
                for name, lines in cells
            )
            drawn += [f"  {text.rstrip()}", *(" " * (2 + _NAME) + line for line in cells[-1][1][1:])]
    return drawn


def table(columns: Iterable[str], rows: Iterable[Mapping[str, object]], width: int = WIDTH) -> list[str]:
    """Align rows below the names of their columns, without those that no row fills, each cut at this width."""
    kept = list(rows)
    names = [name for place, name in enumerate(columns) if place <= 1 or any(row.get(name) for row in kept)]
    cells = [names, *([_cell(row.get(name)) for name in names] for row in kept)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(names))]
    drawn = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells)
    return [f"  {text}".rstrip()[:width] for text in drawn]


def wants_colour(stream: TextIO) -> bool:
    """https://no-color.org."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def painted(text: str, tone: Tone, *, colour: bool) -> str:
    return f"\x1b[{tone.value}m{text}\x1b[0m" if colour and tone.value else text


def hang_up() -> None:
    """Write nothing more: whoever read this has gone, and Python would complain of it as it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _lines(value: object) -> list[str]:
    """Break a value where it is too wide, and end a very long one."""
    return textwrap.wrap(
        str(value), WIDTH - 2 - _NAME, max_lines=_MOST_LINES, placeholder=" …", break_on_hyphens=False
    ) or [""]


def _cell(value: object) -> str:
    return "" if value is None else str(value)
