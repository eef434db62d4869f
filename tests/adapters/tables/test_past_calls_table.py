"""Tidying up against a table server: many rows, two at once, a cut in the middle."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import batched
from typing import Any

import pytest
from azure.data.tables import TableClient, TableServiceClient, UpdateMode

from local.azurite import Azurite
from shared.adapters.http_session import http_session
from shared.adapters.tables.client import table_service
from shared.adapters.tables.past_calls_table import PastCallsTable
from shared.adapters.tls import tls_context
from shared.core.budgets import Budgets
from shared.core.errors import StorageUnavailable
from shared.core.ids import CallId
from shared.core.record.line_counts import PastCall
from shared.core.record.record import CallKey
from shared.core.record.retention import UnendedCall
from shared.upkeep.cleanup import Cleanup
from tests.support.clock import NOON, MovableClock
from tests.support.nowhere import STORAGE_NOWHERE

pytestmark = pytest.mark.slow

TODAY = NOON.date()
OLD = date(2026, 8, 1)
OVER = date(2026, 11, 20)
MANY = 2_500


@pytest.fixture
def tables(server: Azurite) -> Iterator[TableServiceClient]:
    """Begin with an empty `calls` and no `state`."""
    with table_service(http_session(tls_context()), connection_string=server.connection_string) as tables:
        for name in ("calls", "state"):
            tables.delete_table(name)
        tables.create_table("calls")
        yield tables


class TickingClock(MovableClock):
    """Goes on a little each time that it is looked at."""

    def __init__(self, step: float) -> None:
        super().__init__()
        self._step = step

    def monotonic(self) -> float:
        self.advance(self._step)
        return super().monotonic()


@dataclass
class Run:
    past: PastCallsTable
    step: float = 0.0
    events: list[tuple[str, dict[str, object]]] = field(default_factory=list)

    def tidy(self) -> dict[str, object]:
        Cleanup(self.past, TickingClock(self.step), self._event, 90, lambda _: None).run()
        name, facts = self.events[-1]
        assert name == "tidy.done"
        return facts

    def _event(self, name: str, /, **facts: object) -> None:
        self.events.append((name, facts))


def past_of(tables: TableServiceClient) -> PastCallsTable:
    return PastCallsTable(tables, Budgets())


def fill(tables: TableServiceClient, day: date, many: int, **columns: Any) -> TableClient:
    calls = tables.get_table_client("calls")
    row = {"PartitionKey": day.isoformat(), "State": "redirected", "Caller": "8d1e6ab6-26c5-4e22-a1bc-06ea7343958e"}
    for numbers in batched(range(many), 100, strict=False):
        calls.submit_transaction([("create", row | columns | {"RowKey": f"call-{n:05}"}) for n in numbers])
    return calls


def rows(tables: TableServiceClient, day: date) -> list[dict[str, Any]]:
    found = tables.get_table_client("calls").query_entities("PartitionKey eq @day", parameters={"day": day.isoformat()})
    return [dict(row) for row in found]


def test_a_large_day_that_was_cut_is_finished_by_two_at_once(tables: TableServiceClient) -> None:
    fill(tables, OLD, MANY)
    fill(tables, TODAY - timedelta(days=90), 3, State="done")
    fill(tables, TODAY, 3)

    pages = [len(page) for page in past_of(tables).keys(OLD)]
    cut = Run(past_of(tables), step=20).tidy()
    left = len(rows(tables, OLD))
    others = in_parallel([Run(past_of(tables)), Run(past_of(tables))])

    assert pages == [1_000, 1_000, 500]
    assert (cut["complete"], cut["deleted"], cut["days"]) == (False, MANY - left, 0)
    assert 0 < left < MANY
    assert {run["complete"] for run in others} == {True}
    assert sum(int(str(run["deleted"])) for run in others) == left
    assert [len(rows(tables, day)) for day in (OLD, TODAY - timedelta(days=90), TODAY)] == [0, 3, 3]


def test_two_at_once_close_a_day_together(tables: TableServiceClient) -> None:
    fill(tables, OVER, 500)

    runs = in_parallel([Run(past_of(tables)), Run(past_of(tables))])

    assert {(row["State"], row["Outcome"]) for row in rows(tables, OVER)} == {("done", "unknown")}
    assert sum(int(str(run["closed"])) for run in runs) == 500
    assert past_of(tables).closed_until() == OVER


def test_closing_keeps_all_other_columns(tables: TableServiceClient) -> None:
    fill(tables, OVER, 1, Note="a column of nobody's", Attempts=2)

    Run(past_of(tables)).tidy()

    assert rows(tables, OVER) == [
        {
            "PartitionKey": OVER.isoformat(),
            "RowKey": "call-00000",
            "State": "done",
            "Outcome": "unknown",
            "Caller": "8d1e6ab6-26c5-4e22-a1bc-06ea7343958e",
            "Note": "a column of nobody's",
            "Attempts": 2,
        }
    ]


def test_a_row_without_a_state_is_closed_too(tables: TableServiceClient) -> None:
    calls = tables.get_table_client("calls")
    calls.create_entity({"PartitionKey": OVER.isoformat(), "RowKey": "by-hand"})

    Run(past_of(tables)).tidy()

    assert calls.get_entity(OVER.isoformat(), "by-hand")["State"] == "done"


def test_an_end_that_comes_at_the_same_moment_wins(tables: TableServiceClient) -> None:
    calls = fill(tables, OVER, 3)
    past = past_of(tables)
    (page,) = past.never_ended(OVER)

    ended = {"PartitionKey": OVER.isoformat(), "RowKey": "call-00001", "State": "done", "Outcome": "answered"}
    calls.update_entity(ended, UpdateMode.MERGE)
    closed = past.close(page)

    assert closed == 2
    assert [row["Outcome"] for row in rows(tables, OVER)] == ["unknown", "answered", "unknown"]


def test_a_row_that_only_moved_on_is_looked_at_again(tables: TableServiceClient) -> None:
    calls = fill(tables, OVER, 2)
    past = past_of(tables)
    (page,) = past.never_ended(OVER)

    moved = {"PartitionKey": OVER.isoformat(), "RowKey": "call-00001", "State": "failed", "Outcome": "late"}
    calls.update_entity(moved, UpdateMode.MERGE)

    assert past.close(page) == 2
    assert [row["Outcome"] for row in rows(tables, OVER)] == ["unknown", "late"]


def test_closing_brings_no_deleted_row_back(tables: TableServiceClient) -> None:
    calls = fill(tables, OVER, 3)
    past = past_of(tables)
    (page,) = past.never_ended(OVER)

    calls.delete_entity(OVER.isoformat(), "call-00001")

    assert past.close(page) == 2
    assert [row["RowKey"] for row in rows(tables, OVER)] == ["call-00000", "call-00002"]


def test_rows_that_another_deleted_first_keep_no_other_from_going(tables: TableServiceClient) -> None:
    calls = fill(tables, OLD, 4)
    past = past_of(tables)
    (keys,) = past.keys(OLD)

    calls.delete_entity(OLD.isoformat(), "call-00002")

    assert past.delete(OLD, keys) == 3
    assert rows(tables, OLD) == []


def test_days_are_found_one_by_one_and_partitions_that_are_no_days_are_passed_over(tables: TableServiceClient) -> None:
    days = [OLD, OLD + timedelta(days=1), OVER, TODAY]
    for day in days:
        fill(tables, day, 1)
    for partition in ("2026-08-01b", "20260802", "2026-W40-1", "zzz", "' or PartitionKey ge '"):
        tables.get_table_client("calls").create_entity({"PartitionKey": partition, "RowKey": "1"})

    found = list(past_of(tables).days(date.min, date.max))

    assert found == days
    assert list(past_of(tables).days(OLD, OVER)) == days[1:3]


def test_row_keys_that_need_quoting_are_deleted_as_well(tables: TableServiceClient) -> None:
    calls = tables.get_table_client("calls")
    for key in ("o'clock", "a b", "50%", "' or RowKey ge '", "ü", f"{uuid.uuid4()}"):
        calls.create_entity({"PartitionKey": OLD.isoformat(), "RowKey": key})

    assert Run(past_of(tables)).tidy()["deleted"] == 6
    assert rows(tables, OLD) == []


def test_where_no_table_was_made_yet_there_is_nothing_to_do(tables: TableServiceClient) -> None:
    tables.delete_table("calls")

    assert Run(past_of(tables)).tidy()["complete"] is True


def test_the_mark_is_kept_in_a_table_that_is_made_for_it(tables: TableServiceClient) -> None:
    past = past_of(tables)

    before = past.closed_until()
    past.note_closed(OVER)

    assert (before, past_of(tables).closed_until()) == (None, OVER)


def test_a_mark_that_is_no_day_counts_as_none(tables: TableServiceClient) -> None:
    tables.create_table("state").create_entity({"PartitionKey": "tidy", "RowKey": "closed", "Day": "yesterday"})

    assert past_of(tables).closed_until() is None


def test_a_storage_that_cannot_be_reached_is_away() -> None:
    closed = STORAGE_NOWHERE
    past = past_of(table_service(http_session(tls_context()), connection_string=closed))

    for step in (
        lambda: list(past.days(OLD, OVER)),
        lambda: list(past.never_ended(OVER)),
        lambda: past.close([UnendedCall(CallKey(OVER, CallId("call")), None, 'W/"1"')]),
        lambda: past.delete(OLD, ["call"]),
        past.closed_until,
        lambda: past.note_closed(OVER),
    ):
        with pytest.raises(StorageUnavailable):
            step()


def in_parallel(runs: list[Run]) -> list[dict[str, object]]:
    with ThreadPoolExecutor(len(runs)) as threads:
        return list(threads.map(Run.tidy, runs))


def test_calls_since_a_moment_are_those_that_came_or_ended_since(tables: TableServiceClient) -> None:
    calls, past = tables.get_table_client("calls"), past_of(tables)
    now = datetime(2026, 1, 6, 9, tzinfo=UTC)
    since = now - timedelta(days=1)
    for key, facts in {
        "long-before": {"ReceivedAt": since - timedelta(hours=2), "EndedAt": since - timedelta(hours=1)},
        "before": {"ReceivedAt": since - timedelta(hours=1), "EndedAt": since + timedelta(hours=1)},
        "just": {"ReceivedAt": since},
        "never-seen": {"EndedAt": now},
        "without-a-time": {},
    }.items():
        day = "2026-01-06" if key == "never-seen" else "2026-01-05"
        calls.create_entity({"PartitionKey": day, "RowKey": key, "Called": key, "Outcome": "busy", **facts})

    found = {call.line for page in past.since(since, now) for call in page}

    assert found == {"before", "just", "never-seen"}


def test_a_days_calls_are_given_as_a_digest_counts_them(tables: TableServiceClient) -> None:
    calls, past = tables.get_table_client("calls"), PastCallsTable(tables, Budgets())
    came = datetime(2026, 1, 5, 12, tzinfo=UTC)
    calls.create_entity({"PartitionKey": "2026-01-05", "RowKey": "a", "ReceivedAt": came, "Outcome": "busy"})
    calls.create_entity(
        {"PartitionKey": "2026-01-05", "RowKey": "b", "Called": "x", "CalledName": "y", "EndedAt": came}
    )
    calls.create_entity({"PartitionKey": "2026-01-05", "RowKey": "c"})

    ((first, second, third),) = past.calls(date(2026, 1, 5))

    assert (first, second) == (PastCall(came, "", "", "busy"), PastCall(came, "x", "y", ""))
    assert third == PastCall(None, "", "", "")
