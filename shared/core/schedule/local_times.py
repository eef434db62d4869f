"""Times on the wall of a zone, as people write them into `shifts` and `away`, and the moment that each is."""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from shared.core.schedule.time_shifts import next_time_shift

EXAMPLE = "2026-11-30T08:00"
_YEARS = range(1900, 2200)  # beyond lies a slip of the pen, and at last an overflow
_TIME = r"(?:[T ,]+(\d{1,2})[:.](\d{2})(?::(\d{2}))?(?: ?(?:Uhr|h))?)?"
_FORMS = (
    re.compile(rf"(?P<year>\d{{4}})-(?P<month>\d{{1,2}})-(?P<day>\d{{1,2}}){_TIME}"),
    re.compile(rf"(?P<day>\d{{1,2}})\. ?(?P<month>\d{{1,2}})\. ?(?P<year>\d{{4}}){_TIME}"),  # as spreadsheets show it
)
_MIDNIGHT = 24


def parse_begin(text: str) -> datetime | None:
    """Read from when something counts; naive on the wall of a zone, aware where it names an offset. Nothing: unclear.

    A day alone is its first moment.
    """
    found = _read(text)
    return found[0] if found else None


def parse_end(text: str) -> datetime | None:
    """Read until when something counts, the first moment that does not; a day alone counts to its end."""
    found = _read(text)
    if found is None:
        return None
    moment, is_day = found
    return moment + timedelta(days=1) if is_day else moment


def moment_of(wall: datetime, zone: tzinfo) -> datetime:
    """Give the first moment (UTC) at which the clock on the wall shows this time, or has passed it.

    Of an hour that autumn has twice it is the first; a time that spring leaves out is when the clock leaps over it.
    """
    if wall.tzinfo is not None:
        return wall.astimezone(UTC)
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first <= second:
        return first
    return next_time_shift(zone, second, first)


def _read(text: str) -> tuple[datetime, bool] | None:
    """Give the time, and whether the text is a day alone."""
    try:
        found = next(filter(None, (form.fullmatch(text) for form in _FORMS)), None)
        if found is None:
            return _of_iso(text)
        hour, minute, second = (found[place] for place in range(4, 7))
        day = date(int(found["year"]), int(found["month"]), int(found["day"]))
        after = timedelta(hours=int(hour or 0), minutes=int(minute or 0), seconds=int(second or 0))
        if int(hour or 0) == _MIDNIGHT and after == timedelta(days=1):  # the end of that day
            return (datetime.combine(day, time()) + after, False) if day.year in _YEARS else None
        at = time(int(hour or 0), int(minute or 0), int(second or 0))
        return (datetime.combine(day, at), hour is None) if day.year in _YEARS else None
    except ValueError:
        return None


def _of_iso(text: str) -> tuple[datetime, bool] | None:
    """Read what else ISO 8601 has, as a moment with an offset. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return (moment, False) if moment.year in _YEARS else None
