"""Hours, lists, places and picks of a route, as people write them."""

from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.core.directory import reader
from shared.core.directory.model import Directory, Pick, Problem, Route, Severity
from shared.core.directory.reader import RouteDefaults
from shared.core.schedule import hours_hints
from tests.support.tables import ANNA, BO, BOT, LINE, SECOND_LINE, route, target

VIENNA = ZoneInfo("Europe/Vienna")
ZONE = RouteDefaults(VIENNA, "AT")
WEEKDAYS = "Mo-Fr 08:00-17:00"


def of(*made: dict[str, Any], defaults: RouteDefaults | None = None) -> Directory:
    named = route("any", "+999", Ring="night", Enabled=False)
    return reader.read_directory(
        [target(ANNA), target(BO, "night")], [*made, named], BOT, defaults=defaults or RouteDefaults()
    )


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param(
            route(Hours=WEEKDAYS, Closed=" Night "), Route(hours=WEEKDAYS, closed="night"), id="hours-and-closed"
        ),
        pytest.param(route(Hours=WEEKDAYS, Closed="REJECT"), Route(hours=WEEKDAYS, closed="reject"), id="reject"),
        pytest.param(route(TimeZone="europe/vienna"), Route(zone=VIENNA), id="a-zone"),
        pytest.param(route(Country="at"), Route(country="AT"), id="a-country-in-small-letters"),
        pytest.param(route(Pick="First"), Route(pick=Pick.FIRST), id="the-first"),
        pytest.param(route(Pick="random"), Route(pick=Pick.RANDOM), id="one-by-chance"),
        pytest.param(route(Pick=""), Route(), id="all"),
    ],
)
def test_a_good_row_is_a_route_and_no_problem(row: dict[str, Any], expected: Route) -> None:
    directory = of(row)

    assert directory.routes == {("any", "any"): expected}
    assert directory.problems == ()


def test_what_a_route_does_not_say_the_settings_say() -> None:
    directory = of(route(), route(LINE, TimeZone="UTC", Country="DE"), defaults=ZONE)

    assert directory.routes["any", "any"] == directory.default_route == Route(zone=VIENNA, country="AT")
    assert directory.routes[LINE, "any"] == Route(line=LINE, zone=UTC, country="DE")


@pytest.mark.parametrize(
    ("row", "expected", "column", "message"),
    [
        pytest.param(
            route(TimeZone="Europe/Wienna"),
            Route(),
            "TimeZone",
            "no such time zone: 'Europe/Wienna'; did you mean Europe/Vienna? UTC is used",
            id="a-zone",
        ),
        pytest.param(
            route(TimeZone="GMT+1"),
            Route(),
            "TimeZone",
            "no such time zone: 'GMT+1' (an offset such as GMT+1 has no daylight saving; write a city: Europe/Vienna) "
            "UTC is used",
            id="an-offset",
        ),
        pytest.param(
            route(Country="Austria"),
            Route(),
            "Country",
            "no such country: 'Austria'; write two letters, as AT; public holidays are not known",
            id="a-country",
        ),
        pytest.param(
            route(Pick="randm"),
            Route(),
            "Pick",
            "one of all, first, random; taken as all; did you mean random?",
            id="a-pick",
        ),
        pytest.param(
            route(Hours="sometimes", Closed="night"),
            Route(hours="sometimes", closed="night"),
            "Hours",
            f"not like `Mo-Fr 08:00-17:00` (at 'sometimes': {hours_hints.WORDS}); ignored, always on",
            id="hours",
        ),
        pytest.param(
            route(Hours=WEEKDAYS, Closed="nihgt"),
            Route(hours=WEEKDAYS, closed="nihgt"),
            "Closed",
            "no such list: 'nihgt'; did you mean night?",
            id="a-closed-list",
        ),
    ],
)
def test_an_error_answers_back_and_the_default_is_used(
    row: dict[str, Any], expected: Route, column: str, message: str
) -> None:
    directory = of(row)

    assert directory.problems == (Problem(Severity.ERROR, "routes", "any/any", column, message),)
    assert directory.routes == {("any", "any"): expected}


def test_an_unknown_place_leaves_the_settings_in_force() -> None:
    directory = of(route(TimeZone="Mars", Country="XX"), defaults=ZONE)

    assert directory.routes["any", "any"] == Route(zone=VIENNA, country="AT")
    assert [one.message.rpartition("? " if one.column == "TimeZone" else "; ")[2] for one in directory.problems] == [
        "Europe/Vienna is used",
        "AT is used",
    ]


@pytest.mark.parametrize(
    ("row", "column", "message"),
    [
        pytest.param(
            route(Hours=WEEKDAYS), "Closed", "Hours without Closed: outside them the Empty list rings", id="no-closed"
        ),
        pytest.param(
            route(Closed="night"), "Closed", "Closed without Hours rings only while the line is away", id="no-hours"
        ),
        pytest.param(
            route(Hours=f"PH off; {WEEKDAYS}", Closed="night", Country="AT"),
            "Hours",
            "PH off is not the last rule: a later one wins over it",
            id="ph-off-not-last",
        ),
        pytest.param(
            route(Hours=f"{WEEKDAYS}; PH off", Closed="night"),
            "Hours",
            "public holidays (PH) are not known here: set a Country such as AT",
            id="ph-without-a-country",
        ),
    ],
)
def test_what_surprises_is_a_warning(row: dict[str, Any], column: str, message: str) -> None:
    assert of(row).problems == (Problem(Severity.WARNING, "routes", "any/any", column, message),)


def test_of_two_rows_for_the_same_calls_the_first_counts() -> None:
    directory = of(route("any", "+43 1", Ring="night"), route("ANY", "+431", Ring="reject"))

    assert directory.routes["any", "+431"].ring == "night"
    message = "the same line and caller as 'any/+43 1', which counts; this row is ignored"
    assert directory.problems == (Problem(Severity.WARNING, "routes", "ANY/+431", "RowKey", message),)


@pytest.mark.parametrize("key", ["+43 1", "00431", "tel:+43-1", "4:+431", "sip:+431"])
def test_a_caller_is_read_as_the_number_of_a_call_is(key: str) -> None:
    directory = of(route("any", key, Ring="reject"))

    assert set(directory.routes) == {("any", "+431")}
    assert directory.problems == ()


@pytest.mark.parametrize("key", ["0664", "431", "00", "tel:", "restricted"])
def test_a_caller_that_would_be_a_guess_is_an_error(key: str) -> None:
    directory = of(route("any", key, Ring="reject"))

    assert (dict(directory.routes), [problem.column for problem in directory.problems]) == ({}, ["RowKey"])


def test_the_line_of_a_disabled_route_comes_here_too() -> None:
    assert of(route(LINE), route(SECOND_LINE, Enabled=False)).lines == {LINE, SECOND_LINE}


def test_what_lists_a_route_may_ring() -> None:
    assert Route(ring="sales", closed="night").lists == ("sales", "night", "default")
    assert Route(ring="sales", closed="night", hours="24/7").lists == ("sales", "night", "default")
    assert Route(hours="24/7").lists == ("default",)


def test_a_zone_without_daylight_saving_counts_and_is_warned_of() -> None:
    directory = of(route(TimeZone="EST"))

    assert str(directory.routes["any", "any"].zone) == "EST"
    assert [problem.column for problem in directory.problems] == ["TimeZone"]
