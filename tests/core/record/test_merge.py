"""The record of a call moves forward, whatever the order of its news."""

import itertools
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.ids import CallId
from shared.core.record.merge import merge, rank
from shared.core.record.record import FACT_NAMES, CallKey, Outcome, Record, State, day_of, is_plausible_day

KEY = CallKey(date(2026, 11, 22), CallId("call-1"))
CAME = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
US, OTHER = "owner-1", "owner-2"


def row(state: State, outcome: Outcome | None = None, owner: str | None = US, **facts: Any) -> Record:
    return Record(key=KEY, state=state, outcome=outcome, owner=owner, **facts)


def notified(state: State, outcome: Outcome | None = None, **facts: Any) -> Record:
    """Write what a notification of Microsoft brings: it knows no owner."""
    return row(state, outcome, None, **facts)


def test_the_address_of_a_record_is_its_two_keys() -> None:
    assert KEY.path == "2026-11-22/call-1"


def test_every_field_but_the_key_and_the_state_is_a_fact() -> None:
    assert {*FACT_NAMES, "key", "state"} == {field.name for field in fields(Record)}


def test_states_have_their_order() -> None:
    order = [State.CLAIMED, State.FAILED, State.REDIRECTED, State.REDIRECTING, State.DONE]

    assert [rank(state) for state in order] == sorted({rank(state) for state in State})
    assert rank(State.REDIRECTED) == rank(State.REJECTED) == rank(State.LEFT)


def test_the_higher_state_wins_and_fills_what_was_empty() -> None:
    claimed = row(State.CLAIMED, received_at=CAME, caller="+12345678901", gate_ms=3)
    redirected = row(State.REDIRECTED, rung="+12345678901", attempts=1, gate_ms=4, redirect_ms=60)

    record = merge(claimed, redirected)

    assert record == replace(redirected, received_at=CAME, caller="+12345678901")


def test_late_news_fill_what_is_empty_and_change_nothing_else() -> None:
    done = notified(State.DONE, Outcome.ANSWERED, ended_at=CAME, chain_id="chain", message="over")
    redirected = row(State.REDIRECTED, rung="+12345678901", chain_id="another", attempts=1)

    record = merge(done, redirected)

    assert record == replace(done, owner=US, rung="+12345678901", attempts=1)


def test_false_and_zero_are_known() -> None:
    done = notified(State.DONE, Outcome.ENDED, cold=False, attempts=0, code=0)
    redirected = row(State.REDIRECTED, cold=True, attempts=3, code=7)

    record = merge(done, redirected)

    assert (record.cold, record.attempts, record.code) == (False, 0, 0)


def test_a_call_came_when_its_first_record_says() -> None:
    first = row(State.CLAIMED, received_at=CAME)
    second = row(State.REDIRECTED, received_at=CAME + timedelta(seconds=4))

    assert merge(first, second).received_at == CAME
    assert merge(row(State.CLAIMED), second).received_at == second.received_at


def test_of_two_ends_of_one_claim_the_first_stays() -> None:
    redirected, rejected = row(State.REDIRECTED, attempts=1), row(State.REJECTED, attempts=2)

    assert merge(redirected, rejected) == redirected
    assert merge(rejected, redirected) == rejected


def test_the_key_is_that_of_the_row() -> None:
    tomorrow = CallKey(date(2026, 11, 23), KEY.call)

    assert merge(row(State.CLAIMED), Record(key=tomorrow, state=State.DONE)).key == KEY


def test_a_failure_of_one_attempt_says_nothing_of_the_claim_of_another() -> None:
    theirs = row(State.CLAIMED, owner=OTHER, received_at=CAME)
    ours = row(State.FAILED, Outcome.FAILED, attempts=4, graph_status=503, hint="an error inside Microsoft")

    assert merge(theirs, ours) == theirs


def test_a_failure_of_our_own_ends_our_claim() -> None:
    failed = row(State.FAILED, Outcome.LATE, attempts=1)

    assert merge(row(State.CLAIMED), failed) == failed
    assert merge(notified(State.CLAIMED), failed) == failed


def ended(outcome: Outcome) -> Record:
    return notified(State.DONE, outcome)


def failed(outcome: Outcome) -> Record:
    return row(State.FAILED, outcome)


def rejected(outcome: Outcome) -> Record:
    return row(State.REJECTED, outcome)


@pytest.mark.parametrize(
    ("kept", "news", "expected"),
    [
        pytest.param(row(State.REDIRECTED), ended(Outcome.BUSY), Outcome.BUSY, id="an-end-of-a-call-that-rang"),
        pytest.param(row(State.CLAIMED), ended(Outcome.BUSY), Outcome.BUSY, id="an-end-sets-it"),
        pytest.param(row(State.CLAIMED), ended(Outcome.UNKNOWN), Outcome.UNKNOWN, id="unknown-sets-it-too"),
        pytest.param(failed(Outcome.LATE), ended(Outcome.ANSWERED), Outcome.ANSWERED, id="late-yields-too"),
        pytest.param(
            ended(Outcome.BUSY),
            rejected(Outcome.FAILED),
            Outcome.FAILED,
            id="busy-is-what-graph-says-of-our-own-rejection",
        ),
        pytest.param(ended(Outcome.ANSWERED), ended(Outcome.BUSY), Outcome.ANSWERED, id="what-is-set-stays"),
        pytest.param(ended(Outcome.UNKNOWN), ended(Outcome.BUSY), Outcome.BUSY, id="unknown-yields"),
        pytest.param(ended(Outcome.UNKNOWN), ended(Outcome.ENDED), Outcome.ENDED, id="unknown-to-any-end"),
        pytest.param(ended(Outcome.BUSY), ended(Outcome.UNKNOWN), Outcome.BUSY, id="nothing-yields-to-it"),
        pytest.param(ended(Outcome.BUSY), row(State.REDIRECTED), Outcome.BUSY, id="an-end-before-the-redirects-answer"),
        pytest.param(row(State.REDIRECTED), failed(Outcome.FAILED), None, id="a-redirect-is-no-failure"),
        pytest.param(failed(Outcome.FAILED), row(State.REDIRECTED), None, id="nor-the-other-way-round"),
        pytest.param(notified(State.REDIRECTING), failed(Outcome.FAILED), None, id="it-rings-after-all"),
        pytest.param(failed(Outcome.FAILED), notified(State.REDIRECTING), None, id="it-rings-after-all-notified-late"),
        pytest.param(failed(Outcome.FAILED), ended(Outcome.ENDED), Outcome.FAILED, id="a-failed-call-ends"),
        pytest.param(ended(Outcome.ENDED), failed(Outcome.FAILED), Outcome.FAILED, id="a-failed-call-ended-first"),
        pytest.param(failed(Outcome.LATE), ended(Outcome.ENDED), Outcome.LATE, id="a-late-call-ends"),
        pytest.param(
            failed(Outcome.FAILED),
            ended(Outcome.ANSWERED),
            Outcome.ANSWERED,
            id="a-failure-yields-to-what-came-of-the-call",
        ),
        pytest.param(
            ended(Outcome.ANSWERED),
            failed(Outcome.FAILED),
            Outcome.ANSWERED,
            id="what-came-of-the-call-before-a-failure",
        ),
        pytest.param(rejected(Outcome.REJECTED), ended(Outcome.BUSY), Outcome.REJECTED, id="what-we-decided-stays"),
        pytest.param(
            ended(Outcome.BUSY),
            rejected(Outcome.REJECTED),
            Outcome.REJECTED,
            id="what-we-decided-is-known-after-the-end",
        ),
        pytest.param(
            ended(Outcome.ENDED), rejected(Outcome.FAILED), Outcome.FAILED, id="rejected-as-graph-refused-all-targets"
        ),
        pytest.param(
            ended(Outcome.BUSY),
            row(State.LEFT, Outcome.FAILED),
            Outcome.FAILED,
            id="left-as-graph-refused-all-targets",
        ),
        pytest.param(
            ended(Outcome.CALLER_HUNG_UP), row(State.LEFT, Outcome.NO_TARGET), Outcome.NO_TARGET, id="left-and-ended"
        ),
        pytest.param(
            ended(Outcome.NO_TARGET),
            ended(Outcome.BUSY),
            Outcome.NO_TARGET,
            id="what-we-decided-stays-in-a-call-that-is-done",
        ),
        pytest.param(ended(Outcome.CLOSED), ended(Outcome.BUSY), Outcome.CLOSED, id="closed-stays"),
        pytest.param(ended(Outcome.REJECTED), ended(Outcome.BUSY), Outcome.REJECTED, id="rejected-stays"),
    ],
)
def test_the_outcome_that_says_more_stays(kept: Record, news: Record, expected: Outcome | None) -> None:
    assert merge(kept, news).outcome is expected


ENDS = [Outcome.ANSWERED, Outcome.NO_ANSWER, Outcome.BUSY, Outcome.CALLER_HUNG_UP, Outcome.ENDED]
CLOSINGS = [
    row(State.REDIRECTED, rung="+12345678901", attempts=2),
    row(State.REJECTED, Outcome.REJECTED, attempts=1),
    row(State.LEFT, Outcome.NO_TARGET, attempts=0),
    row(State.FAILED, Outcome.FAILED, attempts=4, hint="an error inside Microsoft"),
    row(State.FAILED, Outcome.LATE, attempts=1),
]


@pytest.mark.parametrize("closing", CLOSINGS, ids=lambda closing: f"{closing.state}-{closing.outcome}")
@pytest.mark.parametrize("end", ENDS)
def test_whatever_order_its_news_arrive_in_a_call_has_one_record(closing: Record, end: Outcome) -> None:
    claimed = row(State.CLAIMED, received_at=CAME, claimed_at=CAME, tenant="t")
    done = notified(State.DONE, end, ended_at=CAME + timedelta(seconds=20), code=200, tenant="t")

    ways = list(itertools.permutations([claimed, closing, done, done]))
    results = {merge(merge(merge(first, second), third), fourth) for first, second, third, fourth in ways}

    assert len(results) == 1
    (record,) = results
    assert (record.state, record.received_at, record.code) == (State.DONE, CAME, 200)
    assert record.attempts == closing.attempts


RECORDS = st.builds(
    Record,
    key=st.just(KEY),
    state=st.sampled_from(State),
    outcome=st.none() | st.sampled_from(Outcome),
    owner=st.sampled_from([None, US, OTHER]),
    received_at=st.none() | st.just(CAME),
    rung=st.none() | st.text(max_size=3),
    attempts=st.none() | st.integers(0, 4),
    cold=st.none() | st.booleans(),
    code=st.none() | st.integers(200, 202),
)


@given(st.lists(RECORDS, min_size=2, max_size=6))
def test_a_record_never_goes_back(news: list[Record]) -> None:
    record = news[0]

    for late in news[1:]:
        before, record = record, merge(record, late)

        assert rank(record.state) >= rank(before.state)
        assert record.key == before.key
        kept = [name for name in FACT_NAMES if name != "outcome" and getattr(before, name) is not None]
        assert all(getattr(record, name) is not None for name in kept)
        assert record.outcome or not before.outcome or before.state is State.FAILED


OURS = RECORDS.map(lambda record: replace(record, owner=US))


@given(news=st.lists(OURS, min_size=1, max_size=4), data=st.data())
def test_the_final_state_does_not_hang_on_the_order(news: list[Record], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(news))
    start = row(State.CLAIMED)

    one, other = start, start
    for ordered, mixed in zip(news, shuffled, strict=True):
        one, other = merge(one, ordered), merge(other, mixed)

    assert rank(one.state) == rank(other.state) == max(rank(record.state) for record in [*news, start])


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        pytest.param(datetime(2026, 11, 22, 23, 59, 59, tzinfo=UTC), date(2026, 11, 22), id="utc"),
        pytest.param(
            datetime(2026, 11, 23, 0, 30, tzinfo=timezone(timedelta(hours=1))), date(2026, 11, 22), id="the-day-is-utc"
        ),
    ],
)
def test_the_day_of_a_call(moment: datetime, expected: date) -> None:
    assert day_of(moment) == expected


@pytest.mark.parametrize(("apart", "expected"), [(0, True), (2, True), (-2, True), (3, False), (-3, False)])
def test_a_call_ends_within_two_days_of_today(apart: int, *, expected: bool) -> None:
    assert is_plausible_day(KEY.day + timedelta(days=apart), KEY.day) is expected
