"""The calls of the last day are counted within bounds of time and number, and no fault is passed over."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from shared.console.explain.last_day import LENGTH, MOST, LastDay
from shared.console.recent_calls import RecentCalls
from shared.core.errors import StorageUnavailable
from shared.core.record.classes import CallClass
from shared.core.record.line_counts import PastCall
from tests.support.clock import NOON, MovableClock

_PATIENCE = 60  # seconds, for a thread on a machine that does much else


@dataclass(slots=True)
class Table:
    """Gives these pages, each after so many seconds; then it fails, where it is to."""

    clock: MovableClock
    pages: Sequence[Sequence[PastCall]]
    takes: float = 0.0
    error: Exception | None = None
    given: int = 0
    asked: list[tuple[datetime, datetime]] = field(default_factory=list)

    def since(self, moment: datetime, now: datetime) -> Iterator[Sequence[PastCall]]:
        self.asked.append((moment, now))
        for page in self.pages:
            self.clock.advance(self.takes)
            self.given += 1
            yield page
        if self.error:
            raise self.error


def call(before: timedelta = timedelta(hours=1), outcome: str = "busy") -> PastCall:
    return PastCall(NOON - before, "a", "", outcome)


def counted(table: Table) -> LastDay | None:
    return RecentCalls(table, table.clock).begin().result(_PATIENCE)


def test_what_came_in_the_last_24_hours_is_counted() -> None:
    early = [call(LENGTH), call(LENGTH + timedelta(seconds=1)), PastCall(None, "a", "", "busy")]
    table = Table(MovableClock(NOON), [[call(), call(outcome="answered")], [], early])

    found = counted(table)

    assert found is not None
    assert found.counts is not None
    assert found.counts.all == {CallClass.MISSED: 2, CallClass.ANSWERED: 1}
    assert table.asked == [(NOON - LENGTH, NOON)]


def test_too_many_calls_are_not_read_to_the_end() -> None:
    table = Table(MovableClock(NOON), [[call()] * (MOST // 5)] * 9)

    assert counted(table) == LastDay()
    assert table.given == 6


def test_what_takes_too_long_is_not_read_to_the_end() -> None:
    table = Table(MovableClock(NOON), [[call()]] * 9, takes=4.0)

    assert counted(table) is None
    assert table.given == 3


def test_a_table_that_is_away_is_not_read() -> None:
    assert counted(Table(MovableClock(NOON), [], error=StorageUnavailable("HttpResponseError 503"))) is None


def test_a_fault_of_ours_is_not_taken_for_that() -> None:
    with pytest.raises(ZeroDivisionError):
        counted(Table(MovableClock(NOON), [], error=ZeroDivisionError()))
