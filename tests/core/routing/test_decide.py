"""What is decided about a ringing call, from rows as people write them."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.directory import reader
from shared.core.directory.model import Directory, Route, Target, TargetKind
from shared.core.ids import CallId
from shared.core.notification.calls import Identity, RingingCall
from shared.core.routing.decide import LastResort, choose_route, decide
from shared.core.routing.decisions import Decision, Leave, Redirect, Reject, RejectReason, Skipped, SkipReason, Why
from tests.support.tables import ANNA, BO, BOT, LINE, SECOND_LINE, route, target
from tests.support.tokens import TENANT

MOBILE, SPARE = "+12345678901", "+4312345678"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)  # a Sunday
BUSY = LastResort(BOT)
WITH_SPARE = LastResort(BOT, fallback=(Target(TargetKind.PHONE, SPARE),))
CALLERS = {
    "number": Identity("phone", "+4312345999"),
    "long": Identity("phone", "+431234567890123456789"),
    "short": Identity("phone", "1234"),
    "user": Identity("user", ANNA),
    "guest": Identity("guest", "guest-7"),
    "encrypted": Identity("encrypted", "1xt4"),
    "nobody": None,
}


def call(
    *, called: str | None = LINE, caller: Identity | None = None, forwarded_by: tuple[str, ...] = ()
) -> RingingCall:
    line = Identity("applicationInstance", called) if called else None
    return RingingCall(CallId("call-1"), TENANT, caller, line, forwarded_by=frozenset(forwarded_by))


def read(targets: list[dict[str, Any]], routes: list[dict[str, Any]]) -> Directory:
    return reader.read_directory(targets, routes, BOT)


def chain(decision: Decision) -> list[tuple[str, tuple[str, ...]] | Reject | Leave]:
    """Write a decision and what follows it: each list with those who ring, then the end."""
    found: list[tuple[str, tuple[str, ...]] | Reject | Leave] = []
    while isinstance(decision, Redirect):
        found.append((decision.list, tuple(one.id for one in decision.targets)))
        decision = decision.next_decision
    return [*found, decision]


@pytest.mark.parametrize(
    ("keys", "called", "caller", "expected"),
    [
        pytest.param([], LINE, "number", "any/any", id="no-routes-at-all"),
        pytest.param([("any", "any")], LINE, "number", "any/any", id="any"),
        pytest.param([("any", "any"), (LINE, "any")], LINE, "number", f"{LINE}/any", id="the-called-line-before-any"),
        pytest.param([("any", "any"), (LINE, "any")], SECOND_LINE, "number", "any/any", id="another-line"),
        pytest.param([("any", "any"), (LINE, "any")], None, "number", "any/any", id="no-line-is-known"),
        pytest.param(
            [("any", "+4"), ("any", "+43123"), ("any", "+43")], LINE, "number", "any/+43123", id="the-longest-beginning"
        ),
        pytest.param([("any", "+4312345999")], LINE, "number", "any/+4312345999", id="the-whole-number"),
        pytest.param([("any", "+43123459990")], LINE, "number", "any/any", id="more-than-the-number"),
        pytest.param([("any", "+44")], LINE, "number", "any/any", id="another-beginning"),
        pytest.param([("any", "+4")], LINE, "number", "any/+4", id="the-shortest-beginning"),
        pytest.param([(LINE, "+4"), ("any", "+43")], LINE, "number", "any/+43", id="the-longer-caller-before-the-line"),
        pytest.param([(LINE, "+43"), ("any", "+43")], LINE, "number", f"{LINE}/+43", id="the-line-among-equal-callers"),
        pytest.param([(LINE, "any"), ("any", "+43")], LINE, "number", "any/+43", id="a-block-holds-on-every-line"),
        pytest.param([("any", "+431234567890123")], LINE, "long", "any/+431234567890123", id="a-number-too-long"),
        pytest.param([("any", "any")], LINE, "short", "any/any", id="an-extension"),
        pytest.param([("any", ANNA), (LINE, "any")], LINE, "user", f"any/{ANNA}", id="a-user"),
        pytest.param([("any", BO)], LINE, "user", "any/any", id="another-user"),
        pytest.param([("any", "anonymous"), (LINE, "any")], LINE, "nobody", "any/anonymous", id="anonymous"),
        pytest.param([(LINE, "anonymous"), ("any", "anonymous")], LINE, "nobody", f"{LINE}/anonymous", id="on-a-line"),
        pytest.param([("any", "anonymous")], LINE, "number", "any/any", id="a-number-is-not-anonymous"),
        pytest.param([("any", "anonymous")], LINE, "guest", "any/any", id="a-guest-is-not-anonymous"),
        pytest.param([("any", "anonymous"), ("any", "any")], LINE, "encrypted", "any/any", id="encrypted-is-only-any"),
    ],
)
def test_the_most_specific_route(keys: list[tuple[str, str]], called: str | None, caller: str, expected: str) -> None:
    directory = read([], [route(*key) for key in keys])

    assert choose_route(call(called=called, caller=CALLERS[caller]), directory).name == expected


def test_an_encrypted_caller_matches_no_route_of_its_id() -> None:
    directory = Directory(routes={("any", "1xt4"): Route(caller="1xt4")})

    assert choose_route(call(caller=CALLERS["encrypted"]), directory).caller == "any"


NO_TARGET = Reject(RejectReason.BUSY, Why.NO_TARGET, "any/any")
BY_RULE = Reject(RejectReason.BUSY, Why.BY_RULE, "any/any")


@pytest.mark.parametrize(
    ("targets", "routes", "last_resort", "expected"),
    [
        pytest.param([target(ANNA)], [], BUSY, [("default", (ANNA,)), NO_TARGET], id="without-routes-default-rings"),
        pytest.param([], [], BUSY, [NO_TARGET], id="nobody-anywhere"),
        pytest.param([], [], WITH_SPARE, [("FALLBACK_TARGETS", (SPARE,)), NO_TARGET], id="fallback-when-nobody-can"),
        pytest.param(
            [target(ANNA, Enabled=False)],
            [],
            WITH_SPARE,
            [("FALLBACK_TARGETS", (SPARE,)), NO_TARGET],
            id="fallback-when-all-are-disabled",
        ),
        pytest.param(
            [target(ANNA, "sales"), target(BO)],
            [route(Ring="sales")],
            WITH_SPARE,
            [("sales", (ANNA,)), ("default", (BO,)), ("FALLBACK_TARGETS", (SPARE,)), NO_TARGET],
            id="ring-then-empty-then-fallback",
        ),
        pytest.param(
            [target(ANNA, "sales"), target(BO, "night"), target(MOBILE)],
            [route(Ring="sales", Empty="night")],
            BUSY,
            [("sales", (ANNA,)), ("night", (BO,)), NO_TARGET],
            id="an-empty-list-of-its-own",
        ),
        pytest.param(
            [target(ANNA, "sales")],
            [route(Ring="sales", Empty="Sales")],
            BUSY,
            [("sales", (ANNA,)), NO_TARGET],
            id="no-list-twice",
        ),
        pytest.param(
            [target(ANNA)], [route(Ring="slaes")], BUSY, [("default", (ANNA,)), NO_TARGET], id="a-list-that-is-none"
        ),
        pytest.param([target(ANNA)], [route(Ring="reject")], WITH_SPARE, [BY_RULE], id="reject"),
        pytest.param(
            [target(ANNA, "sales")],
            [route(Ring="sales", Empty="reject")],
            WITH_SPARE,
            [("sales", (ANNA,)), BY_RULE],
            id="reject-where-nobody-can-ring",
        ),
        pytest.param(
            [target(ANNA)],
            [route(Ring="slaes", Empty="reject")],
            WITH_SPARE,
            [BY_RULE],
            id="a-list-that-is-none-before-reject",
        ),
        pytest.param(
            [],
            [],
            LastResort(BOT, unroutable=RejectReason.FORBIDDEN),
            [Reject(RejectReason.FORBIDDEN, Why.NO_TARGET, "any/any")],
            id="unroutable-forbidden",
        ),
        pytest.param(
            [target(ANNA)],
            [route(Ring="reject")],
            LastResort(BOT, unroutable=RejectReason.NONE),
            [Reject(RejectReason.NONE, Why.BY_RULE, "any/any")],
            id="a-rule-rejects-as-unroutable-says",
        ),
        pytest.param(
            [], [], LastResort(BOT, unroutable=None), [Leave(Why.NO_TARGET, "any/any")], id="unroutable-ring-leaves-it"
        ),
        pytest.param(
            [target(ANNA)],
            [],
            LastResort(BOT, unroutable=None),
            [("default", (ANNA,)), Leave(Why.NO_TARGET, "any/any")],
            id="unroutable-ring-after-a-list",
        ),
        pytest.param(
            [], [route(Ring="reject")], LastResort(BOT, unroutable=None), [BY_RULE], id="a-rule-rejects-all-the-same"
        ),
    ],
)
def test_which_lists_ring_and_what_follows(
    targets: list[dict[str, Any]], routes: list[dict[str, Any]], last_resort: LastResort, expected: list[Any]
) -> None:
    decision = decide(call(), read(targets, routes), last_resort, NOW)

    assert chain(replace(decision, skipped=())) == expected


def test_a_decision_names_its_route_in_every_list() -> None:
    directory = read([target(ANNA, "sales"), target(BO)], [route(LINE, "+43", Ring="sales", Timeout=30)])

    first = decide(call(caller=CALLERS["number"]), directory, WITH_SPARE, NOW)

    assert isinstance(first, Redirect)
    assert isinstance(first.next_decision, Redirect)
    assert {first.route, first.next_decision.route, first.next_decision.next_decision.route} == {f"{LINE}/+43"}
    assert (first.timeout, first.next_decision.timeout) == (30, 30)


@pytest.mark.parametrize(
    ("row", "ringing", "why"),
    [
        pytest.param(target(ANNA, Enabled="no"), call(), SkipReason.DISABLED, id="disabled"),
        pytest.param(target(LINE, Kind="applicationInstance"), call(), SkipReason.THIS_LINE, id="the-called-line"),
        pytest.param(
            target(SECOND_LINE, Kind="applicationInstance"), call(), SkipReason.ROUTED_HERE, id="a-line-routed-here"
        ),
        pytest.param(target(ANNA), call(forwarded_by=(ANNA,)), SkipReason.FORWARDED_HERE, id="who-forwarded-the-call"),
        pytest.param(
            target(MOBILE),
            call(forwarded_by=(MOBILE,)),
            SkipReason.FORWARDED_HERE,
            id="a-number-that-forwarded-the-call",
        ),
        pytest.param(target(ANNA), call(caller=Identity("user", ANNA)), SkipReason.CALLING, id="who-calls"),
        pytest.param(target(MOBILE), call(caller=Identity("phone", MOBILE)), SkipReason.CALLING, id="the-number"),
        pytest.param(
            target(MOBILE),
            call(caller=Identity("user", ANNA, also=frozenset({MOBILE}))),
            SkipReason.CALLING,
            id="the-other-number-of-who-calls",
        ),
        pytest.param(
            target(ANNA),
            replace(call(), transferred_by=frozenset({ANNA})),
            SkipReason.TRANSFERRED_HERE,
            id="who-transferred-the-call",
        ),
    ],
)
def test_who_would_bring_the_call_back_or_is_off_does_not_ring(
    row: dict[str, Any], ringing: RingingCall, why: SkipReason
) -> None:
    directory = read([row, target(BO)], [route(SECOND_LINE)])

    decision = decide(ringing, directory, BUSY, NOW)

    assert chain(decision)[0] == ("default", (BO,))
    assert decision.skipped == (Skipped(row["RowKey"], why),)


def test_who_calls_does_not_ring_even_as_a_fallback() -> None:
    decision = decide(call(caller=Identity("phone", SPARE)), read([], []), WITH_SPARE, NOW)

    assert chain(decision) == [Reject(RejectReason.BUSY, Why.NO_TARGET, "any/any", decision.skipped)]
    assert decision.skipped == (Skipped(SPARE, SkipReason.CALLING),)


def test_the_bot_itself_does_not_ring_even_as_a_fallback() -> None:
    last_resort = LastResort(BOT, fallback=(Target(TargetKind.APPLICATION, BOT), Target(TargetKind.PHONE, SPARE)))

    decision = decide(call(), read([], []), last_resort, NOW)

    assert chain(decision)[0] == ("FALLBACK_TARGETS", (SPARE,))
    assert decision.skipped == (Skipped(BOT, SkipReason.ITSELF),)


def test_the_called_line_does_not_ring_even_as_a_fallback() -> None:
    last_resort = LastResort(BOT, fallback=(Target(TargetKind.APPLICATION_INSTANCE, LINE),))

    decision = decide(call(), read([], []), last_resort, NOW)

    assert decision == replace(NO_TARGET, skipped=(Skipped(LINE, SkipReason.THIS_LINE),))


def test_the_skipped_of_all_lists_stand_in_the_first_decision() -> None:
    directory = read([target(ANNA, "sales", Enabled=0), target(BO), target(LINE)], [route(Ring="sales")])

    decision = decide(call(), directory, WITH_SPARE, NOW)

    assert decision.skipped == (Skipped(ANNA, SkipReason.DISABLED), Skipped(LINE, SkipReason.THIS_LINE))
    assert isinstance(decision, Redirect)
    assert decision.next_decision.skipped == ()


def test_twenty_five_ring_by_order_and_then_by_key() -> None:
    numbers = [f"+43123456{number:02}" for number in range(27)]
    last, off = target(numbers[0], Order=101), target(numbers[1], Enabled=False)
    directory = read([last, off, *(target(number) for number in reversed(numbers[2:]))], [])
    one_more = read([target(number) for number in numbers[:26]], [])

    decision, too_many = decide(call(), directory, BUSY, NOW), decide(call(), one_more, BUSY, NOW)

    assert chain(decision)[0] == ("default", tuple(numbers[2:]))
    assert decision.skipped == (Skipped(numbers[1], SkipReason.DISABLED), Skipped(numbers[0], SkipReason.BEYOND_25))
    assert chain(too_many)[0] == ("default", tuple(numbers[:25]))


@pytest.mark.parametrize(
    ("count", "cell", "forwarding"),
    [
        pytest.param(1, None, True, id="one-target-follows-its-own-forwarding"),
        pytest.param(2, None, False, id="several-do-not"),
        pytest.param(1, "no", False, id="one-that-shall-not"),
        pytest.param(2, "yes", True, id="several-that-shall"),
    ],
)
def test_when_the_targets_own_forwarding_counts(count: int, cell: str | None, *, forwarding: bool) -> None:
    directory = read([target(who) for who in (ANNA, BO)[:count]], [route(Forwarding=cell)])

    decision = decide(call(), directory, BUSY, NOW)

    assert isinstance(decision, Redirect)
    assert decision.forwarding is forwarding


def test_one_who_is_left_of_several_follows_their_own_forwarding() -> None:
    decision = decide(call(), read([target(ANNA), target(BO, Enabled=False)], []), BUSY, NOW)

    assert isinstance(decision, Redirect)
    assert decision.forwarding is True


@pytest.mark.parametrize(("seconds", "expected"), [(None, None), (45, 45), (5, 15)])
def test_a_timeout_is_sent_only_where_it_is_set(seconds: int | None, expected: int | None) -> None:
    decision = decide(call(), read([target(ANNA)], [route(Timeout=seconds)]), BUSY, NOW)

    assert isinstance(decision, Redirect)
    assert decision.timeout == expected


WHO = st.sampled_from([ANNA, BO, LINE, SECOND_LINE, str(BOT), MOBILE, SPARE])
LISTS = st.sampled_from(["default", "sales", "reject", "none"])
TARGETS = st.lists(st.builds(target, WHO, LISTS, Enabled=st.booleans(), Order=st.integers(0, 2)), max_size=12)
ROUTES = st.lists(
    st.builds(
        route,
        st.sampled_from(["any", LINE, SECOND_LINE]),
        st.sampled_from(["any", "anonymous", "+43", ANNA]),
        Ring=LISTS,
        Empty=LISTS,
        Timeout=st.integers(0, 100) | st.none(),
    ),
    max_size=4,
)


@given(targets=TARGETS, routes=ROUTES, caller=st.sampled_from(list(CALLERS.values())), called=st.none() | WHO)
def test_no_decision_brings_the_call_back_or_tries_a_list_twice(
    targets: list[dict[str, Any]], routes: list[dict[str, Any]], caller: Identity | None, called: str | None
) -> None:
    directory = read(targets, routes)

    steps = chain(decide(call(called=called, caller=caller), directory, WITH_SPARE, NOW))

    lists = [step[0] for step in steps if isinstance(step, tuple)]
    rung = [who for step in steps if isinstance(step, tuple) for who in step[1]]
    assert len(lists) == len(set(lists)) <= 3
    assert "reject" not in lists
    assert not {called, BOT, *directory.lines} & set(rung)
    assert isinstance(steps[-1], Reject)
