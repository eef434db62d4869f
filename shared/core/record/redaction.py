"""Give what a log may hold of a record: all that rebuilds its row, but for what is personal."""

from shared.core.loggable import loggable
from shared.core.record.record import FACT_NAMES, Record

# Names, and Microsoft's own words about a call, which could hold one: its code and subcode say the same.
_LEFT_OUT = {"called_name", "message"}


class RedactedRow(dict[str, object]):
    """A row that has been masked for the log: a second time would mask its masks."""


def redacted_row(record: Record) -> RedactedRow:
    """Give the row's keys, state and facts by name; of texts what `loggable` lets through."""
    facts = {name: getattr(record, name) for name in FACT_NAMES if name not in _LEFT_OUT}
    known = {name: _shown(name, value) for name, value in facts.items() if value is not None}
    return RedactedRow(day=record.key.day, call=record.key.call, state=record.state, **known)


def _shown(name: str, value: object) -> object:
    return loggable(name, value) if type(value) is str else value  # an enum's member is a word of ours
