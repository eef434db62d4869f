"""From and Until: the first moment at which a target rings, and the first at which it does so no more."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

EXAMPLE = "2026-12-24 or 2026-12-24T08:00"
_YEARS = range(1900, 2200)  # beyond lies a slip of the pen, and at last an overflow


def parse_from(text: str) -> datetime | None:
    """Read a From; naive where it is a time on the wall of the route's zone. Nothing where it cannot be read."""
    return _moment(text)


def parse_until(text: str) -> datetime | None:
    """Read an Until: a day counts to its end, a moment is the first that does not count."""
    moment = _moment(text)
    is_day = moment is not None and _day(text) is not None
    return moment + timedelta(days=1) if moment and is_day else moment


def is_before(begins: datetime, now: datetime, zone: tzinfo) -> bool:
    return now < earliest_moment(begins, zone)


def is_after(ends: datetime, now: datetime, zone: tzinfo) -> bool:
    return now >= latest_moment(ends, zone)


def earliest_moment(wall: datetime, zone: tzinfo) -> datetime:
    """Give the first moment (UTC) at which the wall clock shows this: open where autumn makes it doubtful."""
    return min(_both(wall, zone))


def latest_moment(wall: datetime, zone: tzinfo) -> datetime:
    return max(_both(wall, zone))


def _both(wall: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    if wall.tzinfo is not None:
        return wall, wall
    first = wall.replace(tzinfo=zone)
    return first.astimezone(UTC), first.replace(fold=1).astimezone(UTC)


def _moment(text: str) -> datetime | None:
    day = _day(text)
    if day is not None:
        return datetime.combine(day, time()) if day.year in _YEARS else None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.year in _YEARS else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
