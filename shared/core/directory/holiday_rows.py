"""Read the rows of `holidays`: the company's own days, of one year or of every year."""

import re
from collections.abc import Iterable
from datetime import date

from shared.core.directory.cells import Row, quoted
from shared.core.directory.diagnostics import KEYS, Diagnostics, TableReader
from shared.core.directory.key_mistakes import date_mistake
from shared.core.schedule import local_times
from shared.core.schedule.holidays import Holidays

COLUMNS = (*KEYS, "Name", "Note")
_CALENDAR = "default"
_A_LEAP_YEAR = 2000
_YEARLY = re.compile(r"([0-9]{2})-([0-9]{2})")


def read_holidays(rows: Iterable[Row], diagnostics: Diagnostics) -> Holidays:
    """Give the days; a row that names none, or another calendar than `default`, is left out and noted."""
    once: set[date] = set()
    yearly: set[tuple[int, int]] = set()
    for entry in TableReader("holidays", COLUMNS, diagnostics).entries(rows):
        key = entry.row
        day = _day(key)
        if entry.partition.lower() != _CALENDAR:
            entry.error("PartitionKey", f"must be {_CALENDAR}; the row is left out")
        elif day is None:
            message = f"{quoted(key)} is not a day like 2026-04-06, or 12-25 for every year; left out"
            entry.error("RowKey", f"{message}{date_mistake(key)}")
        elif len(key) == len("12-25"):
            yearly.add((day.month, day.day))
        else:
            once.add(day)
    return Holidays(frozenset(once), frozenset(yearly))


def _day(key: str) -> date | None:
    found = _YEARLY.fullmatch(key)
    try:
        if found:
            return date(_A_LEAP_YEAR, int(found[1]), int(found[2]))
    except ValueError:
        return None
    return local_times.parse_day(key)
