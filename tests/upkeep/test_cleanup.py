"""What tidying up closes and deletes, in which order, and where it stops."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import pytest

from shared.core.errors import StorageUnavailable
from shared.core.ids import CallId
from shared.core.record.record import CallKey
from shared.core.record.retention import UnendedCall, newest_finished_day, oldest_kept
from shared.upkeep.cleanup import Cleanup
from tests.support.clock import NOON, MovableClock

TODAY = NOON.date()


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


@dataclass
class Row:
    state: str = "redirected"
    outcome: str | None = None


@dataclass
class Past:
    """The days in memory; each change takes `cost` seconds, and `before_change` may do anything first."""

    rows: dict[date, dict[str, Row]]
    mark: date | None = None
    cost: float = 0.0
    clock: MovableClock = field(default_factory=MovableClock)
    before_change: Callable[[], None] = lambda: None
    read: list[date] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    dropped: list[date] = field(default_factory=list)

    def days(self, after: date, up_to: date) -> Iterator[date]:
        while found := [day for day, rows in self.rows.items() if rows and after < day <= up_to]:
            after = min(found)
            yield after

    def never_ended(self, day: date) -> Iterator[Sequence[UnendedCall]]:
        self.read.append(day)
        found = [
            UnendedCall(CallKey(day, CallId(key)), row.outcome, row.state)
            for key, row in sorted(self.rows[day].items())
            if row.state != "done"
        ]
        yield from (found[start : start + 1000] for start in range(0, len(found), 1000))

    def close(self, calls: Sequence[UnendedCall]) -> int:
        self._change(len(calls))
        open_still = [call for call in calls if self.rows[call.key.day][call.key.call].state != "done"]
        for call in open_still:
            self.rows[call.key.day][call.key.call] = Row("done", call.ends_as)
        return len(open_still)

    def keys(self, day: date) -> Iterator[Sequence[str]]:
        found = sorted(self.rows[day])
        yield from (found[start : start + 1000] for start in range(0, len(found), 1000))

    def delete(self, day: date, keys: Sequence[str]) -> int:
        self._change(len(keys))
        return sum(self.rows[day].pop(key, None) is not None for key in keys)

    def closed_until(self) -> date | None:
        return self.mark

    def note_closed(self, day: date) -> None:
        self.mark = day

    def _change(self, size: int) -> None:
        self.batches.append(size)
        self.clock.advance(self.cost)
        self.before_change()


def calls(many: int = 1, row: Row | None = None) -> dict[str, Row]:
    return {f"call-{number:05}": replace(row or Row()) for number in range(many)}


def tidy(past: Past, retention_days: int = 90) -> list[tuple[str, dict[str, object]]]:
    """Run once, and give the events."""
    said: list[tuple[str, dict[str, object]]] = []

    def events(name: str, /, **facts: object) -> None:
        said.append((name, facts))

    Cleanup(past, past.clock, events, retention_days, past.dropped.append).run()
    return said


def done(past: Past, retention_days: int = 90) -> dict[str, object]:
    name, facts = tidy(past, retention_days)[-1]
    assert name == "tidy.done"
    return facts


def test_missed_calls_that_wait_for_nobody_go_after_three_days() -> None:
    past = Past({})

    done(past)

    assert past.dropped == [ago(3)]


def test_the_day_before_yesterday_is_the_last_that_is_over() -> None:
    assert newest_finished_day(TODAY) == date(2026, 11, 20)


def test_a_day_is_kept_as_long_as_the_retention_says() -> None:
    assert oldest_kept(TODAY, 90) == date(2026, 8, 24)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param(Row("redirected"), Row("done", "unknown"), id="nobody-told-us"),
        pytest.param(Row("claimed"), Row("done", "unknown"), id="the-instance-died"),
        pytest.param(Row("left"), Row("done", "unknown"), id="left-to-ring"),
        pytest.param(Row("failed", "late"), Row("done", "late"), id="late-stays"),
        pytest.param(Row("failed", "failed"), Row("done", "failed"), id="failed-stays"),
        pytest.param(Row("rejected", "rejected"), Row("done", "rejected"), id="rejected-stays"),
        pytest.param(Row("failed", "of_2031"), Row("done", "of_2031"), id="a-newer-versions-outcome-stays"),
        pytest.param(Row("done", "answered"), Row("done", "answered"), id="ended"),
    ],
)
def test_a_call_that_never_ended_is_closed(row: Row, expected: Row) -> None:
    past = Past({ago(2): calls(1, row)})

    done(past)

    assert past.rows[ago(2)]["call-00000"] == expected


def test_calls_of_today_and_yesterday_are_left_alone() -> None:
    past = Past({ago(0): calls(), ago(1): calls(), ago(2): calls()})

    facts = done(past)

    assert (facts["closed"], facts["complete"]) == (1, True)
    assert {row.state for day in (ago(0), ago(1)) for row in past.rows[day].values()} == {"redirected"}


def test_days_on_which_it_did_not_run_are_made_up_for() -> None:
    past = Past({ago(days): calls() for days in (2, 3, 7)}, mark=ago(8))

    assert done(past)["closed"] == 3


def test_a_day_that_was_closed_is_not_read_again() -> None:
    past = Past({ago(days): calls() for days in (2, 3, 4)})
    done(past)
    past.read.clear()
    past.rows[ago(1)] = calls()
    past.clock.advance(24 * 3600)

    facts = done(past)

    assert (past.read, facts["closed"], past.mark) == ([ago(1)], 1, ago(1))


def test_a_mark_of_the_future_is_not_believed() -> None:
    past = Past({ago(2): calls()}, mark=date(2099, 1, 1))

    assert (done(past)["closed"], past.mark) == (1, ago(2))


def test_a_mark_older_than_the_retention_brings_no_old_day_back_to_be_closed() -> None:
    past = Past({ago(95): calls(), ago(2): calls()}, mark=ago(100))

    facts = done(past)

    assert (past.read, facts["closed"], facts["deleted"]) == ([ago(2)], 1, 1)


def test_the_first_run_closes_no_day_that_is_about_to_be_deleted() -> None:
    past = Past({ago(91): calls(), ago(90): calls(), ago(2): calls()})

    done(past)

    assert past.read == [ago(90), ago(2)]


def test_days_past_their_retention_are_deleted_whole() -> None:
    past = Past({ago(400): calls(3), ago(91): calls(2), ago(90): calls(1)})

    facts = done(past)

    assert (facts["deleted"], facts["days"], facts["complete"]) == (5, 2, True)
    assert [day for day, rows in past.rows.items() if rows] == [ago(90)]


def test_with_a_retention_of_one_day_yesterday_stays() -> None:
    past = Past({ago(2): calls(), ago(1): calls()})

    done(past, retention_days=1)

    assert [day for day, rows in past.rows.items() if rows] == [ago(1)]


def test_no_batch_is_larger_than_the_service_takes() -> None:
    past = Past({ago(91): calls(2_350)})

    done(past)

    assert max(past.batches) == 100
    assert sum(past.batches) == 2_350


def test_it_stops_before_the_platform_stops_it_and_says_so() -> None:
    past = Past({ago(91): calls(2_500)}, cost=30.0)

    facts = done(past)

    assert facts == {"closed": 0, "deleted": 800, "days": 0, "complete": False, "ms": 240_000}


def test_what_was_cut_is_finished_by_the_next_runs() -> None:
    past = Past({ago(91): calls(1_000), ago(3): calls(1_000), ago(2): calls(10)}, cost=30.0)

    runs = [done(past) for _ in range(4)]

    assert [run["complete"] for run in runs] == [False, False, True, True]
    assert [sum(int(str(run[what])) for run in runs) for what in ("closed", "deleted", "days")] == [1_010, 1_000, 1]
    assert past.mark == ago(2)


def test_a_day_that_was_cut_is_not_marked_as_closed() -> None:
    past = Past({ago(2): calls(1_000)}, cost=30.0)

    done(past)

    assert past.mark is None


def test_a_storage_that_is_away_is_one_event_and_no_exception() -> None:
    def fail() -> None:
        raise StorageUnavailable("ServiceRequestError")

    past = Past({ago(2): calls()}, before_change=fail)

    events = tidy(past)

    assert events == [
        ("storage.away", {"table": "calls", "step": "tidy", "why": "ServiceRequestError"}),
        ("tidy.done", {"closed": 0, "deleted": 0, "days": 0, "complete": False, "ms": 6_000}),
    ]
    assert past.mark is None


def test_a_batch_that_the_service_is_too_busy_for_is_sent_again() -> None:
    answers = iter([StorageUnavailable("HttpResponseError 503"), StorageUnavailable("HttpResponseError 503")])

    def fail_twice() -> None:
        for fault in answers:
            raise fault

    past = Past({ago(91): calls(150)}, before_change=fail_twice)

    facts = done(past)

    assert (facts["deleted"], facts["complete"], past.batches) == (150, True, [100, 100, 100, 50])


def test_nothing_to_do_is_said_too() -> None:
    assert done(Past({})) == {"closed": 0, "deleted": 0, "days": 0, "complete": True, "ms": 0}
