"""Who is on duty when, from a calendar's events: read by libraries for iCalendar, or from PagerDuty's schedule."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from tools import ical_series
from tools.table_source import Unusable

_BY_UTC = "repeating by UTC: on the wall they move by an hour when clocks change; set the calendar's own time zone"
_NO_ZONE = "without a time zone that is known here: taken as times of {zone}"
_ALL_DAY = "all day, which says no hour: each begins at {at}"
_NO_END = "without an end after the begin: left out; give it one in the calendar"


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
    """The events in order; `notices` say how they were read, where that was not sure, `unread` what could not be."""

    events: tuple[DutyEvent, ...]
    notices: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


def from_ical(content: bytes, span: Span) -> Feed:
    """Read an iCalendar feed, repeated events one by one. Raises Unusable."""
    counts = dict.fromkeys((_BY_UTC, _NO_ZONE, _ALL_DAY, _NO_END), 0)
    found: list[DutyEvent] = []
    unread: list[str] = []
    for calendar in ical_series.calendars(content):
        for series in ical_series.series(calendar):
            try:
                events = ical_series.occurrences(series, span.begins - timedelta(days=1), span.ends)
                found += [duty for event in events for duty in _event(event, span, counts)]
            except ical_series.Unreadable as wrong:
                unread.append(str(wrong))
            else:
                counts[_BY_UTC] += _repeats_by_utc(series, span.zone)
    meant = {"zone": span.zone, "at": f"{span.all_day_at:%H:%M}"}
    notices = (
        f"{count} {'event' if count == 1 else 'events'} {text.format(**meant)}"
        for text, count in counts.items()
        if count
    )
    return Feed(tuple(sorted(found, key=lambda event: event.begins)), tuple(notices), tuple(unread))


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


def _repeats_by_utc(series: Sequence[Any], zone: tzinfo) -> bool:
    """Tell whether events repeat by UTC, where the list's own clocks change."""
    if len({datetime(2026, month, 1, tzinfo=zone).utcoffset() for month in (1, 4, 7, 10)}) == 1:
        return False
    starts = (event["DTSTART"].dt for event in series if "RRULE" in event)
    return any(isinstance(start, datetime) and _is_utc(start) for start in starts)


def _is_utc(moment: datetime) -> bool:
    return moment.tzinfo in {UTC, ZoneInfo("UTC")} or str(moment.tzinfo) in {"UTC", "Etc/UTC"}


def _event(event: Any, span: Span, counts: dict[str, int]) -> Iterator[DutyEvent]:
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return
    begins, ends = event.start, event.end
    if not isinstance(begins, datetime):
        counts[_ALL_DAY] += 1
    elif begins.tzinfo is None:
        counts[_NO_ZONE] += 1
    first, last = _moment(begins, span), _moment(ends, span)
    counts[_NO_END] += first == last
    if first < last and first < span.ends and span.begins < last:
        yield DutyEvent(first, last, tuple(_texts(event)))


def _moment(at: date | datetime, span: Span) -> datetime:
    if not isinstance(at, datetime):
        at = datetime.combine(at, span.all_day_at)
    return (at if at.tzinfo else at.replace(tzinfo=span.zone)).astimezone(UTC)


def _texts(event: Any) -> Iterator[str]:
    """Give what may name the person: the attendees together, the title, the description."""
    attendees = event.get("ATTENDEE", [])
    all_of_them = attendees if isinstance(attendees, Sequence) and not isinstance(attendees, str) else [attendees]
    yield "\n".join(text for attendee in all_of_them for text in _attendee(attendee))
    for name in ("SUMMARY", "DESCRIPTION"):
        yield str(event.get(name, ""))


def _attendee(attendee: Any) -> Iterator[str]:
    """Give the name and the address of a person who has not said no."""
    said = {name: str(value) for name, value in getattr(attendee, "params", {}).items()}
    if said.get("PARTSTAT", "").upper() != "DECLINED" and said.get("CUTYPE", "").upper() not in {"ROOM", "RESOURCE"}:
        yield said.get("CN", "")
        yield str(attendee)
