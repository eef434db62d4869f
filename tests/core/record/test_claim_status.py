"""What a delivery does about a record that is there already."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from shared.core.ids import CallId
from shared.core.record.claim_status import Standing, may_be_yesterdays, standing, taken_over
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
        pytest.param(kept(owner="us"), Standing.OURS, id="our-own-insert"),
        pytest.param(kept(owner="us", claimed=60), Standing.OURS, id="our-own-however-old"),
        pytest.param(kept(), Standing.UNDER_WAY, id="another-just-began"),
        pytest.param(kept(claimed=2.999), Standing.UNDER_WAY, id="another-is-at-it"),
        pytest.param(kept(claimed=3), Standing.OPEN, id="another-died"),
        pytest.param(kept(claimed=1, came=20), Standing.UNDER_WAY, id="another-took-it-over-just-now"),
        pytest.param(kept(claimed=None, came=1), Standing.UNDER_WAY, id="by-its-arrival-where-its-claim-is-unknown"),
        pytest.param(kept(claimed=None, came=3), Standing.OPEN, id="by-its-old-arrival"),
        pytest.param(kept(claimed=None, came=None), Standing.OPEN, id="nobody-knows-since-when"),
        pytest.param(kept(claimed=-1), Standing.UNDER_WAY, id="by-a-clock-that-is-a-little-ahead"),
        pytest.param(kept(claimed=-3600), Standing.OPEN, id="by-a-clock-that-is-far-ahead"),
        pytest.param(kept(State.FAILED), Standing.OPEN, id="it-failed"),
        pytest.param(kept(State.FAILED, owner="us"), Standing.OPEN, id="our-own-failure"),
        pytest.param(kept(State.REDIRECTED), Standing.DUPLICATE, id="redirected"),
        pytest.param(kept(State.REDIRECTED, owner="us"), Standing.DUPLICATE, id="redirected-by-us"),
        pytest.param(kept(State.REJECTED), Standing.DUPLICATE, id="rejected"),
        pytest.param(kept(State.LEFT), Standing.DUPLICATE, id="left"),
        pytest.param(kept(State.REDIRECTING), Standing.DUPLICATE, id="redirecting"),
        pytest.param(kept(State.DONE, claimed=60), Standing.DUPLICATE, id="done"),
    ],
)
def test_how_a_record_stands_to_a_new_delivery(record: Record, expected: Standing) -> None:
    assert standing(record, "us", NOW) is expected


def test_a_call_taken_over_is_still_the_call_of_its_first_delivery() -> None:
    failed = Record(key=KEY, state=State.FAILED, owner="other", received_at=NOW, outcome=Outcome.FAILED, hint="503")
    tomorrow = CallKey(NOW.date() + timedelta(days=1), KEY.call)
    claim = Record(key=tomorrow, state=State.CLAIMED, owner="us", received_at=NOW + timedelta(seconds=4), tenant="t")

    record = taken_over(failed, claim)

    assert record == Record(key=KEY, state=State.CLAIMED, owner="us", received_at=NOW, tenant="t")


def test_a_call_taken_over_came_now_where_nobody_knows_when() -> None:
    claim = Record(key=KEY, state=State.CLAIMED, owner="us", received_at=NOW)

    assert taken_over(kept(came=None), claim).received_at == NOW


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
    assert may_be_yesterdays(now) is expected
