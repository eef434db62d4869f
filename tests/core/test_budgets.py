"""The budgets fit into the ring window, and into each other."""

from shared.core.budgets import Budgets

HARD_STOP = 12
RING_WINDOW = 15.0  # seconds: https://learn.microsoft.com/graph/api/call-redirect
BUDGETS = Budgets()


def test_the_last_attempt_ends_before_the_hard_stop_and_that_before_the_window() -> None:
    assert BUDGETS.last_attempt_ends + BUDGETS.record_write <= HARD_STOP < RING_WINDOW


def test_a_slow_claim_and_a_slow_directory_leave_time_for_a_full_attempt() -> None:
    waited = BUDGETS.claim_write + BUDGETS.directory_wait

    assert waited + BUDGETS.connect + BUDGETS.read < BUDGETS.last_attempt_ends


def test_there_is_a_pause_between_all_attempts_and_each_is_longer() -> None:
    assert len(BUDGETS.back_off) == BUDGETS.most_attempts - 1
    assert list(BUDGETS.back_off) == sorted(set(BUDGETS.back_off))
