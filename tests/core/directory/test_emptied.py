"""Which tables are suddenly empty, and what counts meanwhile."""

from dataclasses import fields, replace
from datetime import UTC, date

import pytest

from shared.core.directory.emptied import emptied_tables, keep
from shared.core.directory.model import Directory, Problem, Route, Severity, Target, TargetKind, snapshot
from shared.core.directory.roster import Roster
from shared.core.schedule.holidays import Holidays
from shared.core.schedule.rota import intervals
from tests.support.tables import ANNA, LINE

LISTS = {"default": (Target(TargetKind.USER, ANNA),)}
ROUTES = {("any", "any"): Route()}
HOLIDAYS = Holidays(frozenset({date(2026, 12, 24)}))
MISTAKE = Problem(Severity.WARNING, "targets", "default/x", "Name", "unknown column")
AWAY = Roster(people={UTC: {ANNA: intervals([], UTC)}})
BEFORE = snapshot(
    LISTS,
    ROUTES,
    [MISTAKE],
    lines=[LINE],
    holidays=HOLIDAYS,
    default_route=Route(country="AT"),
    protected=[LINE],
    names={LINE: "Sales"},
    roster=AWAY,
)
EMPTY = snapshot({}, {}, default_route=BEFORE.default_route)


@pytest.mark.parametrize(
    ("read", "before", "emptied"),
    [
        pytest.param(BEFORE, BEFORE, (), id="as-before"),
        pytest.param(EMPTY, BEFORE, ("targets", "routes", "holidays"), id="all-of-them"),
        pytest.param(snapshot(LISTS, ROUTES), BEFORE, ("holidays",), id="one"),
        pytest.param(replace(EMPTY, has_routes_off=True), BEFORE, ("targets", "holidays"), id="routes-switched-off"),
        pytest.param(EMPTY, EMPTY, (), id="never-anything"),
        pytest.param(BEFORE, EMPTY, (), id="filled"),
    ],
)
def test_a_table_is_emptied_where_it_held_something(
    read: Directory, before: Directory, emptied: tuple[str, ...]
) -> None:
    assert emptied_tables(read, before) == emptied


def test_what_is_kept_of_all_tables_is_what_was_there_with_a_notice_for_each() -> None:
    kept = keep(emptied_tables(EMPTY, BEFORE), EMPTY, BEFORE)
    again = keep(emptied_tables(EMPTY, kept), EMPTY, kept)

    # Each part of a directory stands in this test, so that a new one cannot be forgotten.
    plain = Directory()
    same = [one.name for one in fields(Directory) if getattr(BEFORE, one.name) == getattr(plain, one.name)]
    assert same == ["has_routes_off"]
    assert replace(kept, problems=BEFORE.problems) == BEFORE
    assert [problem.table for problem in kept.problems] == ["targets", "routes", "holidays", "targets"]
    assert again == kept


@pytest.mark.parametrize(("table", "roster"), [("targets", AWAY), ("routes", AWAY), ("holidays", EMPTY.roster)])
def test_who_is_away_comes_with_the_tables_that_name_them(table: str, roster: Roster) -> None:
    assert keep([table], EMPTY, BEFORE).roster == roster
