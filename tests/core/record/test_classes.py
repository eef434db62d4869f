"""Every outcome is in one of five classes, and so is a call without one."""

import pytest

from shared.core.record.classes import KNOWN_ENDS, UNANSWERED, CallClass, class_of
from shared.core.record.record import Outcome


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Outcome.ANSWERED, "answered"),
        (Outcome.CALLER_HUNG_UP, "gave up"),
        (Outcome.LATE, "gave up"),
        (Outcome.NO_ANSWER, "missed"),
        (Outcome.DECLINED, "missed"),
        (Outcome.BUSY, "missed"),
        (Outcome.UNREACHABLE, "missed"),
        (Outcome.NO_TARGET, "missed"),
        (Outcome.FAILED, "missed"),
        (Outcome.REJECTED, "turned away"),
        (Outcome.CLOSED, "turned away"),
        (Outcome.ENDED, "unclear"),
        (Outcome.UNKNOWN, "unclear"),
        (None, "unclear"),
    ],
)
def test_an_outcome_is_in_one_class(outcome: Outcome | None, expected: str) -> None:
    assert class_of(outcome) == expected


def test_no_outcome_and_no_class_is_forgotten() -> None:
    assert {class_of(outcome) for outcome in (*Outcome, None)} == set(CallClass)


def test_a_share_is_of_the_calls_that_were_meant_to_ring_and_whose_end_is_known() -> None:
    assert {CallClass.ANSWERED, CallClass.GAVE_UP, CallClass.MISSED} == KNOWN_ENDS
    assert {CallClass.GAVE_UP, CallClass.MISSED} == UNANSWERED
