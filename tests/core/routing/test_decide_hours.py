"""What is decided by the clock: hours of routes and targets, From and Until, and who of a list is picked."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.directory import reader, route_rows, target_rows
from shared.core.directory.model import Directory, Target, TargetKind
from shared.core.directory.reader import RouteDefaults
from shared.core.ids import CallId
from shared.core.notification.calls import Identity, RingingCall
from shared.core.routing.decide import LastResort, decide
from shared.core.routing.decisions import Decision, Leave, Redirect, Reject, RejectReason, Skipped, SkipReason, Why
from tests.support.tables import ANNA, BO, BOT, LINE, route, target
from tests.support.tokens import TENANT

MOBILE, SPARE = "+12345678901", "+4312345678"
BUSY = LastResort(BOT)
WITH_SPARE = LastResort(BOT, fallback=(Target(TargetKind.PHONE, SPARE), Target(TargetKind.PHONE, MOBILE)))
VIENNA = ZoneInfo("Europe/Vienna")
OPEN, CLOSED = (datetime(2026, 11, 23, hour, 0, tzinfo=VIENNA) for hour in (10, 20))
WEEKDAYS = {"Hours": "Mo-Fr 08:00-17:00; PH off", "TimeZone": "Europe/Vienna", "Country": "AT"}
SALES = [target(ANNA, "sales"), target(BO, "night"), target(MOBILE)]


def call(call_id: str = "call-1") -> RingingCall:
    return RingingCall(CallId(call_id), TENANT, Identity("phone", "+4312345999"), Identity("applicationInstance", LINE))


def read(targets: list[dict[str, Any]], routes: list[dict[str, Any]], *holidays: str) -> Directory:
    days = [{"PartitionKey": "default", "RowKey": day} for day in holidays]
    return reader.read_directory(targets, routes, BOT, days, RouteDefaults(VIENNA, "AT"))


def lists(decision: Decision) -> list[str]:
    """Write the lists that are rung one after the other, and how that ends."""
    found = []
    while isinstance(decision, Redirect):
        found.append(decision.list)
        decision = decision.next_decision
    return [*found, decision.why]


def rung(decision: Decision) -> list[str]:
    return [one.id for one in decision.targets] if isinstance(decision, Redirect) else []


@pytest.mark.parametrize(
    ("row", "now", "last_resort", "expected"),
    [
        pytest.param(
            route(Ring="sales", Closed="night", **WEEKDAYS), OPEN, BUSY, ["sales", "default", "no_target"], id="open"
        ),
        pytest.param(
            route(Ring="sales", Closed="night", **WEEKDAYS), CLOSED, BUSY, ["night", "default", "closed"], id="closed"
        ),
        pytest.param(
            route(Ring="sales", **WEEKDAYS), CLOSED, BUSY, ["default", "closed"], id="without-closed-the-empty-list"
        ),
        pytest.param(
            route(Ring="sales", Empty="night", **WEEKDAYS),
            CLOSED,
            BUSY,
            ["night", "closed"],
            id="an-empty-list-of-its-own",
        ),
        pytest.param(
            route(Ring="default", Closed="default", **WEEKDAYS), CLOSED, BUSY, ["default", "closed"], id="no-list-twice"
        ),
        pytest.param(
            route(Ring="sales", Closed="none", **WEEKDAYS),
            CLOSED,
            BUSY,
            ["default", "closed"],
            id="a-list-that-is-none",
        ),
        pytest.param(
            route(Ring="sales", Closed="night", **WEEKDAYS),
            CLOSED,
            WITH_SPARE,
            ["night", "default", "FALLBACK_TARGETS", "closed"],
            id="then-the-fallback",
        ),
        pytest.param(route(Closed="reject", **WEEKDAYS), CLOSED, WITH_SPARE, ["closed"], id="turned-away"),
        pytest.param(
            route(Closed="night", Empty="reject", **WEEKDAYS),
            CLOSED,
            WITH_SPARE,
            ["night", "closed"],
            id="or-after-that",
        ),
        pytest.param(
            route(Ring="reject", Closed="night", **WEEKDAYS), OPEN, BUSY, ["by_rule"], id="turned-away-when-open"
        ),
        pytest.param(
            route(Ring="sales", Hours="sometimes", Closed="night"),
            CLOSED,
            BUSY,
            ["sales", "default", "no_target"],
            id="hours-that-cannot-be-read-are-open",
        ),
    ],
)
def test_which_lists_ring_by_the_routes_hours(
    row: dict[str, Any], now: datetime, last_resort: LastResort, expected: list[str]
) -> None:
    assert lists(decide(call(), read(SALES, [row]), last_resort, now)) == expected


def test_outside_its_hours_and_with_nobody_a_route_is_closed() -> None:
    directory = read([], [route(Closed="night", **WEEKDAYS)])

    assert decide(call(), directory, BUSY, CLOSED) == Reject(RejectReason.BUSY, Why.CLOSED, "any/any")
    assert decide(call(), directory, LastResort(BOT, unroutable=None), CLOSED) == Leave(Why.CLOSED, "any/any")
    assert decide(call(), directory, BUSY, OPEN) == Reject(RejectReason.BUSY, Why.NO_TARGET, "any/any")


@pytest.mark.parametrize(
    ("zone", "expected"),
    [("Europe/Vienna", "night"), ("America/New_York", "sales"), ("UTC", "sales"), ("Mars", "night")],
)
def test_hours_are_in_the_routes_zone(zone: str, expected: str) -> None:
    at_half_past_five_in_vienna = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)
    directory = read(SALES, [route(Ring="sales", Closed="night", Hours="08:00-17:00", TimeZone=zone)])

    assert lists(decide(call(), directory, BUSY, at_half_past_five_in_vienna))[0] == expected


@pytest.mark.parametrize(
    ("country", "holidays", "expected"),
    [
        pytest.param("AT", (), "night", id="the-countrys"),
        pytest.param("DE", (), "sales", id="another-countrys"),
        pytest.param("DE", ("2026-10-26",), "night", id="the-companys-of-one-year"),
        pytest.param("DE", ("10-26",), "night", id="the-companys-of-every-year"),
        pytest.param("DE", ("10-27", "2025-10-26"), "sales", id="other-days"),
    ],
)
def test_public_holidays_ring_the_closed_list(country: str, holidays: tuple[str, ...], expected: str) -> None:
    national_day = datetime(2026, 10, 26, 10, 0, tzinfo=VIENNA)
    directory = read(SALES, [route(Ring="sales", Closed="night", **WEEKDAYS | {"Country": country})], *holidays)

    assert lists(decide(call(), directory, BUSY, national_day))[0] == expected


def test_a_company_holiday_never_closes_a_line_that_does_not_say_ph() -> None:
    directory = read(SALES, [route(Ring="sales", Closed="night", Hours="Mo-Fr 08:00-17:00")], "11-23")

    assert lists(decide(call(), directory, BUSY, OPEN))[0] == "sales"


@pytest.mark.parametrize(
    ("columns", "now", "why"),
    [
        pytest.param({"Hours": "Mo-Fr 08:00-17:00"}, OPEN, None, id="inside-its-hours"),
        pytest.param({"Hours": "Mo-Fr 08:00-17:00"}, CLOSED, SkipReason.OUTSIDE_HOURS, id="outside-its-hours"),
        pytest.param({"Hours": "sometimes"}, CLOSED, None, id="hours-that-cannot-be-read"),
        pytest.param({"From": "2026-11-23T10:00"}, OPEN, None, id="from-now-on"),
        pytest.param({"From": "2026-11-23T10:01"}, OPEN, SkipReason.NOT_YET, id="from-then-on"),
        pytest.param({"From": "2026-11-23"}, OPEN, None, id="from-today"),
        pytest.param({"From": "2026-11-24"}, OPEN, SkipReason.NOT_YET, id="from-tomorrow"),
        pytest.param({"Until": "2026-11-23T10:00"}, OPEN, SkipReason.NO_LONGER, id="until-now"),
        pytest.param({"Until": "2026-11-23T10:01"}, OPEN, None, id="until-then"),
        pytest.param({"Until": "2026-11-23"}, OPEN, None, id="until-today"),
        pytest.param({"Until": "2026-11-22"}, OPEN, SkipReason.NO_LONGER, id="until-yesterday"),
        pytest.param({"From": "soon", "Until": "late"}, OPEN, None, id="unreadable-is-open"),
        pytest.param({"Enabled": "no", "Hours": "off"}, OPEN, SkipReason.DISABLED, id="disabled-and-outside-its-hours"),
    ],
)
def test_when_a_target_rings(columns: dict[str, Any], now: datetime, why: SkipReason | None) -> None:
    directory = read([target(ANNA, **columns), target(BO)], [])

    decision = decide(call(), directory, BUSY, now)

    assert rung(decision) == ([BO] if why else [ANNA, BO])
    assert decision.skipped == ((Skipped(ANNA, why),) if why else ())


def test_the_hours_of_a_target_are_in_the_routes_zone_and_country() -> None:
    national_day = datetime(2026, 10, 26, 6, 30, tzinfo=UTC)  # 07:30 in Vienna
    directory = read(
        [target(ANNA, Hours="07:00-17:00; PH off"), target(BO)],
        [route(), route(caller="+43", Country="DE"), route(caller="+431", Country="DE", TimeZone="UTC")],
    )

    def rings(caller: str) -> list[str]:
        ringing = RingingCall(CallId("call-1"), TENANT, Identity("phone", caller))
        return rung(decide(ringing, directory, BUSY, national_day))

    assert [rings(caller) for caller in ("+49123456", "+43223456", "+43123456")] == [[BO], [ANNA, BO], [BO]]


def test_one_who_is_left_by_the_hours_follows_their_own_forwarding() -> None:
    directory = read([target(ANNA), target(BO, Hours="off")], [])

    decision = decide(call(), directory, BUSY, OPEN)

    assert isinstance(decision, Redirect)
    assert decision.forwarding is True


THREE = [target(ANNA, Order=30), target(BO, Order=20), target(MOBILE, Order=10)]


def test_the_first_by_order_rings_and_the_others_keep_their_reason() -> None:
    decision = decide(call(), read(THREE, [route(Pick="first")]), BUSY, OPEN)

    assert rung(decision) == [MOBILE]
    assert decision.skipped == (Skipped(BO, SkipReason.NOT_PICKED), Skipped(ANNA, SkipReason.NOT_PICKED))
    assert isinstance(decision, Redirect)
    assert decision.forwarding is True


def test_the_first_is_the_first_who_can() -> None:
    directory = read([target(MOBILE, Hours="off"), *THREE[:2]], [route(Pick="first")])

    decision = decide(call(), directory, BUSY, OPEN)

    assert rung(decision) == [BO]
    assert decision.skipped == (Skipped(MOBILE, SkipReason.OUTSIDE_HOURS), Skipped(ANNA, SkipReason.NOT_PICKED))


def test_chance_spreads_calls_evenly_and_picks_the_same_one_for_the_same_call() -> None:
    directory = read(THREE, [route(Pick="random")])

    decisions = [decide(call(f"call-{number}"), directory, BUSY, OPEN) for number in range(600)]

    picked = Counter(rung(decision)[0] for decision in decisions)
    assert set(picked) == {ANNA, BO, MOBILE}
    assert min(picked.values()) > 150
    assert decide(call("call-7"), directory, BUSY, OPEN) == decisions[7]
    assert {one.why for one in decisions[7].skipped} == {SkipReason.NOT_PICKED}
    assert {one.key for one in decisions[7].skipped} == {ANNA, BO, MOBILE} - set(rung(decisions[7]))


def test_chance_picks_among_all_who_can_and_not_among_25() -> None:
    numbers = [f"+43123456{number:02}" for number in range(60)]
    directory = read([target(number) for number in numbers], [route(Pick="random")])

    picked = {rung(decide(call(f"call-{number}"), directory, BUSY, OPEN))[0] for number in range(600)}

    assert picked == set(numbers)


@pytest.mark.parametrize("pick", ["first", "random"])
def test_a_pick_holds_for_the_routes_lists_but_not_for_the_last_resort(pick: str) -> None:
    directory = read([target(ANNA, "night"), target(BO, "night")], [route(Pick=pick, Closed="night", **WEEKDAYS)])

    decision = decide(call(), directory, WITH_SPARE, CLOSED)

    assert len(rung(decision)) == 1
    assert isinstance(decision, Redirect)
    assert rung(decision.next_decision) == [SPARE, MOBILE]


@pytest.mark.parametrize("pick", ["first", "random"])
def test_of_nobody_nobody_is_picked(pick: str) -> None:
    decision = decide(call(), read([target(ANNA, Hours="off")], [route(Pick=pick)]), BUSY, OPEN)

    assert rung(decision) == []
    assert decision.skipped == (Skipped(ANNA, SkipReason.OUTSIDE_HOURS),)


CELL = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.datetimes(timezones=st.just(UTC))
    | st.sampled_from([ANNA, BO, LINE, str(BOT), MOBILE, "any", "sales", "default", "reject", "first", "random"])
    | st.sampled_from(["PH off", "Mo-Fr 08:00-17:00", "off", "2026-12-24", "12-25", "AT", "Europe/Vienna", "+43"])
)
COLUMNS = st.sampled_from((*target_rows.COLUMNS, *route_rows.COLUMNS, "Enabeld"))
ROWS = st.lists(st.dictionaries(COLUMNS, CELL), max_size=5)


@given(
    targets=ROWS,
    routes=ROWS,
    holidays=ROWS,
    now=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds
)
def test_whatever_the_rows_say_the_decision_is_one_that_graph_takes(
    targets: list[Any], routes: list[Any], holidays: list[Any], now: datetime
) -> None:
    directory = reader.read_directory([target(ANNA), *targets], routes, BOT, holidays, RouteDefaults(VIENNA, "AT"))

    decision = decide(call(), directory, WITH_SPARE, now)

    while isinstance(decision, Redirect):
        ids = [one.id for one in decision.targets]
        assert 1 <= len(ids) == len(set(ids)) <= 25
        assert not {BOT, LINE, *directory.lines} & set(ids)
        assert decision.timeout is None or 15 <= decision.timeout <= 90
        decision = decision.next_decision
    assert decision.why in set(Why)
