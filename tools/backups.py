"""Keep what was in the tables before a command changed them, and what it wrote, so that it can be taken back."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from string import ascii_lowercase
from typing import Any

from tools import csv_rows
from tools.changes import Change, Keys, content
from tools.csv_cells import cell_text, cell_type
from tools.live_tables import Row
from tools.table_source import Unusable

FOLDER = Path("backup")
_SUFFIXES = ("", *(f"-{letter}" for letter in ascii_lowercase))  # for those of one second
_WRITTEN, _UNDONE = "written.json", "undone"


@dataclass(frozen=True, slots=True)
class Written:
    """A row that was written: what it was before (None: it was not there), and its tag since (None: it went)."""

    table: str
    keys: Keys
    before: Row | None
    etag: str | None


def save(folder: Path, live: Mapping[str, Sequence[Row]], changes: Iterable[Change], now: datetime) -> Path:
    """Write each table that changes, whole, into a folder named after the time. Raises Unusable."""
    name = f"{now:%Y-%m-%dT%H%M%S}"
    place = next(place for place in (folder / f"{name}{suffix}" for suffix in _SUFFIXES) if not place.exists())
    try:
        place.mkdir(parents=True)
        for table in dict.fromkeys(change.table for change in changes):
            text = csv_rows.write([content(row) for row in live.get(table, ())], types=True)
            (place / f"{table}.csv").write_text(text, encoding="utf-8-sig", newline="")
    except OSError as error:
        raise Unusable(f"no backup could be written, so nothing was changed: {place}: {error.strerror}") from error
    return place


def note(place: Path, written: Iterable[Written]) -> None:
    """Write down what has been written by now."""
    told = [
        {
            "table": one.table,
            "keys": one.keys,
            "before": one.before and {name: cell_text(value) for name, value in content(one.before).items()},
            "etag": one.etag,
        }
        for one in written
    ]
    (place / _WRITTEN).write_text(json.dumps(told, indent=1), encoding="utf-8")


def newest(folder: Path) -> Path:
    """Give the newest backup that has not been taken back. Raises Unusable."""
    found = sorted(place.parent for place in folder.glob(f"*/{_WRITTEN}") if not (place.parent / _UNDONE).exists())
    if not found:
        raise Unusable(f"nothing to take back: no backup in {folder}")
    return found[-1]


def load(place: Path) -> list[Written]:
    """Read what was written. Raises Unusable."""
    try:
        told: list[dict[str, Any]] = json.loads((place / _WRITTEN).read_text(encoding="utf-8"))
        return [
            Written(one["table"], (one["keys"][0], one["keys"][1]), one["before"] and _row(one["before"]), one["etag"])
            for one in told
        ]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise Unusable(f"{place} is no backup that can be taken back ({type(error).__name__})") from error


def close(place: Path) -> None:
    """Let the next undo take the backup before this one."""
    (place / _UNDONE).touch()


def _row(cells: Mapping[str, Sequence[str]]) -> Row:
    """Give a row its cells back, each of its type. Raises LookupError, ValueError."""
    row: dict[str, Any] = {}
    for name, (text, kind) in cells.items():
        found = cell_type(kind)
        if found is None:
            raise LookupError(kind)
        row[name] = found.read(text)
    return row
