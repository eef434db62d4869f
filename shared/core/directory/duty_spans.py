"""Read from when until when a row of `shifts` or `away` counts."""

from datetime import datetime

from shared.core.directory.cells import quoted
from shared.core.directory.diagnostics import TableRow
from shared.core.directory.key_mistakes import date_mistake
from shared.core.schedule import local_times

type Span = tuple[datetime, datetime | None]


def read_span(entry: TableRow, without: str) -> Span | None:
    """Give the row's begin and end; nothing where it never counts, which is noted with what is so `without` it."""
    begins, said = local_times.parse_begin(entry.row), entry.text("Until")
    ends = local_times.parse_end(said) if said else None
    if begins is None:
        entry.error("RowKey", _no_time(entry.row, without))
        return None
    if said and ends is None:
        entry.error("Until", _no_time(said, without))
        return None
    if ends and (begins.tzinfo is None) == (ends.tzinfo is None) and ends <= begins:
        entry.error("Until", f"not after {quoted(entry.row)}, from when on it counts: this row never counts")
        return None
    return begins, ends


def _no_time(said: str, without: str) -> str:
    return f"{quoted(said)} is not a time like {local_times.EXAMPLE}; {without}{date_mistake(said)}"
