"""Part stretches by the days of a zone, as a week is drawn."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from shared.core.coverage.stretches import Stretch
from shared.core.light_dataclass import dataclass
from shared.core.schedule.local_times import moment_of


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a zone, and what of each stretch falls into it."""

    day: date
    begins: datetime
    ends: datetime
    stretches: tuple[Stretch, ...]


def first_and_last(now: datetime, days: int, zone: tzinfo) -> tuple[datetime, datetime]:
    """Give from now on so many days: today, though part of it is over, and those that follow it to their end."""
    last = now.astimezone(zone).date() + timedelta(days=days)
    return now.astimezone(UTC), moment_of(datetime.combine(last, time()), zone)


def by_day(stretches: Iterable[Stretch], zone: tzinfo, first: date, days: int) -> Iterator[Day]:
    found = list(stretches)
    for day in (first + timedelta(days=count) for count in range(days)):
        begins = moment_of(datetime.combine(day, time()), zone)
        ends = moment_of(datetime.combine(day + timedelta(days=1), time()), zone)
        inside = (one for one in found if one.begins < ends and begins < one.ends)
        clipped = (replace(one, begins=max(one.begins, begins), ends=min(one.ends, ends)) for one in inside)
        yield Day(day, begins, ends, tuple(clipped))


def hours_text(stretch: Stretch, day: Day, zone: tzinfo) -> str:
    """Give "08:00-17:00"; the day's end is 24:00, and an hour that comes twice has its zone's letters."""
    return f"{_clock(stretch.begins, zone)}-{'24:00' if stretch.ends == day.ends else _clock(stretch.ends, zone)}"


def _clock(at: datetime, zone: tzinfo) -> str:
    local = at.astimezone(zone)
    is_twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f"{local:%H:%M %Z}" if is_twice else f"{local:%H:%M}"
