"""The days that a report is about, as people name them."""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from shared.core.schedule import local_times

_LONGEST = 366  # days
_DAY = timedelta(days=1)


class UnclearPeriod(Exception):
    """The text says what to write instead."""


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days on the wall, `last` included; `name` is like 2026-W48, and fits into a file's name."""

    first: date
    last: date
    name: str

    @property
    def days(self) -> list[date]:
        return [self.first + number * _DAY for number in range((self.last - self.first).days + 1)]

    @property
    def utc_days(self) -> Iterator[date]:
        """Give the days of `calls` that may have such calls: they are UTC's, and a wall is up to 14 hours from it."""
        yield from (self.first - _DAY, *self.days, self.last + _DAY)


def parse_period(asked: argparse.Namespace, today: date) -> Period:
    """Read --week, --day or --from and --to; without any it is the last week that is over. Raises UnclearPeriod."""
    is_span = asked.from_ is not None or asked.to is not None
    if is_span and (asked.week is not None or asked.day is not None):
        raise UnclearPeriod("name a week, a day, or a span by --from and --to: one of these")
    if asked.week is not None:
        return _week(asked.week)
    if asked.day is not None:
        day = _date(asked.day, "--day")
        return Period(day, day, day.isoformat())
    if is_span:
        first = _date(asked.to if asked.from_ is None else asked.from_, "--from")
        last = today if asked.to is None else _date(asked.to, "--to")
        if not 0 <= (last - first).days < _LONGEST:
            raise UnclearPeriod(f"from {first} to {last} is no span of 1 to {_LONGEST} days")
        return Period(first, last, f"{first}-to-{last}")
    year, week, _ = (today - 7 * _DAY).isocalendar()
    return _week(f"{year}-W{week:02}")


def add_period(parser: argparse.ArgumentParser) -> None:
    """Let a command take a period."""
    spans = parser.add_mutually_exclusive_group()
    spans.add_argument("--week", metavar="WEEK", help="2026-W48, Monday to Sunday (the last one that is over)")
    spans.add_argument("--day", metavar="DAY", help="2026-11-23")
    parser.add_argument("--from", dest="from_", metavar="DAY", help="the first day of any other span")
    parser.add_argument("--to", metavar="DAY", help="its last day (today)")


def _week(text: str) -> Period:
    week = text.upper()
    monday = local_times.parse_day(f"{week}-1") if "W" in week else None
    if monday is None:
        raise UnclearPeriod(f"--week {text} is no week: write it as 2026-W48")
    return Period(monday, monday + 6 * _DAY, week)


def _date(text: str, option: str) -> date:
    found = local_times.parse_day(text)
    if found is None:
        raise UnclearPeriod(f"{option} {text} is no day: write it as 2026-11-23")
    return found
