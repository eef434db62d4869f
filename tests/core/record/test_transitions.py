"""How a record moves on after our answer."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.core.ids import CallId, TenantId
from shared.core.notification.calls import CallEnded, Identity
from shared.core.record import transitions
from shared.core.record.record import CallKey, Outcome, Record, State

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY = CallKey(NOON.date(), CallId("call-1"))
TENANT = TenantId("632899f8-2ea1-4604-8413-27bd2892079f")
ANNA = "98da8a1a-1b87-452c-a713-65d3f10b1253"
RUNG = Record(key=KEY, state=State.REDIRECTED, tenant=TENANT, received_at=NOON, rung=ANNA, redirect_ms=100)
LATER = NOON + timedelta(seconds=7)
VAGUE = CallEnded(None, code=200, subcode=5002, message="all left")
SILENT, DECLINED, TALKED = CallEnded(None), CallEnded(None, code=603), CallEnded(None, code=200, subcode=540000)
ANSWERED = CallEnded(None, answered_by=Identity("user", ANNA))


def test_the_end_of_a_call_never_seen_makes_its_record() -> None:
    record = transitions.ended(None, KEY, TENANT, VAGUE, LATER)

    assert (record.state, record.tenant, record.outcome) == (State.DONE, TENANT, Outcome.ENDED)
    assert (record.ended_at, record.ring_seconds) == (LATER, None)


def test_an_end_says_how_and_when() -> None:
    record = transitions.ended(RUNG, KEY, TENANT, ANSWERED, LATER)

    assert (record.state, record.outcome, record.rung) == (State.DONE, Outcome.ANSWERED, ANNA)
    assert (record.answered_by, record.answered_kind) == (ANNA, "user")
    assert (record.ring_seconds, record.seconds, record.ended_at) == (None, 7, LATER)


def test_an_end_says_what_it_holds_and_no_more() -> None:
    end = CallEnded(None, None, 603, 10024, "declined", "chain", TenantId("another"))

    full, bare = (transitions.ended(RUNG, KEY, TENANT, one, LATER) for one in (end, DECLINED))

    assert (full.code, full.subcode, full.message) == (603, 10024, "declined")
    assert (full.chain_id, full.call_tenant) == ("chain", "another")
    assert (bare.code, bare.subcode, bare.message, bare.chain_id, bare.call_tenant) == (603, None, None, None, None)


def test_a_call_that_was_gone_at_our_first_attempt_stays_so_whatever_error_it_ends_with() -> None:
    late = replace(RUNG, state=State.FAILED, rung=None, outcome=Outcome.LATE)

    assert transitions.ended(late, KEY, TENANT, CallEnded(None, code=599), LATER).outcome is Outcome.LATE


def test_an_end_says_how_long_the_phones_rang_where_nobody_answered() -> None:
    record = transitions.ended(RUNG, KEY, TENANT, CallEnded(None, code=603), LATER)

    assert (record.outcome, record.ring_seconds, record.seconds) == (Outcome.DECLINED, 7, 7)


@pytest.mark.parametrize(("redirect_ms", "seconds"), [(2600, 4), (9000, 0)])
def test_a_talk_counts_from_the_redirect_and_never_from_after_its_end(redirect_ms: int, seconds: int) -> None:
    record = transitions.ended(replace(RUNG, redirect_ms=redirect_ms), KEY, TENANT, ANSWERED, LATER)

    assert record.seconds == seconds


@pytest.mark.parametrize("before", [None, replace(RUNG, redirect_ms=None), replace(RUNG, received_at=None)])
def test_where_nobody_knows_when_the_redirect_was_nothing_is_counted_from_it(before: Record | None) -> None:
    assert transitions.ended(before, KEY, TENANT, VAGUE, LATER).seconds is None


@pytest.mark.parametrize(
    ("first", "second", "counts"),
    [
        pytest.param(ANSWERED, VAGUE, ANSWERED, id="one-that-says-less-changes-nothing"),
        pytest.param(VAGUE, VAGUE, VAGUE, id="the-same-again-changes-nothing"),
        pytest.param(VAGUE, ANSWERED, ANSWERED, id="one-that-says-more-counts"),
        pytest.param(VAGUE, DECLINED, DECLINED, id="with-all-that-it-says-and-nothing-of-the-first"),
        pytest.param(SILENT, VAGUE, VAGUE, id="microsofts-word-after-none-counts"),
        pytest.param(VAGUE, SILENT, VAGUE, id="none-after-microsofts-word-does-not"),
        pytest.param(ANSWERED, DECLINED, ANSWERED, id="the-first-of-two-that-say-as-much"),
    ],
)
def test_of_two_ends_one_counts_at_the_time_of_the_first(
    first: CallEnded, second: CallEnded, counts: CallEnded
) -> None:
    once = transitions.ended(RUNG, KEY, TENANT, first, LATER)

    twice = transitions.ended(once, KEY, TENANT, second, LATER + timedelta(minutes=1))

    assert twice == transitions.ended(RUNG, KEY, TENANT, counts, LATER)


RANG_OUT = NOON + timedelta(seconds=55)


def test_what_the_clock_said_yields_to_microsofts_word_and_never_the_other_way_round() -> None:
    by_the_clock = transitions.ended(RUNG, KEY, TENANT, SILENT, RANG_OUT)
    told = transitions.ended(by_the_clock, KEY, TENANT, TALKED, RANG_OUT)
    told_first = transitions.ended(RUNG, KEY, TENANT, TALKED, RANG_OUT)
    silent_then = transitions.ended(told_first, KEY, TENANT, SILENT, RANG_OUT)

    assert (by_the_clock.outcome, by_the_clock.ring_seconds) == (Outcome.NO_ANSWER, 55)
    assert (told.outcome, told.subcode, told.ring_seconds, told.seconds) == (Outcome.ENDED, 540000, None, 55)
    assert silent_then == told_first


def test_a_second_end_leaves_what_we_decided() -> None:
    turned_away = replace(RUNG, state=State.REJECTED, rung=None, outcome=Outcome.REJECTED)
    once = transitions.ended(turned_away, KEY, TENANT, SILENT, LATER)

    assert transitions.ended(once, KEY, TENANT, DECLINED, LATER).outcome is Outcome.REJECTED


def test_the_ringing_of_the_targets_moves_a_record_and_never_back() -> None:
    done = transitions.ended(RUNG, KEY, TENANT, ANSWERED, LATER)

    assert transitions.redirecting(None, KEY, TENANT) == Record(key=KEY, state=State.REDIRECTING, tenant=TENANT)
    assert transitions.redirecting(RUNG, KEY, TENANT) == replace(RUNG, state=State.REDIRECTING)
    assert transitions.redirecting(done, KEY, TENANT).state is State.DONE


def test_a_record_of_another_tenant_is_foreign_and_one_without_is_not() -> None:
    assert transitions.is_of_another_tenant(replace(RUNG, tenant="another"), TENANT)
    assert not transitions.is_of_another_tenant(RUNG, TENANT)
    assert not transitions.is_of_another_tenant(replace(RUNG, tenant=None), TENANT)
    assert not transitions.is_of_another_tenant(None, TENANT)
