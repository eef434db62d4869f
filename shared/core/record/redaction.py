"""What a log may hold of a record: all that rebuilds its row, but for what is personal."""

import re

from shared.core.ids import masked
from shared.core.record.record import FACT_NAMES, Record

# Names, and Microsoft's own words about a call, which could hold one: its code and subcode say the same.
_LEFT_OUT = {"called_name", "message"}
_MASKED = {"caller", "called", "route", "rung", "skipped", "answered_by"}
# A SIP or mail address is a person's name. Possessive, and only from a word's beginning: a long text stays cheap.
_ADDRESS = re.compile(r"(?<!\S)[^\s@]++@\S+")
_LONGEST = 2_000  # characters of a fact


def redacted_row(record: Record) -> dict[str, object]:
    """Give the row's keys, state and facts by name; of numbers the last two digits, of addresses nothing."""
    facts = {name: getattr(record, name) for name in FACT_NAMES if name not in _LEFT_OUT}
    known = {name: value for name, value in facts.items() if value is not None}
    hidden = {name: without_persons(str(known[name])) for name in _MASKED & known.keys()}
    return {"day": record.key.day, "call": record.key.call, "state": record.state} | known | hidden


def without_persons(text: str) -> str:
    """Give ids as they are, of every number its last two digits, and nothing of an address."""
    return masked(_ADDRESS.sub("…", text[:_LONGEST]))
