"""Show the record of a call, and the tables, at a terminal: values in, lines out."""

from collections.abc import Iterable, Mapping
from typing import Any

from local.demo.terminal import WIDTH, Tone, painted, pairs, table

type Row = Mapping[str, Any]

_RECORD = (
    ("State", "Outcome"),
    ("Called",),
    ("CalledName", "CallerKind"),
    ("Caller",),
    ("Route",),
    ("List", "Forwarding", "Timeout"),
    ("Rung",),
    ("Skipped",),
    ("AnsweredBy",),
    ("AnsweredKind", "Seconds", "RingSeconds"),
    ("RedirectMs", "GraphStatus", "Attempts"),
    ("GateMs", "DirectoryMs", "TokenMs"),
    ("GraphMs", "Cold", "Directory"),
    ("Code", "Subcode"),
    ("GraphCode",),
    ("Hint",),
    ("Message",),
)
_COLUMNS = {
    "targets": ("PartitionKey", "RowKey", "Kind", "Name", "Order", "Enabled"),
    "routes": ("PartitionKey", "RowKey", "Ring", "Empty", "Timeout", "Forwarding", "Enabled"),
    "calls": ("PartitionKey", "RowKey", "State", "Outcome", "List", "RedirectMs"),
}


def record(row: Row | None, *, colour: bool) -> list[str]:
    if row is None:
        return [painted("  no record of this call", Tone.BAD, colour=colour)]
    title = f"  its record: calls / {row['PartitionKey']} / {row['RowKey']}"
    values = {name: _short(value) for name, value in row.items()}
    return [painted(title, Tone.HEADING, colour=colour), *pairs(_RECORD, values, colour=colour)]


def rows(name: str, found: Iterable[Row], *, colour: bool) -> list[str]:
    return [painted(name, Tone.HEADING, colour=colour), *table(_COLUMNS[name], found)]


def _short(value: object) -> object:
    """Keep a value on its line."""
    return value if not isinstance(value, str) or len(value) <= WIDTH - 15 else f"{value[: WIDTH - 16]}…"
