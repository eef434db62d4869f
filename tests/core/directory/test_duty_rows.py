"""What people get wrong in `shifts`, `away` and about their lines: each mistake answers back, and calls still ring."""

from typing import Any

import pytest

from shared.core.directory import reader
from shared.core.directory.model import Directory, Problem, Severity
from tests.support.tables import ANNA, BO, BOT, LINE, SECOND_LINE, absence, route, shift, target

LISTS = [
    target(ANNA, "oncall", Name="Anna Berg"),
    target(BO, "oncall", Name="Bo Lind"),
    target("+436601234567", "support", Name="Cara Weiß"),
]
ROUTES = [route(LINE, Name="Support", Ring="support", Closed="oncall", Empty="oncall")]
ERROR, WARNING = Severity.ERROR, Severity.WARNING


def read(
    *, shifts: list[dict[str, Any]] | None = None, away: list[dict[str, Any]] | None = None, routes: Any = ROUTES
) -> Directory:
    return reader.read_directory(LISTS, routes, BOT, shifts=shifts or [], away=away or [])


def of(table: str, directory: Directory) -> list[Problem]:
    return [one for one in directory.problems if one.table == table]


@pytest.mark.parametrize(
    ("row", "level", "column", "said"),
    [
        pytest.param(
            shift("oncal", "2026-11-30", "Anna Berg"), ERROR, "PartitionKey", "did you mean oncall?", id="list"
        ),
        pytest.param(shift("oncall", "next Monday", "Anna Berg"), ERROR, "RowKey", "a time like", id="begin"),
        pytest.param(
            shift("oncall", "31.11.2026 08:00", "Anna Berg"), ERROR, "RowKey", "a time like", id="no-such-day"
        ),
        pytest.param(shift("oncall", "11.30.2026", "Anna Berg"), ERROR, "RowKey", "a time like", id="month-first"),
        pytest.param(
            shift("oncall", "2026-11-30T25:00", "Anna Berg"), ERROR, "RowKey", "a time like", id="no-such-hour"
        ),
        pytest.param(
            shift("oncall", "46356.33", "Anna Berg"), ERROR, "RowKey", "a time like", id="a-spreadsheets-number"
        ),
        pytest.param(shift("oncall", "2026-11-30", ""), ERROR, "Who", "write nobody", id="no-one-named"),
        pytest.param(shift("oncall", "2026-11-30", "Ana Berg"), ERROR, "Who", "did you mean Anna Berg?", id="misspelt"),
        pytest.param(
            shift("oncall", "2026-11-30", "nobdy"), ERROR, "Who", "did you mean nobody?", id="nobody-misspelt"
        ),
        pytest.param(shift("oncall", "2026-11-30", "anna"), ERROR, "Who", "did you mean Anna Berg?", id="first-name"),
        pytest.param(
            shift("oncall", "2026-11-30", "Anna Berg und Bo Lind"), ERROR, "Who", "write Anna Berg, Bo Lind", id="joint"
        ),
        pytest.param(
            shift("oncall", "2026-11-30", "Cara Weiß"), ERROR, "Who", "is in list 'support'", id="another-list"
        ),
        pytest.param(
            shift("oncall", "2026-11-30", "Bo Lind, nobody"), ERROR, "Who", "the names count", id="nobody-beside"
        ),
        pytest.param(
            shift("oncall", "2026-11-30", "Bo Lind; Xaver,"),
            ERROR,
            "Who",
            "the others named are on duty",
            id="one-of-two",
        ),
        pytest.param(
            shift("oncall", "2026-11-30", "Bo Lind", Until="later"),
            ERROR,
            "Until",
            "left out",
            id="an-end-that-is-none",
        ),
        pytest.param(
            shift("oncall", "2026-11-30T08:00", "Bo Lind", Until="2026-11-30T07:00"),
            ERROR,
            "Until",
            "never",
            id="ends-early",
        ),
        pytest.param(
            shift("oncall", "2026-11-30T08:00", "Bo Lind", Untill="2026-12-30"),
            WARNING,
            "Untill",
            "Until?",
            id="a-column",
        ),
    ],
)
def test_a_mistake_in_a_shift_answers_back(row: dict[str, Any], level: Severity, column: str, said: str) -> None:
    (problem,) = of("shifts", read(shifts=[row]))

    assert (problem.level, problem.table, problem.column) == (level, "shifts", column)
    assert problem.row == f"{row['PartitionKey']}/{row['RowKey']}"
    assert said in problem.message


def test_two_shifts_from_the_same_time_are_one_and_a_swap_may_begin_with_the_rota() -> None:
    rows = [
        shift("oncall", "2026-11-30T08:00", "Anna Berg"),
        shift("oncall", "30.11.2026 08:00", "Bo Lind"),
        shift("oncall", " 2026-11-30T08:00", "Bo Lind"),
        shift("oncall", "2026-11-30 8:00", "Bo Lind", Until="2026-12-01"),
    ]

    found = of("shifts", read(shifts=rows))

    assert [(one.level, one.row) for one in found] == [
        (WARNING, "oncall/30.11.2026 08:00"),
        (WARNING, "oncall/2026-11-30T08:00"),
    ]


@pytest.mark.parametrize(
    ("row", "level", "column", "said"),
    [
        pytest.param(
            absence("Ana Berg", "2026-12-01", Until="2026-12-02"), ERROR, "PartitionKey", "Anna Berg?", id="person"
        ),
        pytest.param(absence("Suport", "2026-12-01", Until="2026-12-02"), ERROR, "PartitionKey", "Support?", id="line"),
        pytest.param(
            absence("oncall", "2026-12-01", Until="2026-12-02"), ERROR, "PartitionKey", "is a list", id="list"
        ),
        pytest.param(
            absence(SECOND_LINE, "2026-12-01", Until="2026-12-02"), ERROR, "PartitionKey", "neither", id="an-id"
        ),
        pytest.param(absence("Anna Berg", "soon", Until="2026-12-02"), ERROR, "RowKey", "a time like", id="begin"),
        pytest.param(absence("Anna Berg", "", Until="2026-12-02"), ERROR, "RowKey", "a time like", id="no-begin"),
        pytest.param(absence("Anna Berg", "2026-12-01", Until="soon"), ERROR, "Until", "a time like", id="end"),
        pytest.param(absence("Anna Berg", "2026-12-01"), WARNING, "Until", "until this row is deleted", id="no-end"),
        pytest.param(absence("Anna Berg", "2026-12-01", Until="2026-11-02"), ERROR, "Until", "never", id="ends-early"),
    ],
)
def test_a_mistake_in_an_absence_answers_back(row: dict[str, Any], level: Severity, column: str, said: str) -> None:
    (problem,) = of("away", read(away=[row]))

    assert (problem.level, problem.table, problem.column) == (level, "away", column)
    assert said in problem.message


def test_a_name_of_both_a_person_and_a_line_is_nobodys() -> None:
    routes = [route(LINE, Name="Anna Berg", Ring="support", Closed="oncall")]

    directory = read(away=[absence("Anna Berg", "2026-12-01", Until="2026-12-02")], routes=routes)

    assert [one.column for one in of("away", directory)] == ["PartitionKey"]
    assert not directory.roster.people
    assert not directory.roster.lines


@pytest.mark.parametrize(
    ("line", "columns", "warned"),
    [
        (LINE, {"Ring": "oncall", "Empty": "oncall"}, True),
        ("any", {"Ring": "oncall", "Empty": "oncall"}, True),
        ("any", {"Ring": "oncall", "Empty": "oncall", "Protected": "yes"}, False),
        (LINE, {"Ring": "oncall", "Closed": "support"}, False),
        (SECOND_LINE, {"Ring": "oncall", "Empty": "oncall"}, False),
    ],
)
def test_an_absence_that_changes_nothing_is_a_warning(line: str, columns: dict[str, str], *, warned: bool) -> None:
    routes = [
        route(LINE, **columns),
        route(SECOND_LINE, Ring="support", Closed="oncall"),
        route("any", Ring="support", Closed="oncall"),
    ]

    directory = read(away=[absence(line, "2026-12-01", Until="2026-12-02")], routes=routes)

    assert ["changes nothing" in one.message for one in of("away", directory)] == [True] * warned


@pytest.mark.parametrize(
    ("rows", "column", "said"),
    [
        pytest.param([route(LINE, Ring="reject", Protected="yes")], "Ring", "every caller", id="everybody"),
        pytest.param(
            [route(LINE, Ring="oncall"), route(LINE, "anonymous", Ring="reject", Protected="yes")],
            "Ring",
            "emergency centres",
            id="anonymous",
        ),
        pytest.param(
            [route(LINE, Ring="oncall"), route(LINE, "+43", Empty="reject", Ring="oncall", Protected=1)],
            "Empty",
            "callers from '+43'",
            id="some",
        ),
        pytest.param([route(LINE, "+43", Ring="oncall", Protected="yes")], "RowKey", "default rings", id="not-all"),
        pytest.param([route(Ring="oncall", Protected="yes")], "Protected", "is no line", id="any"),
    ],
)
def test_what_surprises_on_a_protected_line_is_a_warning(rows: list[dict[str, Any]], column: str, said: str) -> None:
    found = [one for one in read(routes=rows).problems if said in one.message]

    assert [(one.level, one.table, one.column) for one in found] == [(WARNING, "routes", column)]


def test_protected_that_is_unclear_protects_and_is_an_error() -> None:
    directory = read(
        routes=[route(LINE, Ring="oncall", Protected="jain"), route(SECOND_LINE, Ring="oncall", Protected=0)]
    )

    assert directory.protected == {LINE}
    assert [(one.level, one.column) for one in directory.problems if one.column == "Protected"] == [
        (ERROR, "Protected")
    ]


@pytest.mark.parametrize(("name", "twin"), [("Sales", "SALES"), ("B\u00fcro", "Bu\u0308ro")])
def test_a_lines_name_is_that_of_its_any_row_and_two_of_one_name_have_none(name: str, twin: str) -> None:
    rows = [
        route(LINE, "+43", Ring="oncall", Name="Austria"),
        route(LINE, Ring="oncall", Name=name),
        route(SECOND_LINE, "+43", Ring="oncall", Name="Berlin"),
        route(SECOND_LINE, "+44", Ring="oncall", Name="London"),
    ]

    assert read(routes=rows).names == {LINE: name, SECOND_LINE: "Berlin"}
    twins = read(routes=[*rows, route(SECOND_LINE, Ring="oncall", Name=twin)])
    assert twins.names == {}
    assert [(one.level, one.column) for one in twins.problems if one.level is ERROR] == [(ERROR, "Name")]


def test_an_absence_by_id_covers_every_list() -> None:
    rows = [absence(f" {BO.upper()} ", "2026-12-01", Until="2026-12-02"), absence("Bo Lind", "2026-12-02")]

    directory = read(away=rows)

    assert [set(people) for people in directory.roster.people.values()] == [{BO}]
