"""The calls of the last day are counted within bounds of time and number, and no fault is passed over."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import pytest

from shared.console.explain.last_day import LENGTH, MOST, LastDay
from shared.console.recent_calls import RecentCalls
from shared.core.errors import StorageUnavailable
from shared.core.record.classes import CallClass
from shared.core.record.line_counts import PastCall
from tests.support.clock import NOON, MovableClock

YESTERDAY = date(2026, 11, 21)
_PATIENCE = 60  # seconds, for a thread on a machine that does much else


@dataclass(slots=True)
class Table:
    """Gives these pages, each after so many seconds; then it fails, where it is to."""

    clock: MovableClock
    pages: Sequence[Sequence[PastCall]]
    takes: float = 0.0
    error: Exception | None = None
    older: Mapping[date, Sequence[Sequence[PastCall]]] = field(default_factory=dict)
    given: int = 0
    asked: list[tuple[datetime, datetime]] = field(default_factory=list)
    days: list[date] = field(default_factory=list)

    def since(self, moment: datetime, now: datetime) -> Iterator[Sequence[PastCall]]:
        self.asked.append((moment, now))
        for page in self.pages:
            self.clock.advance(self.takes)
            self.given += 1
            yield page
        if self.error:
            raise self.error

    def calls(self, day: date) -> Iterator[Sequence[PastCall]]:
        self.days.append(day)
        for page in self.older.get(day, ()):
            if not page:
                raise StorageUnavailable("HttpResponseError 503")
            self.clock.advance(self.takes)
            yield page


def call(before: timedelta = timedelta(hours=1), outcome: str = "busy") -> PastCall:
    return PastCall(NOON - before, "a", "", outcome)


def named(line: str, name: str) -> PastCall:
    return PastCall(NOON - timedelta(hours=1), line, name, "busy")


def counted(table: Table, *unnamed: str) -> LastDay | None:
    return RecentCalls(table, table.clock).begin(lambda: set(unnamed)).result(_PATIENCE)


def names(table: Table, *unnamed: str) -> dict[str, str]:
    found = counted(table, *unnamed)
    assert found is not None
    return dict(found.names)


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


def test_a_line_is_called_by_its_newest_call_that_has_a_name() -> None:
    older = {
        YESTERDAY: [[named("b", ""), named("c", "Care"), named("x", "Another")]],
        YESTERDAY - timedelta(days=1): [[named("b", "Billing")], [named("c", "Old care"), named("a", "Old sales")]],
        YESTERDAY - timedelta(days=2): [[named("b", "Old billing")]],
    }
    table = Table(MovableClock(NOON), [[named("a", "Sales"), named("a", ""), named("b", "")]], older=older)

    assert names(table, "a", "b", "c") == {"a": "Sales", "b": "Billing", "c": "Care"}
    assert table.days == [YESTERDAY, YESTERDAY - timedelta(days=1)]


def test_no_older_call_is_read_where_every_line_has_a_name() -> None:
    table = Table(MovableClock(NOON), [[named("a", "Sales")]])

    assert names(table, "a") == {"a": "Sales"}
    assert table.days == []


def test_a_line_that_nobody_called_is_looked_for_in_seven_days() -> None:
    table = Table(MovableClock(NOON), [])

    assert names(table, "a") == {}
    assert table.days == [YESTERDAY - timedelta(days=back) for back in range(7)]


@pytest.mark.parametrize(
    ("pages", "takes"),
    [
        pytest.param([[named("a", "Sales")] * MOST, [named("a", "Sales")], [named("b", "Billing")]], 0.0, id="many"),
        pytest.param([[named("a", "Sales")]] * 2 + [[named("b", "Billing")]], 1.1, id="slow"),
        pytest.param([[named("a", "Sales")], [], [named("b", "Billing")]], 0.0, id="away"),
    ],
)
def test_names_are_read_for_no_longer_than_a_person_waits(pages: Sequence[Sequence[PastCall]], takes: float) -> None:
    table = Table(MovableClock(NOON), [], takes, older={YESTERDAY: pages})

    assert names(table, "a", "b") == {"a": "Sales"}
    assert table.days[0] == YESTERDAY


def test_of_too_many_calls_those_that_were_read_name_their_lines() -> None:
    assert counted(Table(MovableClock(NOON), [[named("a", "Sales")] * (MOST + 1)])) == LastDay(names={"a": "Sales"})
