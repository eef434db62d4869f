"""Hours, From and Until of a target, as people write them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.core.directory import reader
from shared.core.directory.model import Directory, Problem, Severity, Target, TargetKind
from shared.core.directory.reader import RouteDefaults
from tests.support.tables import ANNA, BO, BOT, route, target

UNSHOWN = "cannot be shown as it is: without control characters, at most 256 others"
CHRISTMAS = datetime(2026, 12, 24)  # noqa: DTZ001 - on the wall clock of the route's zone
UNREADABLE = "is not like 2026-12-24 or 2026-12-24T08:00; ignored"
BY_A_SPREADSHEET = f"{UNREADABLE}; a spreadsheet writes a date its own way: format the column as text"
NO_COUNTRY = "public holidays (PH) are not known here: set a Country such as AT"


def of(*made: dict[str, Any], routes: list[dict[str, Any]] | None = None, country: str = "") -> Directory:
    return reader.read_directory(made, routes or [], BOT, defaults=RouteDefaults(UTC, country))


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        pytest.param({"Hours": " Mo-Fr  08:00-17:00 "}, {"hours": "Mo-Fr 08:00-17:00"}, id="hours"),
        pytest.param({"From": "2026-12-24"}, {"begins": CHRISTMAS}, id="from-a-day"),
        pytest.param({"until": "2026-12-23"}, {"ends": CHRISTMAS}, id="until-a-day-that-is-included"),
        pytest.param({"Until": "2026-12-24T00:00"}, {"ends": CHRISTMAS}, id="until-a-time-that-is-not"),
        pytest.param(
            {"From": datetime(2026, 12, 24, tzinfo=UTC)},
            {"begins": CHRISTMAS.replace(tzinfo=UTC)},
            id="an-edm-datetime",
        ),
        pytest.param(
            {"From": "24.12.2026", "Until": "24.12.2026"},
            {"begins": CHRISTMAS, "ends": CHRISTMAS.replace(day=25)},
            id="a-day-as-spreadsheets-show-it",
        ),
        pytest.param(
            {"From": "2026-12-24T00:00Z", "Until": "2026-12-20"},
            {"begins": CHRISTMAS.replace(tzinfo=UTC), "ends": CHRISTMAS.replace(day=21)},
            id="two-that-cannot-be-compared-without-a-zone",
        ),
    ],
)
def test_a_good_row_is_a_target_and_no_problem(columns: dict[str, Any], expected: dict[str, Any]) -> None:
    directory = of(target(ANNA, **columns))

    assert directory.lists["default"] == (Target(TargetKind.USER, ANNA, **expected),)
    assert directory.problems == ()


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        pytest.param({"From": "soon"}, (Severity.ERROR, "From", f"'soon' {UNREADABLE}"), id="from"),
        pytest.param(
            {"Until": "24/12/2026"}, (Severity.ERROR, "Until", f"'24/12/2026' {BY_A_SPREADSHEET}"), id="until"
        ),
        pytest.param(
            {"From": "12/24/2026 8:00"},
            (Severity.ERROR, "From", f"'12/24/2026 8:00' {BY_A_SPREADSHEET}"),
            id="a-moment-of-a-spreadsheet",
        ),
        pytest.param({"From": "46380"}, (Severity.ERROR, "From", f"'46380' {BY_A_SPREADSHEET}"), id="a-serial-number"),
        pytest.param(
            {"From": "2026-12-24", "Until": "2026-12-23"},
            (Severity.WARNING, "Until", "before From: never rings"),
            id="until-before-from",
        ),
        pytest.param({"Hours": "PH off"}, (Severity.WARNING, "Hours", NO_COUNTRY), id="holidays-of-no-country"),
        pytest.param({"Name": "An\0na"}, (Severity.WARNING, "Name", UNSHOWN), id="a-control-character"),
        pytest.param({"Name": "x" * 257}, (Severity.WARNING, "Name", UNSHOWN), id="a-page-of-a-name"),
        pytest.param({"Name": "Zoë \ud800"}, (Severity.WARNING, "Name", UNSHOWN), id="half-a-character"),
        pytest.param(
            {"Kind": "aplication"},
            (
                Severity.ERROR,
                "Kind",
                "one of user, application, applicationInstance; taken as user; did you mean application?",
            ),
            id="a-kind-that-is-none",
        ),
    ],
)
def test_a_mistake_answers_back_and_the_target_stays(
    columns: dict[str, Any], problem: tuple[Severity, str, str]
) -> None:
    level, column, message = problem

    directory = of(target(ANNA, **columns), target(BO))

    assert [one.id for one in directory.lists["default"]] == [ANNA, BO]
    assert directory.problems == (Problem(level, "targets", f"default/{ANNA}", column, message),)


def test_hours_that_cannot_be_read_are_an_error_of_each_row() -> None:
    directory = of(target(ANNA, Hours="Monday to Friday"), target(BO, Hours="Monday to Friday"))

    assert [(one.level, one.row, one.column) for one in directory.problems] == [
        (Severity.ERROR, f"default/{ANNA}", "Hours"),
        (Severity.ERROR, f"default/{BO}", "Hours"),
    ]
    assert directory.problems[0].message.startswith("not like `Mo-Fr 08:00-17:00` (at 'Monday to Friday'")


def test_the_companys_own_days_make_ph_known() -> None:
    days = [{"PartitionKey": "default", "RowKey": "12-25"}]

    assert (
        reader.read_directory(
            [target(ANNA, Hours="PH off")], [route(Hours="PH off", Closed="default")], BOT, days
        ).problems
        == ()
    )


@pytest.mark.parametrize(
    ("routes", "default", "messages"),
    [
        pytest.param([], "AT", [], id="the-default-country"),
        pytest.param([route(Country="AT")], "AT", [], id="a-route-with-a-country"),
        pytest.param([route(Country="AT"), route(caller="+43", Country="CZ")], "AT", [], id="each-with-a-country"),
        pytest.param([route(Country="AT")], "", [NO_COUNTRY], id="calls-without-a-route-have-none"),
        pytest.param([route(Ring="sales", Country="AT", Empty="sales")], "", [], id="a-list-of-that-route-alone"),
        pytest.param(
            [route(Ring="sales", Empty="sales", Country="AT"), route(caller="+43", Ring="sales")],
            "",
            [NO_COUNTRY],
            id="one-route-of-two-without",
        ),
    ],
)
def test_hours_are_judged_in_every_country_in_which_they_may_count(
    routes: list[dict[str, Any]], default: str, messages: list[str]
) -> None:
    name = "sales" if any("Ring" in row for row in routes) else "default"

    directory = of(target(ANNA, name, Hours="PH off"), routes=routes, country=default)

    assert [one.message for one in directory.problems] == messages


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        pytest.param("An\0na\x1b", "Anna", id="control-characters"),
        pytest.param("\x7f", "", id="nothing-else"),
        pytest.param("x" * 5000, "x" * 256, id="a-page"),
        pytest.param('Zoë "Z" \ud800', 'Zoë "Z"', id="half-a-character"),
    ],
)
def test_a_name_that_graph_could_not_show_is_made_one_that_it_can(said: str, shown: str) -> None:
    (anna,) = of(target(ANNA, Name=said)).lists["default"]

    assert anna.name == shown


def test_a_number_needs_no_kind_and_a_wrong_one_is_named() -> None:
    (error,) = of(target("+12345678901", Kind="robot")).problems

    assert (error.level, error.column) == (Severity.ERROR, "Kind")
    assert of(target("+12345678901", Kind="phone"), target("+12345678902", Kind="user")).problems == ()
