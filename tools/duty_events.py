"""Who is on duty when, from a calendar's events: read by libraries for iCalendar, or from PagerDuty's schedule."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events
import x_wr_timezone

from tools.table_source import Unusable

_BY_UTC = "events repeat by UTC: on the wall they move by an hour when clocks change; set the calendar's own time zone"
_NO_ZONE = "events have no time zone that is known here, and are taken as times of {zone}"
_ALL_DAY = "events are all day, which says no hour: each begins at {at}"


@dataclass(frozen=True, slots=True)
class DutyEvent:
    """From `begins` until `ends` (UTC, not included) somebody is on duty: `texts` may name them, the surest first."""

    begins: datetime
    ends: datetime
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """What is asked for, and how times without a zone or an hour are meant."""

    begins: datetime
    ends: datetime
    zone: tzinfo
    all_day_at: time = time()


@dataclass(frozen=True, slots=True)
class Feed:
    """The events in order; `notices` say how they were read, where that was not sure."""

    events: tuple[DutyEvent, ...]
    notices: tuple[str, ...] = ()


def from_ical(content: bytes, span: Span) -> Feed:
    """Read an iCalendar feed, repeated events one by one. Raises Unusable."""
    try:
        calendars = icalendar.Calendar.from_ical(content, multiple=True)
    except (ValueError, LookupError) as error:
        raise Unusable(f"this is no iCalendar feed ({type(error).__name__})") from error
    if not calendars:
        raise Unusable("this is no iCalendar feed: it holds no calendar")
    counts = dict.fromkeys((_BY_UTC, _NO_ZONE, _ALL_DAY), 0)
    found: list[DutyEvent] = []
    for calendar in calendars:
        standard = x_wr_timezone.to_standard(calendar)
        _count_by_utc(standard, span.zone, counts)
        for event in recurring_ical_events.of(standard).between(span.begins - timedelta(days=1), span.ends):
            if str(event.get("STATUS", "")).upper() != "CANCELLED":
                found += _event(event, span, counts)
    meant = {"zone": span.zone, "at": f"{span.all_day_at:%H:%M}"}
    notices = (f"{count} {text.format(**meant)}" for text, count in counts.items() if count)
    return Feed(tuple(sorted(found, key=lambda event: event.begins)), tuple(notices))


def from_pagerduty(schedule: Mapping[str, Any], span: Span) -> Feed:
    """Read what PagerDuty answers about a schedule: its final one, with overrides. Raises Unusable."""
    try:
        entries = schedule["schedule"]["final_schedule"]["rendered_schedule_entries"]
        events = [DutyEvent(*_moments(entry), _names(entry["user"])) for entry in entries]
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise Unusable(f"this is no schedule of PagerDuty's ({type(error).__name__})") from error
    inside = (event for event in events if event.begins < span.ends and span.begins < event.ends)
    return Feed(tuple(sorted(inside, key=lambda event: event.begins)))


def _names(user: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(user[name]) for name in ("summary", "name", "email") if user.get(name))


def _moments(entry: Mapping[str, Any]) -> tuple[datetime, datetime]:
    begins, ends = (datetime.fromisoformat(entry[name]).astimezone(UTC) for name in ("start", "end"))
    return begins, ends


def _count_by_utc(calendar: Any, zone: tzinfo, counts: dict[str, int]) -> None:
    """Count the events that repeat by UTC, where the list's own clocks change."""
    if len({datetime(2026, month, 1, tzinfo=zone).utcoffset() for month in (1, 4, 7, 10)}) == 1:
        return
    for event in calendar.walk("VEVENT"):
        start = event.get("DTSTART")
        if "RRULE" in event and start is not None and isinstance(start.dt, datetime) and _is_utc(start.dt):
            counts[_BY_UTC] += 1


def _is_utc(moment: datetime) -> bool:
    return moment.tzinfo in {UTC, ZoneInfo("UTC")} or str(moment.tzinfo) in {"UTC", "Etc/UTC"}


def _event(event: Any, span: Span, counts: dict[str, int]) -> Iterator[DutyEvent]:
    begins, ends = event.start, event.end
    if not isinstance(begins, datetime):
        counts[_ALL_DAY] += 1
    elif begins.tzinfo is None:
        counts[_NO_ZONE] += 1
    first, last = _moment(begins, span), _moment(ends, span)
    if first < last and first < span.ends and span.begins < last:
        yield DutyEvent(first, last, tuple(_texts(event)))


def _moment(at: date | datetime, span: Span) -> datetime:
    if not isinstance(at, datetime):
        at = datetime.combine(at, span.all_day_at)
    return (at if at.tzinfo else at.replace(tzinfo=span.zone)).astimezone(UTC)


def _texts(event: Any) -> Iterator[str]:
    """Give what may name the person: the attendees, the title, the description."""
    attendees = event.get("ATTENDEE", [])
    for attendee in attendees if isinstance(attendees, Sequence) and not isinstance(attendees, str) else [attendees]:
        yield str(getattr(attendee, "params", {}).get("CN", ""))
        yield str(attendee)
    for name in ("SUMMARY", "DESCRIPTION"):
        yield str(event.get(name, ""))
