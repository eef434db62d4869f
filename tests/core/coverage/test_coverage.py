"""Who rings when, from now on: exact stretches, the gaps among them, and what the editors read of those."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.core.coverage import gaps, wording
from shared.core.coverage.days import first_and_last
from shared.core.coverage.gaps import foresee
from shared.core.coverage.stretches import Kind, Stretch, call_on, line_stretches, lines_of
from shared.core.directory import reader
from shared.core.directory.model import Directory, Severity, Target, TargetKind
from shared.core.directory.reader import RouteDefaults
from shared.core.routing.decide import LastResort, choose_route, decide
from shared.core.routing.decisions import Redirect, Skipped, SkipReason
from tests.support.tables import ANNA, BO, BOT, LINE, SECOND_LINE, absence, route, shift, target

VIENNA = ZoneInfo("Europe/Vienna")
GERD, HANA, IVO, DESK = (f"+4366000000{number}" for number in range(1, 5))
BUSY = LastResort(BOT)
MONDAY = datetime(2026, 12, 14, tzinfo=VIENNA)
PEOPLE = [
    target(GERD, "oncall", Name="Gerd Maier"),
    target(HANA, "oncall", Name="Hana Novák"),
    target(IVO, "oncall", Name="Ivo Jurić"),
    target(DESK, "support", Name="Support desk"),
]
SUPPORT = route(LINE, Name="Support", Ring="support", Hours="Mo-Fr 08:00-17:00", Closed="oncall", Empty="oncall")
ROTA = [shift("oncall", "2026-12-07T08:00", "Hana Novák"), shift("oncall", "2026-12-14T08:00", "Ivo Jurić")]
VACATION = absence("Ivo Jurić", "2026-12-21", Until="2027-01-03")


def read(
    routes: list[dict[str, Any]], targets: list[dict[str, Any]] = PEOPLE, **tables: list[dict[str, Any]]
) -> Directory:
    return reader.read_directory(targets, routes, BOT, (), RouteDefaults(VIENNA, "AT"), **tables)


def in_words(found: tuple[Stretch, ...]) -> list[str]:
    return [f"{wording.span(one.begins, one.ends, VIENNA)} {wording.kind_text(one)}" for one in found]


def test_a_week_is_exact_and_says_who() -> None:
    directory = read([SUPPORT], shifts=ROTA, away=[absence("Support", "2026-12-18T14:30", Until="2026-12-19")])

    found = line_stretches(LINE, directory, BUSY, MONDAY, MONDAY + timedelta(days=7))

    assert (
        in_words(found)
        == [
            "Mon 14 Dec 00:00 to 08:00 Hana Novák",
            "Mon 14 Dec 08:00 to 17:00 Support desk",
            "Mon 14 Dec 17:00 to Tue 08:00 Ivo Jurić",
            "Tue 15 Dec 08:00 to 17:00 Support desk",
            "Tue 15 Dec 17:00 to Wed 08:00 Ivo Jurić",
            "Wed 16 Dec 08:00 to 17:00 Support desk",
            "Wed 16 Dec 17:00 to Thu 08:00 Ivo Jurić",
            "Thu 17 Dec 08:00 to 17:00 Support desk",
            "Thu 17 Dec 17:00 to Fri 08:00 Ivo Jurić",
            "Fri 18 Dec 08:00 to 14:30 Support desk",
            "Fri 18 Dec 14:30 to Mon 21 Dec 00:00 Ivo Jurić",
        ]
        or in_words(found)[-1] == "Fri 18 Dec 14:30 to Mon 00:00 Ivo Jurić"
    )


@pytest.mark.parametrize(
    ("rows", "people", "last_resort", "expected"),
    [
        pytest.param([SUPPORT], PEOPLE, BUSY, ("rings", "support"), id="rings"),
        pytest.param([route(LINE, Ring="empty", Empty="support")], PEOPLE, BUSY, ("spare", "support"), id="spare"),
        pytest.param(
            [route(LINE, Ring="empty", Empty="empty")],
            PEOPLE,
            LastResort(BOT, (Target(TargetKind.PHONE, DESK),)),
            ("last resort", "FALLBACK_TARGETS"),
            id="last-resort",
        ),
        pytest.param([route(LINE, Ring="reject")], PEOPLE, BUSY, ("closed on purpose", ""), id="closed"),
        pytest.param([route(LINE, Ring="empty", Empty="empty")], PEOPLE, BUSY, ("nobody", ""), id="nobody"),
        pytest.param(
            [route(LINE, Ring="support", Hours="Su", Closed="reject", Empty="support")],
            PEOPLE,
            BUSY,
            ("closed on purpose", ""),
            id="closed-by-hours",
        ),
        pytest.param(
            [route(LINE, Ring="support", Hours="Su", Closed="empty", Empty="empty")],
            PEOPLE,
            BUSY,
            ("nobody", ""),
            id="nobody-while-closed",
        ),
    ],
)
def test_the_kinds(
    rows: list[dict[str, Any]], people: list[dict[str, Any]], last_resort: LastResort, expected: tuple[str, str]
) -> None:
    noon = MONDAY + timedelta(hours=12)

    (found,) = line_stretches(LINE, read(rows, people), last_resort, noon, noon + timedelta(hours=1))

    assert (found.kind.value, found.list) == expected
    assert wording.kind_text(found)


def test_a_list_of_which_one_is_picked_by_chance_names_all_who_may_be() -> None:
    directory = read([route(LINE, Ring="oncall", Pick="random")])

    (found,) = line_stretches(LINE, directory, BUSY, MONDAY, MONDAY + timedelta(days=1))

    assert {one.id for one in found.who} == {GERD, HANA, IVO}
    assert wording.kind_text(found).startswith("one of ")


def test_every_stretch_is_what_is_decided_in_it_and_no_two_neighbours_are_the_same() -> None:
    people = [target(ANNA, "support", Hours="Mo-Fr 08:00-17:00"), target(BO, "support", TimeZone="America/New_York")]
    people += [target(IVO, "oncall", From="2026-10-24T12:00", Until="2026-10-26", Hours="20:00-02:30", Name="Ivo")]
    routes = [route(LINE, Ring="support", Hours="06:00-18:00; PH off", Closed="oncall", Empty="oncall")]
    directory = read(routes, people, shifts=[shift("oncall", "2026-10-25T02:15", "Ivo")])
    begin = datetime(2026, 10, 23, 22, tzinfo=UTC)

    found = line_stretches(LINE, directory, BUSY, begin, begin + timedelta(days=4))

    assert [one.ends for one in found[:-1]] == [one.begins for one in found[1:]]
    assert all(one.identity != after.identity for one, after in pairwise(found))
    for minutes in range(0, 4 * 24 * 60, 5):
        at = begin + timedelta(minutes=minutes)
        decision = decide(call_on(LINE), directory, BUSY, at)
        stretch = next(one for one in found if one.begins <= at < one.ends)
        assert stretch.who == (decision.targets if isinstance(decision, Redirect) else ())


@pytest.mark.parametrize(
    ("routes", "people", "expected"),
    [
        ([], PEOPLE, ("any",)),
        ([SUPPORT], PEOPLE, (LINE,)),
        ([SUPPORT, route()], PEOPLE, ("any", LINE)),
        ([SUPPORT], [target(ANNA)], ("any", LINE)),
    ],
)
def test_lines_are_those_of_the_tables(routes: Any, people: Any, expected: tuple[str, ...]) -> None:
    assert lines_of(read(routes, people)) == expected


def test_the_gaps_of_two_weeks_are_one_problem_of_a_line_that_says_what_to_do() -> None:
    directory = read([SUPPORT], shifts=ROTA, away=[VACATION])

    outlook = foresee(directory, BUSY, MONDAY)
    gap, ending = gaps.problems(outlook, directory)

    assert [(one.line, one.more, one.is_protected) for one in outlook.gaps] == [(LINE, 5, False)]
    assert (gap.level, gap.table, gap.row, gap.column) == (Severity.WARNING, "coverage", LINE, "Gap")
    assert gap.message == (
        f"nobody rings for Support ({LINE[:8]}) Mon 21 Dec 00:00 to 08:00, and 5 more times within 14 days: "
        "Ivo Jurić is on duty, and away: name a substitute in shifts"
    )
    assert (ending.row, ending.column) == ("oncall", "Rota")
    assert "Mon 14 Dec 08:00" in ending.message


def test_a_protected_line_that_nobody_can_ring_comes_first_and_is_an_error() -> None:
    routes = [
        route(LINE, Ring="support", Empty="support", Hours="Su", Closed="reject"),
        route(SECOND_LINE, Ring="oncall", Empty="oncall", Protected="yes"),
        route(Ring="nights", Empty="nights"),
    ]
    people = [
        target(DESK, "support"),
        target(IVO, "oncall", Name="Ivo", Enabled="no"),
        target(GERD, "nights", Hours="Sa-Su"),
    ]

    directory = read(routes, people)
    found = list(gaps.problems(foresee(directory, BUSY, MONDAY), directory))

    assert [(one.level, one.row) for one in found] == [(Severity.ERROR, SECOND_LINE), (Severity.WARNING, "any")]
    assert "Ivo is disabled: set Closed or Empty" in found[0].message
    assert "any other line" in found[1].message
    assert ", and 1 more time within" in found[1].message


def test_a_rota_that_goes_on_for_two_weeks_and_is_told_once_is_no_problem() -> None:
    routes = [route(LINE, Ring="oncall"), route(SECOND_LINE, Ring="oncall", TimeZone="America/New_York")]
    swap = shift("oncall", "2026-12-15", "Gerd Maier", Until="2026-12-16")

    ends = read(routes, shifts=ROTA)
    goes_on = read(routes, shifts=[*ROTA, shift("oncall", "2026-12-28T08:00", "Gerd Maier")])
    swaps_alone = read(routes, shifts=[swap])

    assert [one.list for one in foresee(ends, BUSY, MONDAY).rota_ends] == ["oncall"]
    assert foresee(goes_on, BUSY, MONDAY).rota_ends == ()
    assert foresee(swaps_alone, BUSY, MONDAY).rota_ends == ()


@pytest.mark.parametrize(
    ("row", "people", "says"),
    [
        ("nobody", PEOPLE, "the rota puts nobody on duty"),
        (
            "Ivo Jurić",
            [*PEOPLE[:2], target(IVO, "oncall", Name="Ivo Jurić", Enabled="no")],
            "Ivo Jurić is on duty, and disabled",
        ),
        (
            "Ivo Jurić",
            [*PEOPLE[:2], target(IVO, "oncall", Name="Ivo Jurić", Until="2026-12-01")],
            "Ivo Jurić is on duty, and no longer there",
        ),
    ],
)
def test_why_nobody_rings_is_told_of_who_is_on_duty(row: str, people: Any, says: str) -> None:
    directory = read([route(LINE, Ring="oncall", Empty="oncall")], people, shifts=[shift("oncall", "2026-12-01", row)])

    (gap,) = foresee(directory, BUSY, MONDAY).gaps

    assert gap.why.startswith(says)


def test_why_nobody_rings_without_people_and_with_many() -> None:
    nobody = Stretch(MONDAY, MONDAY, Kind.NOBODY)
    many = [target(f"+436600001{number:02}", "oncall", Name=f"P{number}", Enabled="no") for number in range(5)]
    empty, full = read([route(LINE, Ring="none")], []), read([route(LINE, Ring="oncall", Empty="oncall")], many)
    skipped = tuple(Skipped(one.id, SkipReason.DISABLED) for one in full.lists["oncall"])

    assert wording.why_nobody(nobody, choose_route(call_on(LINE), empty), empty).startswith("its lists are empty")
    said = wording.why_nobody(Stretch(MONDAY, MONDAY, Kind.NOBODY, skipped=skipped), full.routes[LINE, "any"], full)
    assert said.startswith("P0 is disabled, P1 is disabled, P2 is disabled and 2 more: set Closed")


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (1, "Mon 14 Dec 00:00 to 01:00"),
        (24, "Mon 14 Dec 00:00 to Tue 00:00"),
        (24 * 7, "Mon 14 Dec 00:00 to Mon 21 Dec 00:00"),
    ],
)
def test_a_span_says_no_more_than_it_needs(hours: int, expected: str) -> None:
    assert wording.span(MONDAY, MONDAY + timedelta(hours=hours), VIENNA) == expected


@pytest.mark.parametrize(
    ("begins", "ends", "expected"),
    [
        (0, 24 * 14, "from now on"),
        (0, 8, "now, until 08:00"),
        (0, 32, "now, until Tue 08:00"),
        (8, 24 * 14, "from Mon 14 Dec 08:00 on"),
        (8, 9, "Mon 14 Dec 08:00 to 09:00"),
    ],
)
def test_a_gap_that_lasts_reads_the_same_ten_minutes_later(begins: int, ends: int, expected: str) -> None:
    edges = [MONDAY + timedelta(hours=hours) for hours in (0, begins, ends, 24 * 14)]
    parts = [Stretch(first, last, Kind.NOBODY) for first, last in pairwise(edges) if first < last]
    gap = next(one for one in parts if one.begins == edges[1])

    assert wording.gap_text(gap, parts, VIENNA) == expected


def test_days_end_at_the_midnight_of_the_lines_own_clock() -> None:
    now = datetime(2026, 10, 24, 21, 30, tzinfo=UTC)

    assert first_and_last(now, 2, VIENNA) == (now, datetime(2026, 10, 25, 23, tzinfo=UTC))
