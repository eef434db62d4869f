"""`problems` in a real table: written, kept, replaced, removed, also by two instances at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.data.tables import TableServiceClient

from local.azurite import Azurite
from shared.adapters.probes import TableProbe
from shared.adapters.tables.problems_table import ProblemsTable
from shared.core.budgets import Budgets
from shared.core.directory.model import Directory, Problem, Severity, Target, TargetKind
from shared.core.errors import StorageUnavailable
from shared.core.health import TableAccess
from shared.core.routing.decide import LastResort
from shared.upkeep.problem_list import ProblemList
from tests.support.clock import MovableClock
from tests.support.scripted import Heard
from tests.support.tables import ANNA, BOT

THEN = datetime(2026, 11, 20, 8, tzinfo=UTC)
WRONG = Problem(Severity.ERROR, "targets", "default/0664/1#?\\%\x07ü", "RowKey", "must start with +")
SHORT = Problem(Severity.WARNING, "routes", "any/any", "Timeout", "15 to 90")
RINGS = LastResort(BOT, (Target(TargetKind.USER, ANNA),))  # who leaves no gap that would be a problem too


@pytest.fixture
def tables(server: Azurite) -> Iterator[TableServiceClient]:
    with TableServiceClient.from_connection_string(server.connection_string) as tables:
        tables.delete_table("problems")
        yield tables


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(THEN)


def written(tables: TableServiceClient, clock: MovableClock, *problems: Problem) -> list[tuple[str, str, datetime]]:
    ProblemList(ProblemsTable(tables, Budgets()), clock, Heard(), RINGS).write(Directory(problems=problems))
    rows = tables.get_table_client("problems").list_entities()
    return [(row["PartitionKey"], row["Level"], row["Since"]) for row in rows]


def test_problems_are_written_and_those_that_stay_keep_their_since(
    tables: TableServiceClient, clock: MovableClock
) -> None:
    first = written(tables, clock, WRONG)
    clock.advance(3600)

    second = written(tables, clock, WRONG, SHORT)

    assert first == [("targets", "error", THEN)]
    assert second == [("routes", "warning", THEN + timedelta(hours=1)), ("targets", "error", THEN)]


def test_what_is_mended_goes_and_what_reads_otherwise_is_replaced(
    tables: TableServiceClient, clock: MovableClock
) -> None:
    written(tables, clock, WRONG, SHORT)
    clock.advance(3600)

    left = written(tables, clock, Problem(Severity.WARNING, "targets", WRONG.row, "RowKey", "else"))

    assert left == [("targets", "warning", THEN + timedelta(hours=1))]
    assert written(tables, clock) == []


def test_a_row_that_people_spoiled_is_written_anew(tables: TableServiceClient, clock: MovableClock) -> None:
    written(tables, clock, SHORT)
    table = tables.get_table_client("problems")
    (row,) = table.list_entities()
    table.upsert_entity({"PartitionKey": row["PartitionKey"], "RowKey": row["RowKey"], "Level": 7, "Since": "long ago"})

    assert written(tables, clock, SHORT) == [("routes", "warning", THEN)]


def test_two_instances_at_once_write_each_problem_once(tables: TableServiceClient, clock: MovableClock) -> None:
    many = [Problem(Severity.ERROR, "targets", f"default/{number}", "RowKey", "wrong") for number in range(20)]

    with ThreadPoolExecutor(2) as pool:
        for _ in pool.map(lambda _: written(tables, clock, *many), range(2)):
            pass

    assert len(written(tables, clock, *many)) == 20
    with ThreadPoolExecutor(2) as pool:
        assert [list(rows) for rows in pool.map(lambda _: written(tables, clock), range(2))][-1] == []


def test_what_another_instance_was_faster_with_stays_as_it_is(tables: TableServiceClient, clock: MovableClock) -> None:
    written(tables, clock, SHORT)
    problems = ProblemsTable(tables, Budgets())
    (seen,) = problems.read()
    written(tables, clock, Problem(Severity.WARNING, "routes", "any/any", "Timeout", "of the other"))

    problems.insert(seen.row)
    problems.replace(seen.row, seen.etag)
    problems.remove(seen.row.key, seen.etag)

    (row,) = tables.get_table_client("problems").list_entities()
    assert row["Message"] == "of the other"


def test_a_storage_that_is_away_is_told_and_raises_nothing(clock: MovableClock) -> None:
    events = Heard()
    gone = TableServiceClient("http://127.0.0.1:9/devstoreaccount1", credential=_named(), retry_total=0)

    ProblemList(ProblemsTable(gone, Budgets(connect=0.2)), clock, events, RINGS).write(Directory(problems=(SHORT,)))

    assert (events.names, events.one("storage.away")["table"]) == (["storage.away"], "problems")


def test_rights_are_asked_without_changing_a_row(tables: TableServiceClient) -> None:
    rights = TableProbe(tables)
    tables.create_table_if_not_exists("problems")

    may = rights.may_read("problems", 3), rights.may_write("problems", 3), rights.may_read("holidays", 3)

    assert may == (TableAccess.GRANTED, TableAccess.GRANTED, TableAccess.NO_TABLE)
    assert list(tables.get_table_client("problems").list_entities()) == []


def test_a_key_that_the_account_does_not_know_is_denied(tables: TableServiceClient) -> None:
    rights = TableProbe(TableServiceClient(tables.url, credential=_named(), retry_total=0))

    assert (rights.may_read("targets", 3), rights.may_write("calls", 3)) == (TableAccess.DENIED, TableAccess.DENIED)


def test_an_account_that_does_not_answer_is_away() -> None:
    rights = TableProbe(TableServiceClient("http://127.0.0.1:9/devstoreaccount1", credential=_named(), retry_total=0))

    for ask in (rights.may_read, rights.may_write):
        with pytest.raises(StorageUnavailable):
            ask("targets", 1)


def _named() -> Any:
    known = TableServiceClient.from_connection_string("UseDevelopmentStorage=true").credential
    return type(known)("devstoreaccount1", "bm90IHRoZSBrZXk=")  # type: ignore[call-arg]  # a name and another key
