"""Mistakes of whole tables: columns that nobody reads, lists that nobody rings, and what may have been meant."""

from typing import Any

import pytest

from shared.core.directory import reader
from shared.core.directory.model import Problem, Severity
from tests.support.tables import ANNA, BO, BOT, LINE, SECOND_LINE, route, target

NUMBERS = [f"+43123456{number:02}" for number in range(30)]


def problems(
    targets: list[dict[str, Any]], routes: list[dict[str, Any]], holidays: list[dict[str, Any]] | None = None
) -> tuple[Problem, ...]:
    return reader.read_directory(targets, routes, BOT, holidays or []).problems


def test_a_column_that_nobody_reads_is_said_once_with_what_may_have_been_meant() -> None:
    found = problems([target(ANNA, Enabeld="no"), target(BO, Enabeld="yes"), target(LINE, Floor=3)], [])

    assert found == (
        Problem(
            Severity.WARNING,
            "targets",
            f"default/{ANNA}",
            "Enabeld",
            "unknown column 'Enabeld', ignored (so in 2 rows); did you mean Enabled?",
        ),
        Problem(Severity.WARNING, "targets", f"default/{LINE}", "Floor", "unknown column 'Floor', ignored"),
    )


@pytest.mark.parametrize("column", ["Timestamp", "ETag", "etag", "Name@type", "odata.etag", "ENABLED", "note"])
def test_a_column_of_the_tables_own_or_in_other_letters_is_none(column: str) -> None:
    assert problems([target(ANNA, **{column: "yes"})], []) == ()


def test_a_column_in_its_own_letters_comes_before_one_in_others() -> None:
    directory = reader.read_directory([target(ANNA, Order=3, order=2), target(BO, ORDER=1)], [], BOT)

    assert [one.order for one in directory.lists["default"]] == [1, 3]


def test_every_table_has_columns_of_its_own() -> None:
    found = problems(
        [target(ANNA)], [route(Rign="default")], [{"PartitionKey": "default", "RowKey": "12-25", "Nmae": "Christmas"}]
    )

    assert [(one.table, one.column, one.message.rpartition("; ")[2]) for one in found] == [
        ("holidays", "Nmae", "did you mean Name?"),
        ("routes", "Rign", "did you mean Ring?"),
    ]


def test_errors_come_before_warnings() -> None:
    found = problems([target(ANNA, Enabeld="no"), target("0664123456")], [])

    assert [one.level for one in found] == [Severity.ERROR, Severity.WARNING]


@pytest.mark.parametrize("column", ["Ring", "Closed", "Empty"])
def test_a_list_that_a_route_names_is_no_mistake(column: str) -> None:
    row = route(Hours="24/7", Closed="default") | {column: "sales"}

    assert problems([target(ANNA), target(BO, "sales")], [row]) == ()


@pytest.mark.parametrize(
    "routes",
    [
        pytest.param([], id="without-routes"),
        pytest.param([route()], id="with-others"),
        pytest.param([route("x", Ring="sales")], id="named-by-a-bad-row"),
    ],
)
def test_a_list_that_no_route_rings(routes: list[dict[str, Any]]) -> None:
    found = problems([target(ANNA), target(BO, "sales")], routes)

    assert Problem(Severity.WARNING, "targets", "sales", "PartitionKey", "no route rings this list") in found


def test_no_list_can_have_the_name_that_turns_callers_away() -> None:
    message = "reject turns callers away, and cannot name a list: rename it"

    assert problems([target(ANNA, "Reject")], []) == (
        Problem(Severity.ERROR, "targets", "reject", "PartitionKey", message),
    )


def test_more_than_25_name_those_who_do_not_ring() -> None:
    targets = [target(number) for number in NUMBERS[:28]] + [target(NUMBERS[28], Enabled="no")]

    assert problems(targets, []) == (
        Problem(
            Severity.WARNING,
            "targets",
            "default",
            "Order",
            f"rings at most 25; not rung: {NUMBERS[25]}, {NUMBERS[26]} and 1 more (raise the Order of others instead)",
        ),
    )
    assert problems(targets[:25], []) == ()
    assert f"not rung: {NUMBERS[25]} (" in problems(targets[:26], [])[0].message


@pytest.mark.parametrize("pick", ["first", "random"])
def test_more_than_25_of_whom_one_is_picked_are_no_mistake(pick: str) -> None:
    targets = [target(ANNA), *(target(number, "sales") for number in NUMBERS)]

    assert problems(targets, [route(Ring="sales", Pick=pick)]) == ()
    assert len(problems(targets, [route(Ring="sales", Pick=pick), route(LINE, Ring="sales")])) == 1


def test_a_line_that_is_routed_here_would_bring_the_call_back() -> None:
    targets = [target(ANNA), target(LINE, Kind="applicationInstance"), target(SECOND_LINE, "sales")]

    found = problems(targets, [route(LINE, Ring="sales"), route(SECOND_LINE, Enabled="no")])

    message = "a line that is routed here: the call would come back for ever; not rung"
    assert found == (
        Problem(Severity.ERROR, "targets", f"default/{LINE}", "RowKey", message),
        Problem(Severity.ERROR, "targets", f"sales/{SECOND_LINE}", "RowKey", message),
        Problem(Severity.ERROR, "targets", "sales", "Enabled", "nobody in this list can ring"),
    )


def test_after_fifty_suggestions_there_are_no_more() -> None:
    routes = [route(caller=number, Ring="defualt") for number in NUMBERS + [f"{number}0" for number in NUMBERS]]

    meant = [one.message for one in problems([target(ANNA)], routes)]

    assert meant == ["no such list: 'defualt'; did you mean default?"] * 50 + ["no such list: 'defualt'"] * 10


def test_after_fifty_suggestions_a_zone_gets_an_example() -> None:
    routes = [route(caller=number, TimeZone="new york") for number in NUMBERS + [f"{number}0" for number in NUMBERS]]

    meant = [one.message.split("; ")[1] for one in problems([target(ANNA)], routes)]

    assert (
        meant == ["did you mean America/New_York? UTC is used"] * 50 + ["did you mean Europe/Vienna? UTC is used"] * 10
    )
