"""Read a cell as the person meant it: the tools that edit tables turn text into numbers and booleans into text."""

import math
from collections.abc import Mapping
from typing import Any

from shared.core.directory.key_mistakes import invisible

# As spreadsheets write them: Excel has its own words in each language.
TRUE = frozenset({
    "true", "wahr", "vrai", "verdadero", "verdadeiro", "vero", "waar", "prawda", "pravda", "igaz", "sann", "sant",
})  # fmt: skip
FALSE = frozenset({
    "false", "falsch", "faux", "falso", "onwaar", "fa\u0142sz", "nepravda", "hamis", "usann", "falskt", "falsk",
})  # fmt: skip
_YES = TRUE | {"yes", "1", "on"}
_NO = FALSE | {"no", "0", "off"}
_LONGEST_QUOTE = 40

type Row = Mapping[str, Any]


class InvalidCell(ValueError):
    """A cell that says nothing that fits its column; the text is for the person who edits it."""


def cell(row: Row, column: str) -> Any:
    """Give a cell's value, the column's name in any case; Int64 comes wrapped, as (value, type)."""
    found = row.get(column)
    if found is None:
        folded = column.lower()
        found = next((row[name] for name in row if name.lower() == folded), None)
    return found[0] if isinstance(found, tuple) else found


def text(row: Row, column: str) -> str:
    """Give a cell as text without its blanks; "" where there is none."""
    value = cell(row, column)
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return " ".join(str(value).split())


def boolean(row: Row, column: str) -> bool | None:
    """Give true or false from a boolean, a number or a word; nothing where the cell is empty. Raises InvalidCell."""
    word = text(row, column).lower()
    if not word:
        return None
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise InvalidCell(f"{quoted(word)} is neither true nor false")


def integer(row: Row, column: str) -> int | None:
    """Give a whole number from a number or its text; nothing where the cell is empty. Raises InvalidCell."""
    value = cell(row, column)
    if not text(row, column):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise InvalidCell(f"{quoted(value)} is not a number") from None
    if isinstance(value, bool) or not math.isfinite(number):
        raise InvalidCell(f"{quoted(value)} is not a number")
    return round(number)


def quoted(value: object) -> str:
    """Quote the beginning of a cell, and name what cannot be seen in it."""
    shown = str(value)[:_LONGEST_QUOTE]
    return f"{shown!r}{invisible(shown)}"
