"""What people write into `targets` and `routes`: good rows ring, and each mistake answers back."""

import math
import re
from typing import Any

import pytest
from azure.data.tables import EdmType, EntityProperty
from hypothesis import given
from hypothesis import strategies as st

from shared.core.directory import reader
from shared.core.directory.model import Directory, Problem, Route, Severity, Target, TargetKind
from shared.core.ids import AppId
from tests.support.tables import ANNA, BO, BOT, LINE, route, target

MOBILE = "+12345678901"


# A list that nothing names is a mistake of its own: these name two, and ring neither.
NAMES_SALES = route("any", "+999", Ring="sales", Enabled=False)
NAMES_NIGHT = route("any", "+998", Ring="night", Enabled=False)


def of_targets(*made: dict[str, Any]) -> Directory:
    return reader.read_directory(made, [NAMES_SALES, NAMES_NIGHT], BOT)


def of_routes(*made: dict[str, Any]) -> Directory:
    return reader.read_directory([target(ANNA), target(BO, "sales")], [*made, NAMES_SALES], BOT)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param(target(ANNA), Target(TargetKind.USER, ANNA), id="a-user-with-its-keys-alone"),
        pytest.param(target(f" {ANNA.upper()} "), Target(TargetKind.USER, ANNA), id="an-id-in-capitals-and-blanks"),
        pytest.param(target(MOBILE), Target(TargetKind.PHONE, MOBILE), id="a-number"),
        pytest.param(target("+1 (234) 567-8901"), Target(TargetKind.PHONE, MOBILE), id="a-number-with-separators"),
        pytest.param(target(ANNA, Kind="Application"), Target(TargetKind.APPLICATION, ANNA), id="an-application"),
        pytest.param(
            target(ANNA, Kind=" applicationinstance "),
            Target(TargetKind.APPLICATION_INSTANCE, ANNA),
            id="a-resource-account",
        ),
        pytest.param(target(MOBILE, Kind="user"), Target(TargetKind.PHONE, MOBILE), id="the-key-tells-a-number"),
        pytest.param(target(ANNA, Name="Anna  Berg"), Target(TargetKind.USER, ANNA, "Anna Berg"), id="a-name"),
        pytest.param(target(ANNA, Name=7), Target(TargetKind.USER, ANNA, "7"), id="a-name-that-was-cast"),
        pytest.param(target(ANNA, order="20"), Target(TargetKind.USER, ANNA, order=20), id="an-order-as-text"),
        pytest.param(
            target(ANNA, Order=EntityProperty(20, EdmType.INT64)), Target(TargetKind.USER, ANNA, order=20), id="int64"
        ),
        pytest.param(target(ANNA, Order=0), Target(TargetKind.USER, ANNA, order=0), id="an-order-of-zero"),
        pytest.param(target(ANNA, Enabled="yes"), Target(TargetKind.USER, ANNA), id="enabled-as-text"),
        pytest.param(target(ANNA, Enabled=""), Target(TargetKind.USER, ANNA), id="an-empty-enabled"),
    ],
)
def test_a_good_row_is_a_target_and_no_problem(row: dict[str, Any], expected: Target) -> None:
    directory = of_targets(row)

    assert directory.lists == {"default": (expected,)}
    assert directory.problems == ()


@pytest.mark.parametrize("no", [False, "false", "No", 0, "0", EntityProperty(0, EdmType.INT64)])
def test_a_disabled_target_stays_in_its_list(no: Any) -> None:
    directory = of_targets(target(ANNA, Enabled=no), target(BO))

    assert directory.lists["default"] == (Target(TargetKind.USER, ANNA, enabled=False), Target(TargetKind.USER, BO))
    assert directory.problems == ()


@pytest.mark.parametrize(
    ("key", "message"),
    [
        pytest.param(ANNA[:-1], "neither an object id (8-4-4-4-12 hex digits) nor a phone number", id="a-digit-short"),
        pytest.param("0664123456", "must start with + and the country code", id="no-country-code"),
        pytest.param("0664 / 12 34 56", "must start with + and the country code", id="no-country-code-and-separators"),
        pytest.param("+43 (0)664 123456", "remove the (0)", id="a-trunk-zero"),
        pytest.param("+43 (0664) 123456", "remove the (0)", id="a-trunk-zero-before-the-area-code"),
        pytest.param("anna@contoso.com", "az ad user show --id ADDRESS --query id -o tsv", id="an-address"),
        pytest.param(
            "436641234567", "a spreadsheet takes the + away: format the column as text", id="the-plus-is-gone"
        ),
        pytest.param("436 641 234 567", "a spreadsheet takes the + away", id="blanks-for-the-thousands"),
        pytest.param("436.641.234.567", "a spreadsheet takes the + away", id="dots-for-the-thousands"),
        pytest.param("436,641,234,567", "a spreadsheet takes the + away", id="commas-for-the-thousands"),
        pytest.param("436641234567.00", "a spreadsheet takes the + away", id="decimals"),
        pytest.param("4.36641E+11", "its last digits are lost: format the column as text", id="scientific"),
        pytest.param("4,36641E+11", "its last digits are lost", id="scientific-with-a-comma"),
        pytest.param("4e11", "its last digits are lost", id="scientific-and-short"),
        pytest.param("'+436641234567", "take away the apostrophe", id="an-apostrophe"),
        pytest.param("\u2019+436641234567", "take away the apostrophe", id="a-curly-apostrophe"),
        pytest.param('="+436641234567"', "write the number alone, and format the column as text", id="a-formula"),
        pytest.param("=+436641234567", "write the number alone, and format the column as text", id="a-sum"),
        pytest.param("########", "a spreadsheet saved ######## in place of the number", id="a-narrow-column"),
        pytest.param("#NAME?", "a spreadsheet saved #NAME? in place of the number", id="a-formula-that-fails"),
        pytest.param("\u202a436641234567\u202c", "a spreadsheet takes the + away", id="no-plus-and-not-seen"),
        pytest.param("+436641234567\ufe0e", "(holds U+FE0E VARIATION SELECTOR-15)", id="a-sign-that-is-not-seen"),
        pytest.param(
            f"\u202a{ANNA}\u202c",
            "(holds U+202A LEFT-TO-RIGHT EMBEDDING, U+202C POP DIRECTIONAL FORMATTING)",
            id="an-id-between-signs-that-are-not-seen",
        ),
        pytest.param(ANNA.replace("-", "\u2013"), "(holds U+2013 EN DASH)", id="dashes-of-a-text-program"),
        pytest.param("+43", "nor a phone number starting with +", id="a-number-too-short"),
        pytest.param("", "nor a phone number starting with +", id="nothing"),
        pytest.param("00000000-0000-0000-0000-000000000000", "nobody's id", id="the-nil-guid"),
        pytest.param(str(BOT).upper(), "this is the bot itself: the call would come back for ever", id="the-bot"),
    ],
)
def test_a_wrong_key_is_named_and_left_out_and_the_others_ring(key: str, message: str) -> None:
    directory = of_targets(target(key), target(BO))

    assert directory.lists == {"default": (Target(TargetKind.USER, BO),)}
    (problem,) = directory.problems
    assert (problem.level, problem.table, problem.row, problem.column) == (
        Severity.ERROR,
        "targets",
        f"default/{key}",
        "RowKey",
    )
    assert message in problem.message
    assert problem.message.endswith("left out")


@pytest.mark.parametrize(
    ("row", "expected", "column", "message"),
    [
        pytest.param(
            target(ANNA, Kind="person"),
            Target(TargetKind.USER, ANNA),
            "Kind",
            "one of user, application, applicationInstance; taken as user",
            id="a-kind-that-is-none",
        ),
        pytest.param(
            target(ANNA, Kind="phone"),
            Target(TargetKind.USER, ANNA),
            "Kind",
            "one of user, application, applicationInstance; taken as user",
            id="an-object-id-is-no-phone",
        ),
        pytest.param(
            target(ANNA, Order="first"),
            Target(TargetKind.USER, ANNA),
            "Order",
            "'first' is not a number; ignored",
            id="an-order-that-is-no-number",
        ),
        pytest.param(
            target(ANNA, Order=math.inf),
            Target(TargetKind.USER, ANNA),
            "Order",
            "'inf' is not a number; ignored",
            id="an-order-that-was-cast-to-infinity",
        ),
        pytest.param(
            target(ANNA, Enabled="maybe"),
            Target(TargetKind.USER, ANNA, enabled=False),
            "Enabled",
            "'maybe' is neither true nor false; treated as false",
            id="enabled-maybe-is-closed",
        ),
    ],
)
def test_a_wrong_cell_is_named_and_the_rest_of_its_row_counts(
    row: dict[str, Any], expected: Target, column: str, message: str
) -> None:
    directory = of_targets(row, target(BO))

    assert directory.lists["default"] == (expected, Target(TargetKind.USER, BO))
    assert directory.problems == (Problem(Severity.ERROR, "targets", f"default/{ANNA}", column, message),)


def test_targets_ring_by_order_and_then_by_key() -> None:
    directory = of_targets(target(BO), target(ANNA), target(MOBILE, Order=99), target(LINE, Order=101))

    assert [one.id for one in directory.lists["default"]] == [MOBILE, ANNA, BO, LINE]


def test_lists_are_folded_and_kept_apart() -> None:
    directory = of_targets(target(ANNA, "Sales"), target(BO, " SALES "), target(ANNA))

    assert {name: [one.id for one in targets] for name, targets in directory.lists.items()} == {
        "sales": [ANNA, BO],
        "default": [ANNA],
    }
    assert directory.problems == ()


def test_a_target_in_another_spelling_rings_once() -> None:
    directory = of_targets(target(MOBILE, Name="first"), target("+1 234 567 8901", Name="again", Order=200))

    assert directory.lists["default"] == (Target(TargetKind.PHONE, MOBILE, "first"),)
    message = f"the same target as '{MOBILE}'; rung once"
    assert directory.problems == (Problem(Severity.WARNING, "targets", "default/+1 234 567 8901", "RowKey", message),)


def test_of_two_spellings_the_enabled_one_rings_in_its_own_place() -> None:
    off, on = target(MOBILE, Order=1, Enabled=False), target("+1 234 567 8901", Order=200)

    directory = of_targets(off, target(ANNA), on)
    without = of_targets(target(MOBILE, Order=1), target("+1 234 567 8901", Order=200, Enabled=False))

    assert directory.lists["default"] == (Target(TargetKind.USER, ANNA), Target(TargetKind.PHONE, MOBILE, order=200))
    assert without.lists["default"] == (Target(TargetKind.PHONE, MOBILE, order=1),)


@pytest.mark.parametrize(
    "row", [pytest.param(target(ANNA, Enabled=False), id="disabled"), pytest.param(target("x"), id="unreadable")]
)
def test_a_list_in_which_nobody_can_ring_is_an_error(row: dict[str, Any]) -> None:
    directory = of_targets(row)

    assert (
        Problem(Severity.ERROR, "targets", "default", "Enabled", "nobody in this list can ring") in directory.problems
    )


def test_an_empty_pair_of_tables_is_an_empty_directory() -> None:
    directory = reader.read_directory((), (), BOT)

    assert (dict(directory.lists), dict(directory.routes), directory.problems) == ({}, {}, ())


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param(route(), Route(), id="its-keys-alone"),
        pytest.param(route(" ANY ", "Any"), Route(), id="any-in-any-letter-case"),
        pytest.param(route(LINE.upper()), Route(line=LINE), id="a-line"),
        pytest.param(route(caller="Anonymous"), Route(caller="anonymous"), id="anonymous-callers"),
        pytest.param(route(caller=ANNA.upper()), Route(caller=ANNA), id="a-user-who-calls"),
        pytest.param(route(caller="+43 (664)-12"), Route(caller="+4366412"), id="the-beginning-of-a-number"),
        pytest.param(route(caller="+4"), Route(caller="+4"), id="the-shortest-beginning"),
        pytest.param(route(Ring=" Sales "), Route(ring="sales"), id="a-list"),
        pytest.param(route(Ring="REJECT", Empty="reject"), Route(ring="reject", empty="reject"), id="reject"),
        pytest.param(route(Empty="sales"), Route(empty="sales"), id="a-list-where-nobody-can-ring"),
        pytest.param(route(Timeout=15), Route(timeout=15), id="the-shortest-timeout"),
        pytest.param(route(Timeout="90"), Route(timeout=90), id="the-longest-timeout-as-text"),
        pytest.param(route(Forwarding="no"), Route(forwarding=False), id="no-forwarding"),
        pytest.param(route(Forwarding=1), Route(forwarding=True), id="forwarding"),
        pytest.param(route(Enabled="1"), Route(), id="enabled"),
    ],
)
def test_a_good_row_is_a_route_and_no_problem(row: dict[str, Any], expected: Route) -> None:
    directory = of_routes(row)

    assert directory.routes == {(expected.line, expected.caller): expected}
    assert directory.problems == ()


def wrong(column: str, message: str, row: str = "any/any", level: Severity = Severity.ERROR) -> Problem:
    return Problem(level, "routes", row, column, message)


@pytest.mark.parametrize(
    ("row", "expected", "problem"),
    [
        pytest.param(
            route(LINE[:-1]),
            None,
            wrong("PartitionKey", "neither any nor an object id; the row is left out", row=f"{LINE[:-1]}/any"),
            id="a-line-that-is-none",
        ),
        pytest.param(
            route(caller="0664"),
            None,
            wrong(
                "RowKey",
                "neither any, anonymous, an object id nor the beginning of a number with its +; the row is left out",
                row="any/0664",
            ),
            id="a-caller-without-a-country-code",
        ),
        pytest.param(
            route(caller="+43 (0)664"),
            None,
            wrong(
                "RowKey",
                "remove the (0): write the number as it is dialled from abroad; the row is left out",
                row="any/+43 (0)664",
            ),
            id="a-caller-with-a-trunk-zero-would-match-nobody",
        ),
        pytest.param(
            route(caller="4.3664E+10"),
            None,
            wrong(
                "RowKey",
                "a spreadsheet shortened this number, and its last digits are lost: "
                "format the column as text, and type it again with +; the row is left out",
                row="any/4.3664E+10",
            ),
            id="a-caller-that-a-spreadsheet-shortened",
        ),
        pytest.param(
            route(Ring="sales\u200b"),
            Route(ring="sales\u200b"),
            wrong("Ring", "no such list: 'sales\\u200b' (holds U+200B ZERO WIDTH SPACE); did you mean sales?"),
            id="a-list-with-a-sign-that-is-not-seen",
        ),
        pytest.param(
            route(Ring="slaes"),
            Route(ring="slaes"),
            wrong("Ring", "no such list: 'slaes'; did you mean sales?"),
            id="a-list-that-is-none",
        ),
        pytest.param(
            route(Empty="Nobody"),
            Route(empty="nobody"),
            wrong("Empty", "no such list: 'Nobody'"),
            id="an-empty-list-that-is-none",
        ),
        pytest.param(
            route(Timeout=5),
            Route(timeout=15),
            wrong("Timeout", "15 to 90 seconds; 15 used", level=Severity.WARNING),
            id="too-short",
        ),
        pytest.param(
            route(Timeout="300"),
            Route(timeout=90),
            wrong("Timeout", "15 to 90 seconds; 90 used", level=Severity.WARNING),
            id="too-long",
        ),
        pytest.param(
            route(Timeout="soon"),
            Route(),
            wrong("Timeout", "'soon' is not a number; ignored"),
            id="a-timeout-that-is-no-number",
        ),
        pytest.param(
            route(Timeout=True),
            Route(),
            wrong("Timeout", "'True' is not a number; ignored"),
            id="a-timeout-that-is-a-boolean",
        ),
        pytest.param(
            route(Forwarding="perhaps"),
            Route(),
            wrong("Forwarding", "'perhaps' is neither true nor false; ignored"),
            id="forwarding-perhaps",
        ),
        pytest.param(
            route(Enabled="maybe"),
            None,
            wrong("Enabled", "'maybe' is neither true nor false; treated as false"),
            id="enabled-maybe-is-closed",
        ),
    ],
)
def test_a_mistake_in_a_route_answers_back(row: dict[str, Any], expected: Route | None, problem: Problem) -> None:
    other = route(LINE, "+882", Ring="reject")

    directory = of_routes(row, other)

    assert directory.problems == (problem,)
    kept = [Route(line=LINE, caller="+882", ring="reject")] + ([expected] if expected else [])
    assert sorted(directory.routes.values(), key=lambda one: one.name) == sorted(kept, key=lambda one: one.name)


def test_a_disabled_route_is_none_and_no_problem() -> None:
    directory = of_routes(route(Enabled="no"))

    assert directory.routes == {}
    assert directory.problems == ()


def test_lines_routed_here_are_known() -> None:
    directory = of_routes(route(), route(LINE), route(LINE, "+43"))

    assert directory.lines == {LINE}


CELL = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(
        [
            "any",
            "anonymous",
            "reject",
            "yes",
            "phone",
            "PH off",
            "12-25",
            "2026-12-24T08:00",
            MOBILE,
            "+43 664 1234567",
            ANNA.upper(),
            str(BOT),
        ]
    )
    | st.integers(-(2**63), 2**63 - 1).map(lambda whole: EntityProperty(whole, EdmType.INT64))
)
COLUMNS = (
    "PartitionKey RowKey Kind Name Enabled Order Hours From Until Ring Closed Empty TimeZone Country Timeout Pick "
    "Forwarding Protected Who enabled TIMEOUT Note"
)
ROWS = st.lists(st.dictionaries(st.sampled_from(COLUMNS.split()) | st.text(max_size=3), CELL), max_size=6)


@given(targets=ROWS, routes=ROWS, holidays=ROWS, shifts=ROWS, away=ROWS)
def test_no_row_raises_nor_makes_what_graph_would_refuse(
    targets: list[Any], routes: list[Any], holidays: list[Any], shifts: list[Any], away: list[Any]
) -> None:
    directory = reader.read_directory(targets, routes, AppId(BOT), holidays, shifts=shifts, away=away)

    for one in (one for members in directory.lists.values() for one in members):
        number = one.kind is TargetKind.PHONE
        assert re.fullmatch(r"\+[1-9]\d{6,14}" if number else r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", one.id)
        assert one.id != BOT
    assert all(made.timeout is None or 15 <= made.timeout <= 90 for made in directory.routes.values())
    assert all(problem.message and len(problem.message) < 1000 for problem in directory.problems)


def test_default_is_missed_where_a_route_rings_it() -> None:
    problems = reader.read_directory([target(ANNA, "sales")], [route(), NAMES_SALES], BOT).problems

    message = "empty means default, and there is no such list"
    assert problems == (Problem(Severity.ERROR, "routes", "any/any", "Ring", message),)


def test_nobody_misses_default_where_every_route_has_another_list() -> None:
    assert reader.read_directory([target(ANNA, "sales")], [route(Ring="sales")], BOT).problems == ()


@pytest.mark.parametrize(
    ("routes", "off"),
    [([], False), ([route()], False), ([route(Enabled=False)], True), ([route("x", Enabled=False)], False)],
)
def test_routes_that_are_switched_off_are_told_from_none(routes: list[dict[str, Any]], *, off: bool) -> None:
    assert reader.read_directory([], routes, BOT).has_routes_off is off
