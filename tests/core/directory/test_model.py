"""The snapshot of the tables: immutable, and with a fingerprint of all that can change a decision."""

from collections.abc import MutableMapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shared.core.directory.model import Pick, Problem, Route, Severity, Target, TargetKind, snapshot
from shared.core.directory.roster import Roster
from shared.core.schedule.holidays import Holidays
from shared.core.schedule.rota import Intervals, Rota
from tests.support.tables import ANNA, BO, LINE

WHO = Target(TargetKind.USER, ANNA, "Anna", 10)
WAY = Route(line=LINE, caller="+43", ring="sales", empty="night", timeout=30, forwarding=True)
BEFORE = snapshot({"sales": (WHO,)}, {(WAY.line, WAY.caller): WAY})


def test_a_snapshot_cannot_be_changed_by_its_makers() -> None:
    lists: dict[str, tuple[Target, ...]] = {"sales": (WHO,)}
    directory = snapshot(lists, {})

    lists["night"] = ()

    assert list(directory.lists) == ["sales"]
    assert not isinstance(directory.lists, MutableMapping)
    assert not isinstance(directory.routes, MutableMapping)


def test_what_is_worked_out_once() -> None:
    routes = {("any", "any"): Route(), (LINE, "any"): Route(line=LINE), (LINE, "+43"): Route(line=LINE, caller="+43")}
    problem = Problem(Severity.ERROR, "targets", "default", "Enabled", "nobody in this list can ring")

    directory = snapshot({"default": (WHO, Target(TargetKind.USER, BO)), "night": (WHO,)}, routes, iter([problem]))

    assert directory.lines == {LINE}
    assert directory.target_count == 3
    assert directory.problems == (problem,)
    assert routes[LINE, "+43"].name == f"{LINE}/+43"


@pytest.mark.parametrize(
    "who",
    [
        pytest.param(replace(WHO, kind=TargetKind.APPLICATION), id="its-kind"),
        pytest.param(replace(WHO, id=BO), id="its-id"),
        pytest.param(replace(WHO, name="Ann"), id="its-name"),
        pytest.param(replace(WHO, order=11), id="its-order"),
        pytest.param(replace(WHO, enabled=False), id="whether-it-is-enabled"),
        pytest.param(replace(WHO, hours="PH off"), id="its-hours"),
        pytest.param(replace(WHO, zone=ZoneInfo("Europe/Vienna")), id="its-zone"),
        pytest.param(replace(WHO, begins=datetime(2026, 12, 24, tzinfo=UTC)), id="when-it-begins"),
        pytest.param(replace(WHO, ends=datetime(2026, 12, 24, tzinfo=UTC)), id="when-it-ends"),
    ],
)
def test_the_fingerprint_changes_with_a_target(who: Target) -> None:
    assert snapshot({"sales": (who,)}, BEFORE.routes).fingerprint != BEFORE.fingerprint


@pytest.mark.parametrize(
    "way",
    [
        pytest.param(replace(WAY, line="any"), id="its-line"),
        pytest.param(replace(WAY, caller="+4"), id="its-caller"),
        pytest.param(replace(WAY, ring="night"), id="its-list"),
        pytest.param(replace(WAY, empty="sales"), id="its-empty-list"),
        pytest.param(replace(WAY, timeout=None), id="its-timeout"),
        pytest.param(replace(WAY, forwarding=None), id="its-forwarding"),
        pytest.param(replace(WAY, hours="PH off"), id="its-hours"),
        pytest.param(replace(WAY, closed="night"), id="its-closed-list"),
        pytest.param(replace(WAY, zone=ZoneInfo("Europe/Vienna")), id="its-zone"),
        pytest.param(replace(WAY, country="AT"), id="its-country"),
        pytest.param(replace(WAY, pick=Pick.FIRST), id="its-pick"),
    ],
)
def test_the_fingerprint_changes_with_a_route(way: Route) -> None:
    assert snapshot(BEFORE.lists, {(way.line, way.caller): way}).fingerprint != BEFORE.fingerprint


DAY = datetime(2026, 11, 30, tzinfo=UTC)
AWAY = Intervals((DAY,), (DAY + timedelta(days=1),))
ROSTERS = (
    Roster(rotas={("sales", UTC): Rota((DAY,), (frozenset({BO}),))}),
    Roster(rotas={("sales", UTC): Rota((DAY,), (frozenset(),))}),
    Roster(rotas={("sales", UTC): Rota((DAY,), (None,))}),
    Roster(people={UTC: {BO: AWAY}}),
    Roster(lines={UTC: {BO: AWAY}}),
    Roster(lines={UTC: {BO: Intervals((DAY,), (DAY + timedelta(days=2),))}}),
)


def test_the_fingerprint_changes_with_what_holds_for_all() -> None:
    same = {
        snapshot(BEFORE.lists, BEFORE.routes).fingerprint,
        snapshot(BEFORE.lists, BEFORE.routes, lines=[LINE]).fingerprint,
    }
    others = {
        snapshot(BEFORE.lists, BEFORE.routes, lines=[BO]).fingerprint,
        snapshot(BEFORE.lists, BEFORE.routes, default_route=Route(country="AT")).fingerprint,
        snapshot(BEFORE.lists, BEFORE.routes, holidays=Holidays(frozenset({date(2026, 12, 25)}))).fingerprint,
        snapshot(BEFORE.lists, BEFORE.routes, holidays=Holidays(yearly=frozenset({(12, 25)}))).fingerprint,
        snapshot(BEFORE.lists, BEFORE.routes, protected=[LINE]).fingerprint,
        *(snapshot(BEFORE.lists, BEFORE.routes, roster=duty).fingerprint for duty in ROSTERS),
    }

    assert same == {BEFORE.fingerprint}
    assert len(others | same) == 6 + len(ROSTERS)


def test_errors_come_first_and_keep_their_order() -> None:
    warning, error, other = (
        Problem(level, "routes", "any/any", column, "")
        for level, column in ((Severity.WARNING, "a"), (Severity.ERROR, "b"), (Severity.ERROR, "c"))
    )

    assert snapshot({}, {}, [warning, error, other]).problems == (error, other, warning)


def test_the_fingerprint_is_of_the_content_and_not_of_its_order_or_problems() -> None:
    other = replace(WAY, caller="any")
    routes = {(WAY.line, WAY.caller): WAY, (other.line, other.caller): other}
    lists = {"sales": (WHO,), "night": (WHO, Target(TargetKind.USER, BO, "\ud800"))}
    problem = Problem(Severity.WARNING, "routes", "any/any", "Timeout", "15 to 90 seconds; 15 used")

    one = snapshot(lists, routes)
    turned = snapshot(dict(reversed(lists.items())), dict(reversed(routes.items())), [problem])

    assert one.fingerprint == turned.fingerprint
    assert len(one.fingerprint) == 8
    assert int(one.fingerprint, 16) >= 0


def test_the_order_of_ringing_changes_the_fingerprint() -> None:
    two = (WHO, Target(TargetKind.USER, BO))

    assert snapshot({"a": two}, {}).fingerprint != snapshot({"a": two[::-1]}, {}).fingerprint
