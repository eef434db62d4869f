"""Show the record of a call, and the tables, at a terminal: values in, lines out."""

from collections.abc import Iterable, Mapping
from typing import Any

from local.demo.examples import LINES
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
    ("GraphMs", "Cold"),
    ("Directory",),
    ("Code", "Subcode"),
    ("GraphCode",),
    ("Hint",),
    ("Message",),
)
_COLUMNS = {
    "targets": ("PartitionKey", "RowKey", "Enabled", "Hours", "From", "Until", "Name", "Order", "Kind"),
    "routes": ("PartitionKey", "RowKey", "Ring", "Hours", "Closed", "Empty", "Timeout", "Pick", "TimeZone", "Enabled"),
    "holidays": ("PartitionKey", "RowKey", "Name"),
    "shifts": ("PartitionKey", "RowKey", "Who", "Until"),
    "away": ("PartitionKey", "RowKey", "Until"),
    "problems": ("PartitionKey", "RowKey", "Level", "Message"),
    "calls": ("PartitionKey", "RowKey", "State", "Outcome", "List", "RedirectMs"),
}


def record(row: Row | None, *, colour: bool) -> list[str]:
    if row is None:
        return [painted("  no record of this call", Tone.BAD, colour=colour)]
    title = f"  its record: calls / {row['PartitionKey']} / {row['RowKey']}"
    return [painted(title, Tone.HEADING, colour=colour), *pairs(_RECORD, row, colour=colour)]


def rows(name: str, found: Iterable[Row], width: int = WIDTH, *, colour: bool) -> list[str]:
    """Show a table; lines have their names, as --set and --line take them."""
    shown = [dict(row) | {"PartitionKey": line_name(row["PartitionKey"])} for row in found]
    return [
        painted(name, Tone.HEADING, colour=colour),
        *(table(_COLUMNS[name], shown, width) if shown else ["  (none)"]),
    ]


def summary(number: int, title: str, row: Row) -> str:
    """Tell an example in one line."""
    how = f"redirected in {row.get('RedirectMs')} ms" if row.get("Rung") else "rang nobody"
    return f"  {number}  {title:<40} {row.get('Outcome', ''):<10} {how}"


def line_name(key: str) -> str:
    return next((line.name for line in LINES.values() if line.id == key), key)
