"""When somebody else rings than now."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.console.explain.forecast import next_change
from shared.core.directory import reader
from shared.core.directory.model import Directory
from shared.core.directory.reader import RouteDefaults
from shared.core.ids import CallId
from shared.core.notification.calls import RingingCall
from shared.core.routing.decide import LastResort, decide
from shared.core.routing.decisions import Redirect, Reject
from tests.support.tables import ANNA, BO, BOT, route, target
from tests.support.tokens import TENANT

VIENNA = ZoneInfo("Europe/Vienna")
BUSY = LastResort(BOT)
CALL = RingingCall(CallId("call-1"), TENANT)
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=VIENNA)
WEEKDAYS = "Mo-Fr 08:00-17:00"


def read(targets: list[dict[str, Any]], routes: list[dict[str, Any]], *holidays: str) -> Directory:
    days = [{"PartitionKey": "default", "RowKey": day} for day in holidays]
    return reader.read_directory(targets, routes, BOT, days, RouteDefaults(VIENNA, "AT"))


def at(day: int, hour: int = 0, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=VIENNA)


@pytest.mark.parametrize(
    ("targets", "routes", "holidays", "expected"),
    [
        pytest.param([target(ANNA)], [], (), None, id="nothing-ever-changes"),
        pytest.param([target(ANNA), target(BO, Hours=WEEKDAYS)], [], (), at(23, 17), id="a-targets-hours"),
        pytest.param(
            [target(ANNA), target(BO, "night")],
            [route(Hours=WEEKDAYS, Closed="night")],
            (),
            at(23, 17),
            id="the-routes",
        ),
        pytest.param([target(ANNA), target(BO, Until="2026-11-24")], [], (), at(25), id="until"),
        pytest.param([target(ANNA), target(BO, From="2026-11-24T06:00")], [], (), at(24, 6), id="from"),
        pytest.param([target(ANNA), target(BO, Until="2026-11-22")], [], (), None, id="a-span-that-is-over"),
        pytest.param([target(ANNA), target(BO, From="2026-12-02")], [], (), None, id="beyond-the-horizon"),
        pytest.param([target(ANNA), target(BO, Hours=WEEKDAYS, Enabled="no")], [], (), None, id="who-is-disabled"),
        pytest.param([target(ANNA), target(BO, "night", Hours=WEEKDAYS)], [], (), None, id="a-list-that-does-not-ring"),
        pytest.param(
            [target(ANNA), target(BO, Hours="Mo-Fr 08:00-12:00")],
            [route(Pick="first")],
            (),
            None,
            id="who-is-not-picked",
        ),
        pytest.param(
            [target(ANNA)], [route(Hours=WEEKDAYS, Closed="default")], (), None, id="the-same-list-when-closed"
        ),
        pytest.param([target(ANNA)], [route(Hours=WEEKDAYS, Closed="reject")], (), at(23, 17), id="turned-away"),
        pytest.param([target(ANNA, Hours=WEEKDAYS)], [route(Ring="sales")], (), at(23, 17), id="the-empty-list"),
        pytest.param(
            [target(ANNA, "night", Hours=WEEKDAYS), target(BO)],
            [route(Hours="Sa", Closed="night")],
            (),
            at(23, 17),
            id="the-closed-list",
        ),
        pytest.param(
            [target(ANNA, Hours="08:00-12:00"), target(BO, Hours="08:00-09:00,12:00-14:00")],
            [],
            (),
            at(23, 12),
            id="one-relieves-the-other",
        ),
        pytest.param(
            [target(ANNA), target(BO, Hours="24/7; PH off")], [], ("11-26",), at(26), id="a-company-holiday-in-between"
        ),
    ],
)
def test_the_next_moment_at_which_somebody_else_rings(
    targets: list[dict[str, Any]], routes: list[dict[str, Any]], holidays: tuple[str, ...], expected: datetime | None
) -> None:
    assert next_change(CALL, read(targets, routes, *holidays), BUSY, MONDAY) == expected


def test_a_change_is_told_in_utc() -> None:
    found = next_change(CALL, read([target(ANNA, Hours=WEEKDAYS)], []), BUSY, MONDAY)

    assert found is not None
    assert found.isoformat() == "2026-11-23T16:00:00+00:00"


def test_how_far_is_looked_can_be_said() -> None:
    directory = read([target(ANNA), target(BO, From="2026-12-02")], [])

    assert next_change(CALL, directory, BUSY, MONDAY, timedelta(days=9)) == at(2, month=12)
    assert next_change(CALL, directory, BUSY, MONDAY, timedelta(days=1)) is None


def test_the_hour_that_autumn_has_twice_is_told_twice() -> None:
    directory = read([target(ANNA), target(BO, Hours="02:15-02:45")], [])
    moment: datetime | None = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)
    found: list[str] = []

    while len(found) < 4 and (moment := next_change(CALL, directory, BUSY, moment or MONDAY)):
        found.append(moment.strftime("%d %H:%M"))

    assert found == ["25 00:15", "25 00:45", "25 01:15", "25 01:45"]


TEXTS = st.sampled_from(["", WEEKDAYS, "08:00-12:00", "22:00-06:00", "Sa,Su", "02:15-02:45", "PH off", "off", "x"])
DAYS = st.sampled_from(["", "2026-10-24", "2026-10-25T02:30", "2026-10-26"])
TARGETS = st.lists(st.builds(target, st.sampled_from([ANNA, BO]), Hours=TEXTS, From=DAYS, Until=DAYS), max_size=3)


@given(
    targets=TARGETS,
    hours=TEXTS,
    pick=st.sampled_from(["all", "first", "random"]),
    minutes=st.integers(0, 4 * 24 * 60),
    sample=st.floats(0, 1),
)
def test_nobody_else_rings_before_the_change_and_somebody_else_at_it(
    targets: list[dict[str, Any]], hours: str, pick: str, minutes: int, sample: float
) -> None:
    directory = read(targets, [route(Hours=hours, Closed="reject", Pick=pick)])
    now = datetime(2026, 10, 23, tzinfo=UTC) + timedelta(minutes=minutes)

    def says(moment: datetime) -> object:
        decision = decide(CALL, directory, BUSY, moment)
        return decision.targets if isinstance(decision, Redirect) else decision.why

    change = next_change(CALL, directory, BUSY, now)

    until = change or now + timedelta(days=8)
    before = min(now + (until - now) * sample, until - timedelta(microseconds=1))
    assert says(before) == says(now)
    assert change is None or says(change) != says(now)


def test_another_way_of_turning_away_is_a_change_too() -> None:
    directory = read([], [route(Hours=WEEKDAYS, Closed="default")])

    assert isinstance(decide(CALL, directory, BUSY, MONDAY), Reject)
    assert next_change(CALL, directory, BUSY, MONDAY) == at(23, 17)
