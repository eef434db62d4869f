"""What the app tells of who will be missing: a row for people, and an event that an alert waits for."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from shared.core.directory import reader
from shared.core.directory.problem_rows import ProblemKey, ProblemRow, StoredProblem
from shared.core.routing.decide import LastResort
from shared.upkeep.problem_list import ProblemList
from tests.support.clock import MovableClock
from tests.support.tables import ANNA, BOT, LINE, SECOND_LINE, absence, route, shift, target


class Table:
    """Keeps rows, as the table does."""

    def __init__(self) -> None:
        self.rows: dict[ProblemKey, ProblemRow] = {}

    def read(self) -> Iterable[StoredProblem]:
        return [StoredProblem(row, "1") for row in self.rows.values()]

    def insert(self, row: ProblemRow) -> None:
        self.rows[row.key] = row

    def replace(self, row: ProblemRow, etag: str) -> None:
        assert etag
        self.rows[row.key] = row

    def remove(self, key: ProblemKey, etag: str) -> None:
        assert etag
        del self.rows[key]


def test_a_gap_and_a_rota_that_ends_are_rows_and_events_until_they_are_mended() -> None:
    clock, table = MovableClock(datetime(2026, 12, 14, 9, tzinfo=UTC)), Table()
    said: list[dict[str, Any]] = []
    problems = ProblemList(table, clock, lambda name, /, **facts: said.append({"event": name} | facts), LastResort(BOT))
    routes = [
        route(LINE, Ring="oncall", Empty="oncall"),
        route(SECOND_LINE, Ring="none", Empty="none", Protected="yes"),
    ]
    people = [target(ANNA, "oncall", Name="Anna")]
    rows = {
        "shifts": [shift("oncall", "2026-12-07", "Anna")],
        "away": [absence("Anna", "2026-12-16", Until="2026-12-17")],
    }

    problems.write(reader.read_directory(people, routes, BOT, **rows))  # type: ignore[arg-type]  # the names are the tables'
    covered = [target(ANNA, "oncall", Name="Anna"), target(ANNA, "none")]
    problems.write(
        reader.read_directory(covered, routes, BOT, shifts=[*rows["shifts"], shift("oncall", "2027-03-01", "Anna")])
    )

    assert [one for one in said if one["event"].startswith("coverage.")] == [
        {
            "event": "coverage.gap",
            "line": SECOND_LINE,
            "protected": True,
            "hours": 0,
            "begins": datetime.fromisoformat("2026-12-14T09:00Z"),
            "ends": datetime.fromisoformat("2026-12-28T09:00Z"),
            "more": 0,
        },
        {
            "event": "coverage.gap",
            "line": LINE,
            "protected": False,
            "hours": 39,
            "begins": datetime.fromisoformat("2026-12-16T00:00Z"),
            "ends": datetime.fromisoformat("2026-12-18T00:00Z"),
            "more": 0,
        },
        {"event": "coverage.rota_ends", "list": "oncall", "last_handover": datetime.fromisoformat("2026-12-07T00:00Z")},
    ]
    assert [key for key in table.rows if key.table == "coverage"] == []


def test_a_gap_that_lasts_stays_one_row_with_the_time_since_when() -> None:
    clock, table = MovableClock(datetime(2026, 12, 14, 9, tzinfo=UTC)), Table()
    began = clock.now()
    problems = ProblemList(table, clock, lambda _, /, **__: None, LastResort(BOT))
    directory = reader.read_directory(
        [target(ANNA, "oncall", Enabled="no")], [route(LINE, Ring="oncall", Empty="oncall")], BOT
    )

    for _ in range(3):
        problems.write(directory)
        clock.advance(600)

    assert {row.since for row in table.rows.values()} == {began}
    assert "coverage" in {key.table for key in table.rows}
