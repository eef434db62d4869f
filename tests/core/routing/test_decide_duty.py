"""Who rings by the rota, while somebody is away, and on a protected line: at each moment, as people wrote the rows."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.core.directory import reader
from shared.core.directory.model import Directory
from shared.core.directory.reader import RouteDefaults
from shared.core.ids import CallId
from shared.core.notification.calls import Identity, RingingCall
from shared.core.routing.decide import LastResort, decide
from shared.core.routing.decisions import Leave, Redirect, Reject, SkipReason, Why
from tests.support.tables import BOT, LINE, SECOND_LINE, absence, route, shift, target
from tests.support.tokens import TENANT

VIENNA, NEW_YORK = ZoneInfo("Europe/Vienna"), ZoneInfo("America/New_York")
NAMES = {"Gerd Maier": "+43660000001", "Hana Novák": "+43660000002", "Ivo Jurić": "+43660000003"}
WHO = {number: name for name, number in NAMES.items()} | {"+43660000010": "support"}
TARGETS = [
    *(target(number, "oncall", Name=name) for name, number in NAMES.items()),
    target("+43660000010", "support", Name="Support desk"),
]
SUPPORT = route(
    LINE, Name="Support", Ring="support", Hours="Mo-Fr 08:00-17:00", Closed="oncall", Empty="oncall", Protected=""
)
ROTA = [
    shift("oncall", "2026-11-30T08:00", "Gerd Maier"),
    shift("oncall", "2026-12-07T08:00", "Hana Novák"),
    shift("oncall", "2026-12-14T08:00", "Ivo Jurić"),
    shift("oncall", "2026-12-16T18:00", "Hana Novák", Until="2026-12-17T08:00"),
]
AWAY = [
    absence("Ivo Jurić", "2026-12-21", Until="2027-01-03", Note="vacation"),
    absence("Support", "2026-12-18T14:00", Until="2026-12-21T08:00"),
]
EVERYBODY = [*NAMES]


def read(
    shifts: list[dict[str, Any]] = ROTA,
    away: list[dict[str, Any]] = AWAY,
    routes: list[dict[str, Any]] | None = None,
    targets: list[dict[str, Any]] = TARGETS,
) -> Directory:
    routes = [SUPPORT] if routes is None else routes
    return reader.read_directory(targets, routes, BOT, (), RouteDefaults(VIENNA, "AT"), shifts=shifts, away=away)


def ringing(directory: Directory, at: datetime, *, line: str = LINE, caller: str = "+4312345999") -> list[str]:
    call = RingingCall(CallId("call-1"), TENANT, Identity("phone", caller), Identity("applicationInstance", line))
    decision = decide(call, directory, LastResort(BOT), at)
    return [WHO.get(one.id, one.id) for one in decision.targets] if isinstance(decision, Redirect) else []


def vienna(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=VIENNA)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-30T07:59:59", EVERYBODY),
        ("2026-11-30T20:00", ["Gerd Maier"]),
        ("2026-12-07T07:59:59", ["Gerd Maier"]),
        ("2026-12-07T08:00", ["support"]),
        ("2026-12-07T17:00", ["Hana Novák"]),
        ("2026-12-14T07:59:59", ["Hana Novák"]),
        ("2026-12-14T17:00", ["Ivo Jurić"]),
        ("2026-12-16T17:59:59", ["Ivo Jurić"]),
        ("2026-12-16T18:00", ["Hana Novák"]),
        ("2026-12-17T07:59:59", ["Hana Novák"]),
        ("2026-12-17T17:00", ["Ivo Jurić"]),
        ("2026-12-18T13:59", ["support"]),
        ("2026-12-18T14:00", ["Ivo Jurić"]),
        ("2026-12-21T07:59", []),
        ("2026-12-21T08:00", ["support"]),
        ("2026-12-21T20:00", []),
        ("2027-01-03T23:59", []),
        ("2027-01-04T00:00", ["Ivo Jurić"]),
        ("2027-06-20T20:00", ["Ivo Jurić"]),
    ],
)
def test_who_rings_at_each_moment(at: str, expected: list[str]) -> None:
    assert ringing(read(), vienna(at)) == expected


def test_a_gap_of_the_rota_is_no_closing_and_says_who_is_missing() -> None:
    call = RingingCall(CallId("call-1"), TENANT, None, Identity("applicationInstance", LINE))

    decision = decide(call, read(), LastResort(BOT), vienna("2026-12-21T20:00"))

    assert isinstance(decision, Reject)
    assert decision.why is Why.NO_TARGET
    assert {one.key: one.why for one in decision.skipped} == {
        NAMES["Gerd Maier"]: SkipReason.OFF_DUTY,
        NAMES["Hana Novák"]: SkipReason.OFF_DUTY,
        NAMES["Ivo Jurić"]: SkipReason.AWAY,
    }
    left = decide(call, read(), LastResort(BOT, unroutable=None), vienna("2026-12-21T20:00"))
    assert isinstance(left, Leave)


@pytest.mark.parametrize(
    ("zone", "shifts", "at", "expected"),
    [
        pytest.param(VIENNA, ["2026-03-23T08:00"], "2026-03-23T07:00+00:00", 0, id="vienna-winter"),
        pytest.param(
            VIENNA, ["2026-03-23T08:00", "2026-03-30T08:00"], "2026-03-30T06:00+00:00", 167, id="vienna-spring"
        ),
        pytest.param(
            VIENNA, ["2026-10-19T08:00", "2026-10-26T08:00"], "2026-10-26T07:00+00:00", 169, id="vienna-autumn"
        ),
        pytest.param(VIENNA, ["2026-03-29T02:30"], "2026-03-29T01:00+00:00", 0, id="vienna-left-out"),
        pytest.param(VIENNA, ["2026-03-29T02:00"], "2026-03-29T01:00+00:00", 0, id="vienna-the-first-left-out"),
        pytest.param(VIENNA, ["2026-03-29T03:00"], "2026-03-29T01:00+00:00", 0, id="vienna-after-the-leap"),
        pytest.param(VIENNA, ["2026-10-25T02:30"], "2026-10-25T00:30+00:00", 0, id="vienna-twice"),
        pytest.param(VIENNA, ["2026-10-25T03:00"], "2026-10-25T02:00+00:00", 0, id="vienna-after-the-two"),
        pytest.param(NEW_YORK, ["2026-03-02T08:00", "2026-03-09T08:00"], "2026-03-09T12:00+00:00", 167, id="ny-spring"),
        pytest.param(NEW_YORK, ["2026-10-26T08:00", "2026-11-02T08:00"], "2026-11-02T13:00+00:00", 169, id="ny-autumn"),
        pytest.param(NEW_YORK, ["2026-03-08T02:30"], "2026-03-08T07:00+00:00", 0, id="ny-left-out"),
        pytest.param(NEW_YORK, ["2026-11-01T01:30"], "2026-11-01T05:30+00:00", 0, id="ny-twice"),
        pytest.param(VIENNA, ["2026-03-29T02:30+01:00"], "2026-03-29T01:30+00:00", 0, id="an-offset-of-its-own"),
    ],
)
def test_a_handover_goes_by_the_clock_on_the_wall(zone: ZoneInfo, shifts: list[str], at: str, expected: int) -> None:
    *before, last = shifts
    rows = [shift("oncall", key, "Gerd Maier") for key in before] + [shift("oncall", last, "Hana Novák")]
    routes = [route(LINE, Ring="oncall", Empty="oncall", TimeZone=str(zone))]
    directory, moment = read(rows, [], routes), datetime.fromisoformat(at)

    assert ringing(directory, moment - timedelta(microseconds=1)) == (["Gerd Maier"] if before else EVERYBODY)
    assert ringing(directory, moment) == ["Hana Novák"]
    if before:
        begin = datetime.fromisoformat(before[0]).replace(tzinfo=zone).astimezone(UTC)
        assert moment - begin == timedelta(hours=expected)


@pytest.mark.parametrize(
    ("shifts", "at", "expected"),
    [
        pytest.param([shift("oncall", "2026-11-30", "Gerd Miaer")], "2026-12-01", EVERYBODY, id="the-first-misspelt"),
        pytest.param(
            [shift("oncall", "2026-11-30", "Gerd Maier"), shift("oncall", "2026-12-07", "Hana Nowak")],
            "2026-12-08",
            ["Gerd Maier"],
            id="a-later-one-misspelt",
        ),
        pytest.param([shift("oncall", "2026-11-30", "nobody")], "2026-12-01", [], id="nobody"),
        pytest.param(
            [shift("oncall", "2026-11-30", "gerd  MAIER, Hana Nova\u0301k")],
            "2026-12-01",
            ["Gerd Maier", "Hana Novák"],
            id="two-and-spelling",
        ),
        pytest.param([shift("oncall", "2026-11-30", 43660000001)], "2026-12-01", ["Gerd Maier"], id="a-key-cast-by-az"),
        pytest.param(
            [shift("oncall", "2026-11-30", "+43 660 000001")], "2026-12-01", ["Gerd Maier"], id="a-key-with-blanks"
        ),
        pytest.param(
            [shift("OnCall", "30.11.2026 08:00", "Gerd Maier")], "2026-11-30T08:00", ["Gerd Maier"], id="excel"
        ),
        pytest.param(
            [shift("oncall", "30.11.2026 08:00", "Gerd Maier")], "2026-11-30T07:59", EVERYBODY, id="excel-before"
        ),
        pytest.param(
            [
                shift("oncall", "2026-11-30", "Gerd Maier"),
                shift("oncall", "2026-12-01T18:00", "Hana Novák", Until="2026-12-03"),
                shift("oncall", "2026-12-02T18:00", "Ivo Jurić", Until="2026-12-03T06:00"),
            ],
            "2026-12-02T20:00",
            ["Ivo Jurić"],
            id="the-later-swap-wins",
        ),
        pytest.param(
            [
                shift("oncall", "2026-11-30", "Gerd Maier"),
                shift("oncall", "2026-12-01T18:00", "Hana Novák", Until="2026-12-03"),
                shift("oncall", "2026-12-02T18:00", "Ivo Jurić", Until="2026-12-03T06:00"),
            ],
            "2026-12-03T23:59",
            ["Hana Novák"],
            id="and-then-the-one-below-to-its-days-end",
        ),
        pytest.param(
            [shift("oncall", "2026-12-01T18:00", "Hana Novák", Until="2026-12-02T08:00")],
            "2026-12-02T08:00",
            EVERYBODY,
            id="swaps-alone-leave-no-rota",
        ),
        pytest.param(
            [
                shift("oncall", "2026-11-30", "Gerd Maier"),
                shift("oncall", "2026-12-01T18:00", "Hana Novák", Until="2026-12-08T08:00"),
                shift("oncall", "2026-12-07T08:00", "Ivo Jurić"),
            ],
            "2026-12-08T08:00",
            ["Ivo Jurić"],
            id="the-rota-has-gone-on-below",
        ),
    ],
)
def test_what_a_shift_says(shifts: list[dict[str, Any]], at: str, expected: list[str]) -> None:
    routes = [route(LINE, Ring="oncall", Empty="oncall")]

    assert ringing(read(shifts, [], routes), vienna(at)) == expected


def test_a_name_rings_all_of_its_rows_and_may_hold_a_comma() -> None:
    people = [
        target("+43660000001", "oncall", Name="Maier, Gerd"),
        target("+43660000004", "oncall", Name="Maier, Gerd"),
        target("+43660000002", "oncall", Name="Hana"),
        target("+43660000003", "oncall", Name="Ivo"),
    ]

    directory = read([shift("oncall", "2026-11-30", "Maier, Gerd, Hana")], [], [route(Ring="oncall")], people)

    assert ringing(directory, vienna("2026-12-01")) == ["Gerd Maier", "Hana Novák", "+43660000004"]
    assert directory.problems == ()


@pytest.mark.parametrize(
    ("who", "at", "expected"),
    [
        pytest.param("Gerd Maier", "2026-12-01", ["Hana Novák", "Ivo Jurić"], id="by-name"),
        pytest.param("+43660000001", "2026-12-01", ["Hana Novák", "Ivo Jurić"], id="by-key"),
        pytest.param("any", "2026-12-01", ["support"], id="everything"),
        pytest.param("Support", "2026-12-01", ["support"], id="a-line-by-name"),
        pytest.param(LINE.upper(), "2026-12-01", ["support"], id="a-line-by-id"),
        pytest.param(LINE, "2026-12-02T08:00", EVERYBODY, id="until-then"),
        pytest.param(LINE, "2026-11-30T23:59", EVERYBODY, id="not-yet"),
    ],
)
def test_who_is_away(who: str, at: str, expected: list[str]) -> None:
    routes = [route(LINE, Name="Support", Ring="oncall", Closed="support", Empty="support")]

    directory = read([], [absence(who, "2026-12-01", Until="2026-12-02T08:00")], routes)

    assert ringing(directory, vienna(at)) == expected


@pytest.mark.parametrize(("line", "expected"), [(LINE, EVERYBODY), (SECOND_LINE, ["support"])])
def test_everything_away_leaves_a_protected_line_alone(line: str, expected: list[str]) -> None:
    routes = [
        route(one, Ring="oncall", Closed="support", Protected=is_protected)
        for one, is_protected in ((LINE, "yes"), (SECOND_LINE, "no"))
    ]

    directory = read([], [absence("any", "2026-12-01", Until="2026-12-03")], routes)

    assert ringing(directory, vienna("2026-12-02"), line=line) == expected
    own = read([], [absence(LINE, "2026-12-01", Until="2026-12-03")], routes)
    assert ringing(own, vienna("2026-12-02")) == ["support"]


@pytest.mark.parametrize("who", ["any", "Support"])
@pytest.mark.parametrize(
    ("columns", "expected"),
    [({}, []), ({"Closed": "support"}, ["support"]), ({"Hours": "08:00-24:00"}, [])],
    ids=["blocked", "unless-the-row-says-what-then", "in-its-hours"],
)
def test_a_blocked_caller_stays_blocked_while_a_line_is_away(
    who: str, columns: dict[str, str], expected: list[str]
) -> None:
    people = [*TARGETS, target("+43660000011")]
    routes = [SUPPORT, route("any", "+4366412349", Ring="reject", **columns)]

    directory = read([], [absence(who, "2026-12-01", Until="2026-12-03")], routes, people)

    assert ringing(directory, vienna("2026-12-02T12:00"), caller="+436641234999") == expected
    assert ringing(directory, vienna("2026-12-02T12:00")) == EVERYBODY


@pytest.mark.parametrize(
    ("protected", "caller", "expected"),
    [
        ("true", "+436641234999", EVERYBODY),
        ("maybe", "+436641234999", EVERYBODY),
        ("false", "+436641234999", []),
        ("true", "+43999", []),
        ("true", "+1999", EVERYBODY),
    ],
)
def test_a_protected_line_obeys_only_its_own_rows(protected: str, caller: str, expected: list[str]) -> None:
    routes = [
        route("any", "+4366412349", Ring="reject"),
        route("any", "anonymous", Ring="reject"),
        route("any", "any", Ring="reject"),
        route(LINE, "+43999", Ring="reject", Protected=protected),
        route(LINE, Ring="oncall"),
    ]

    assert ringing(read([], [], routes), vienna("2026-12-01"), caller=caller) == expected


def test_a_protected_line_without_a_rule_that_fits_rings_the_default_list() -> None:
    routes = [route("any", "any", Ring="reject"), route(LINE, "+43999", Ring="support", Protected=True)]
    people = [*TARGETS, target("+43660000011")]

    directory = read([], [], routes, people)

    assert ringing(directory, vienna("2026-12-01")) == ["+43660000011"]
    assert ringing(directory, vienna("2026-12-01"), line=SECOND_LINE) == []


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-12-01T07:30+00:00", ["Gerd Maier"]),
        ("2026-12-01T14:00+00:00", ["Gerd Maier", "Hana Novák"]),
        ("2026-12-01T20:00+00:00", ["Hana Novák"]),
        ("2026-12-25T03:00+00:00", ["Hana Novák"]),
        ("2026-12-25T05:00+00:00", []),
    ],
)
def test_two_sites_share_a_list(at: str, expected: list[str]) -> None:
    day = {"Hours": "08:00-17:00"}
    people = [
        target(NAMES["Gerd Maier"], "desk", Name="Gerd Maier", **day),
        target(NAMES["Hana Novák"], "desk", Name="Hana Novák", TimeZone="America/New_York", Hours="08:00-24:00"),
    ]
    away = [absence("Hana Novák", "2026-12-25", Until="2026-12-25")]

    directory = read([], away, [route(Ring="desk", Empty="desk")], people)

    assert ringing(directory, datetime.fromisoformat(at)) == expected
