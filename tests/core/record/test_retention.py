"""Which days are over, and how a call ends that nobody told the end of."""

from datetime import date

import pytest

from shared.core.ids import CallId
from shared.core.record.record import CallKey, Outcome
from shared.core.record.retention import UnendedCall, newest_finished_day, oldest_kept

TODAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        pytest.param(None, Outcome.UNKNOWN, id="nothing-came-back"),
        pytest.param(Outcome.FAILED, Outcome.FAILED, id="what-is-set-stays"),
    ],
)
def test_a_call_that_never_ended(outcome: str | None, expected: str) -> None:
    call = UnendedCall(CallKey(date(2026, 2, 27), CallId("call-1")), outcome, "etag")

    assert call.ends_as == expected


def test_the_day_before_yesterday_is_over_and_yesterday_is_not() -> None:
    assert newest_finished_day(TODAY) == date(2026, 2, 27)


def test_the_oldest_day_that_is_kept() -> None:
    assert oldest_kept(TODAY, 90) == date(2025, 12, 1)
    assert oldest_kept(TODAY, 0) == TODAY
