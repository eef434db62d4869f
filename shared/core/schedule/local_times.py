"""Times on the wall of a zone, as people write them into the tables, and the moment that each is."""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from shared.core.schedule.time_shifts import next_time_shift

EXAMPLE = "2026-11-30T08:00"
_YEARS = range(1900, 2200)  # beyond lies a slip of the pen, and at last an overflow
_CLOCK = r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2})(?::(?P<second>\d{2}))?(?: ?(?:Uhr|h))?| ?(?:Uhr|h))"
_TIME = rf"(?:[T ,]+{_CLOCK})?"
_FORMS = (
    re.compile(rf"(?P<year>\d{{4}})(?P<sign>[-/])(?P<month>\d{{1,2}})(?P=sign)(?P<day>\d{{1,2}}){_TIME}"),
    re.compile(rf"(?P<day>\d{{1,2}})\. ?(?P<month>\d{{1,2}})\. ?(?P<year>\d{{4}}){_TIME}"),  # as spreadsheets show it
)
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))  # as text programs put them
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


def parse_day(text: str) -> date | None:
    """Read a day alone, in any of the forms that a time may begin with."""
    found = _read(text)
    return found[0].date() if found and found[1] else None


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
    text = text.translate(_DASHES)
    try:
        found = next(filter(None, (form.fullmatch(text) for form in _FORMS)), None)
        if found is None:
            return _of_iso(text)
        hour, minute, second = found.group("hour", "minute", "second")
        day = date(int(found["year"]), int(found["month"]), int(found["day"]))
        after = timedelta(hours=int(hour or 0), minutes=int(minute or 0), seconds=int(second or 0))
        if int(hour or 0) == _MIDNIGHT and after == timedelta(days=1):  # the end of that day
            return (datetime.combine(day, time()) + after, False) if day.year in _YEARS else None
        at = time(int(hour or 0), int(minute or 0), int(second or 0))
        return (datetime.combine(day, at), hour is None) if day.year in _YEARS else None
    except ValueError:
        return None


def _of_iso(text: str) -> tuple[datetime, bool] | None:
    """Read what else ISO 8601 has: a day without its signs, which tools make a number of, a moment with an offset.

    Raises ValueError.
    """
    moment, is_day = datetime.fromisoformat(text), True
    try:
        date.fromisoformat(text)
    except ValueError:
        is_day = False
    return (moment, is_day) if moment.year in _YEARS else None
