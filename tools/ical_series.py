"""Part an iCalendar feed into its series of events, and give the times of each: one that cannot be read is named."""

import codecs
import warnings
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import icalendar
import recurring_ical_events
import x_wr_timezone

from tools.table_source import Unusable

_ENDLESS = {"SECONDLY", "MINUTELY"}  # of which a library would count each time since the first
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_WINDOWS = "cp1252"
_LONGEST = 60
# What the libraries raise, and Python, for what is in no standard: a file of zones that is a folder, a year 10000.
_NOT_UNDERSTOOD = (ValueError, TypeError, LookupError, AttributeError, OverflowError, OSError)
_WEB_PAGE = (
    "this is a web page, and no iCalendar feed: is it the calendar's secret address, which ends in .ics "
    "and asks for no sign-in?"
)


class Unreadable(Exception):
    """A series of events that cannot be read; the text names it."""


def calendars(content: bytes) -> Iterator[Any]:
    """Give the calendars of a feed, a zone of the whole calendar put into its events. Raises Unusable."""
    text = _decoded(content)
    if text.lstrip().startswith("<"):
        raise Unusable(_WEB_PAGE)
    try:
        with warnings.catch_warnings(action="ignore"):  # the library's guesses at names of zones
            found = icalendar.Calendar.from_ical(text, multiple=True)
    except _NOT_UNDERSTOOD as error:
        raise Unusable(f"this is no iCalendar feed ({type(error).__name__})") from error
    if not found:
        raise Unusable("this is no iCalendar feed, or only the beginning of one: it holds no whole calendar")
    for calendar in found:
        try:
            yield x_wr_timezone.to_standard(calendar)
        except _NOT_UNDERSTOOD:  # a zone that nobody knows
            yield calendar


def series(calendar: Any) -> Iterator[Sequence[Any]]:
    """Give each event with those that stand in for one of its times; some feeds give one UID to events apart."""
    by_uid: dict[str, list[Any]] = {}
    for number, event in enumerate(calendar.walk("VEVENT")):
        by_uid.setdefault(str(event.get("UID", "")) or f"event {number}", []).append(event)
    for events in by_uid.values():
        newest = max(_sequence(event) for event in events)
        apart = [one for one in events if not one.keys() & {"RRULE", "RDATE", "RECURRENCE-ID"}]
        together = [one for one in events if one not in apart]
        if together:
            yield together
        yield from ([one] for one in apart if _sequence(one) == newest or together)


def occurrences(events: Sequence[Any], begins: datetime, ends: datetime) -> Sequence[Any]:
    """Give the events of a series between two moments. Raises Unreadable."""
    calendar = icalendar.Calendar()
    try:
        for event in events:
            if wrong := _wrong(event):
                raise Unreadable(f"event {_title(event)!r}: {wrong}")
            calendar.add_component(event)
        return list(recurring_ical_events.of(calendar).between(begins, ends))
    except _NOT_UNDERSTOOD as error:
        raise Unreadable(f"event {_title(events[0])!r}: {str(error) or type(error).__name__}") from error


def _decoded(content: bytes) -> str:
    """Give the text: a feed is UTF-8, but for those that old programs wrote."""
    encoding = next((name for mark, name in _MARKS.items() if content.startswith(mark)), "utf-8")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return content.decode(_WINDOWS, "replace")


def _wrong(event: Any) -> str:
    """Say what a library would answer with an error of its own, or never."""
    if "DTSTART" not in event:
        return "it has no DTSTART, from which it begins"
    for name, said in event.errors:
        if name in {"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"}:
            return f"{name}: {said}"
    begins, ends = event["DTSTART"].dt, event["DTEND"].dt if "DTEND" in event else None
    if ends is not None and isinstance(begins, datetime) != isinstance(ends, datetime):
        return "one of DTSTART and DTEND is a day, the other a time"
    rules = event.get("RRULE", [])
    for rule in rules if isinstance(rules, list) else [rules]:
        often, interval = (str(next(iter(rule.get(name, [])), "")).upper() for name in ("FREQ", "INTERVAL"))
        if not often or often in _ENDLESS or (interval and int(interval) < 1):
            return f"RRULE: {rule.to_ical().decode()} is no rota's"
    return ""


def _sequence(event: Any) -> int:
    try:
        return int(event.get("SEQUENCE", 0))
    except _NOT_UNDERSTOOD:
        return 0


def _title(event: Any) -> str:
    return " ".join(str(event.get("SUMMARY", "")).split())[:_LONGEST] or "without a title"
