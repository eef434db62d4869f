"""What a delivery does about a record that is there already."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from shared.core.budgets import ClaimTimings
from shared.core.ids import CallId
from shared.core.record.claim_status import ClaimStatus, claim_status, could_be_yesterdays, take_over
from shared.core.record.record import CallKey, Outcome, Record, State

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
KEY = CallKey(NOW.date(), CallId("call-1"))


def kept(
    state: State = State.CLAIMED, owner: str = "other", claimed: float | None = 0, came: float | None = 0
) -> Record:
    """Write a record that was claimed, and whose call came, so many seconds ago."""
    return Record(
        key=KEY,
        state=state,
        owner=owner,
        claimed_at=None if claimed is None else NOW - timedelta(seconds=claimed),
        received_at=None if came is None else NOW - timedelta(seconds=came),
    )


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        pytest.param(kept(owner="us"), ClaimStatus.OURS, id="our-own-insert"),
        pytest.param(kept(owner="us", claimed=60), ClaimStatus.OURS, id="our-own-however-old"),
        pytest.param(kept(), ClaimStatus.IN_PROGRESS, id="another-just-began"),
        pytest.param(kept(claimed=5.499), ClaimStatus.IN_PROGRESS, id="another-is-at-it"),
        pytest.param(kept(claimed=5.5), ClaimStatus.AVAILABLE, id="another-died"),
        pytest.param(kept(claimed=1, came=20), ClaimStatus.IN_PROGRESS, id="another-took-it-over-just-now"),
        pytest.param(
            kept(claimed=None, came=1), ClaimStatus.IN_PROGRESS, id="by-its-arrival-where-its-claim-is-unknown"
        ),
        pytest.param(kept(claimed=None, came=5.5), ClaimStatus.AVAILABLE, id="by-its-old-arrival"),
        pytest.param(kept(claimed=None, came=None), ClaimStatus.AVAILABLE, id="nobody-knows-since-when"),
        pytest.param(kept(claimed=-1), ClaimStatus.IN_PROGRESS, id="by-a-clock-that-is-a-little-ahead"),
        pytest.param(kept(claimed=-3600), ClaimStatus.IN_PROGRESS, id="by-a-clock-that-is-far-ahead"),
        pytest.param(kept(State.FAILED), ClaimStatus.AVAILABLE, id="it-failed"),
        pytest.param(replace(kept(State.FAILED), outcome=Outcome.LATE), ClaimStatus.DUPLICATE, id="it-was-gone"),
        pytest.param(kept(State.FAILED, owner="us"), ClaimStatus.AVAILABLE, id="our-own-failure"),
        pytest.param(kept(State.REDIRECTED), ClaimStatus.DUPLICATE, id="redirected"),
        pytest.param(kept(State.REDIRECTED, owner="us"), ClaimStatus.DUPLICATE, id="redirected-by-us"),
        pytest.param(kept(State.REJECTED), ClaimStatus.DUPLICATE, id="rejected"),
        pytest.param(kept(State.LEFT), ClaimStatus.DUPLICATE, id="left"),
        pytest.param(kept(State.REDIRECTING), ClaimStatus.DUPLICATE, id="redirecting"),
        pytest.param(kept(State.DONE, claimed=60), ClaimStatus.DUPLICATE, id="done"),
    ],
)
def test_how_a_record_stands_to_a_new_delivery(record: Record, expected: ClaimStatus) -> None:
    assert claim_status(record, "us", NOW, ClaimTimings()) is expected


def test_a_call_taken_over_is_still_the_call_of_its_first_delivery() -> None:
    failed = Record(key=KEY, state=State.FAILED, owner="other", received_at=NOW, outcome=Outcome.FAILED, hint="503")
    tomorrow = CallKey(NOW.date() + timedelta(days=1), KEY.call)
    claim = Record(key=tomorrow, state=State.CLAIMED, owner="us", received_at=NOW + timedelta(seconds=4), tenant="t")

    record = take_over(failed, claim)

    assert record == Record(key=KEY, state=State.CLAIMED, owner="us", received_at=NOW, tenant="t")


def test_a_call_taken_over_came_now_where_nobody_knows_when() -> None:
    claim = Record(key=KEY, state=State.CLAIMED, owner="us", received_at=NOW)

    assert take_over(kept(came=None), claim).received_at == NOW


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param(datetime(2026, 11, 22, tzinfo=UTC), True, id="at-midnight"),
        pytest.param(datetime(2026, 11, 22, 0, 0, 59, 999999, tzinfo=UTC), True, id="in-the-first-minute"),
        pytest.param(datetime(2026, 11, 22, 0, 1, tzinfo=UTC), False, id="a-minute-past"),
        pytest.param(datetime(2026, 11, 22, 23, 59, 59, tzinfo=UTC), False, id="before-midnight"),
        pytest.param(datetime(2026, 11, 22, 1, 0, 30, tzinfo=timezone(timedelta(hours=1))), True, id="midnight-is-utc"),
    ],
)
def test_in_the_first_minute_the_row_may_be_yesterdays(now: datetime, *, expected: bool) -> None:
    assert could_be_yesterdays(now, ClaimTimings()) is expected
