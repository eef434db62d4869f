"""Run an app's timers when they are due, as the real host does: schedules of six fields, in UTC.

https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer#ncrontab-expressions
"""

import logging
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from local.host.worker import Function

_SUNDAY = 7  # as 0 is
_RANGES = (
    (0, 59),
    (0, 59),
    (0, 23),
    (1, 31),
    (1, 12),
    (0, _SUNDAY),
)  # second, minute, hour, day, month, day of the week
_PART = re.compile(r"(?:\*|(\d+)(?:-(\d+))?)(?:/(\d+))?")
_STEP = 0.5  # seconds between two looks
_LONGEST_SLEEP = timedelta(minutes=1)  # of a machine: what was due before is not made up for
_SECOND = timedelta(seconds=1)

logger = logging.getLogger(__name__)


class UnreadSchedule(Exception):
    """The schedule is not one that this host reads; the timer does not run."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The numbers that each of the six fields allows."""

    fields: tuple[frozenset[int], ...]

    def matches(self, moment: datetime) -> bool:
        weekday = moment.isoweekday() % _SUNDAY
        values = (moment.second, moment.minute, moment.hour, moment.day, moment.month, weekday)
        return all(value in field for value, field in zip(values, self.fields, strict=True))


def schedule(text: str) -> Schedule:
    """Read `0 */10 * * * *`. Raises UnreadSchedule."""
    fields = text.split()
    if len(fields) != len(_RANGES):
        raise UnreadSchedule(f"{text!r} has not six fields")
    return Schedule(tuple(frozenset(_numbers(field, *of)) for field, of in zip(fields, _RANGES, strict=True)))


def seconds_between(since: datetime, until: datetime) -> Iterator[datetime]:
    """Give the whole seconds after `since` up to `until`, at most the last minute of them."""
    moment = max(since, until - _LONGEST_SLEEP).replace(microsecond=0) + _SECOND
    while moment <= until:
        yield moment
        moment += _SECOND


def run(functions: Iterable[Function], start: Callable[[Function], object]) -> None:
    """Start each timer whenever it is due, for ever."""
    timers = list(_scheduled(functions))
    seen = datetime.now(UTC)
    while True:
        time.sleep(_STEP)
        now = datetime.now(UTC)
        for moment in seconds_between(seen, now):
            for function, due in timers:
                if due.matches(moment):
                    start(function)
        seen = max(seen, now)


def _scheduled(functions: Iterable[Function]) -> Iterator[tuple[Function, Schedule]]:
    for function in functions:
        try:
            if function.is_timer:
                yield function, schedule(str(function.trigger.get("schedule", "")))
        except UnreadSchedule as error:
            logger.error("%s does not run by itself: %s", function.name, error)  # noqa: TRY400  the text says it all


def _numbers(field: str, first: int, last: int) -> Iterator[int]:
    for part in field.split(","):
        found = _PART.fullmatch(part)
        if found is None:
            raise UnreadSchedule(f"this host does not read {part!r} in a schedule")
        begin = int(found[1]) if found[1] else first
        end = int(found[2]) if found[2] else begin if found[1] and not found[3] else last
        if not first <= begin <= end <= last or found[3] == "0":
            raise UnreadSchedule(f"{part!r} is not within {first}-{last}")
        yield from (
            number % _SUNDAY if last == _SUNDAY else number for number in range(begin, end + 1, int(found[3] or 1))
        )
