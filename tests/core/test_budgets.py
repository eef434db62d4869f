"""The budgets fit into the ring window, and into each other."""

import pytest

from shared.core.budgets import Budgets

HARD_STOP = 12
RING_WINDOW = 15.0  # seconds: https://learn.microsoft.com/graph/api/call-redirect
BUDGETS = Budgets()
CLAIMS = BUDGETS.claims


def test_the_last_attempt_ends_before_the_hard_stop_and_that_before_the_window() -> None:
    assert BUDGETS.last_attempt_ends + BUDGETS.record_write <= HARD_STOP < RING_WINDOW


def test_a_record_is_tried_until_the_hard_stop() -> None:
    assert CLAIMS.recorded_by == HARD_STOP == BUDGETS.last_attempt_ends + BUDGETS.record_write


def test_a_slow_claim_and_a_slow_directory_leave_time_for_a_full_attempt() -> None:
    waited = BUDGETS.claim_write + BUDGETS.directory_wait

    assert waited + BUDGETS.connect + BUDGETS.read < BUDGETS.last_attempt_ends


def test_a_lease_outlasts_what_is_done_under_it() -> None:
    renewal = BUDGETS.claim_write + BUDGETS.record_write

    assert CLAIMS.for_attempt == BUDGETS.connect + BUDGETS.read
    assert CLAIMS.for_wait == CLAIMS.longest_wait + renewal
    assert CLAIMS.for_wait < CLAIMS.for_attempt < CLAIMS.lease < CLAIMS.stale_after


def test_whoever_finds_a_dead_owner_has_time_for_a_full_attempt() -> None:
    waited = CLAIMS.stale_after + CLAIMS.watch_step

    assert waited + CLAIMS.for_attempt < BUDGETS.last_attempt_ends


def test_the_times_of_a_claim_are_those_that_the_docs_have() -> None:
    times = (CLAIMS.stale_after, CLAIMS.clock_skew, CLAIMS.longest_wait, CLAIMS.watch_step, CLAIMS.first_minute)

    assert times == (5.5, 0.5, 1.0, 0.1, 60.0)


def test_there_is_a_pause_between_all_attempts_and_each_is_longer() -> None:
    assert len(BUDGETS.back_off) == BUDGETS.most_attempts - 1
    assert list(BUDGETS.back_off) == sorted(set(BUDGETS.back_off))


@pytest.mark.parametrize(
    ("tries", "jitter", "least", "seconds"),
    [
        pytest.param(1, 0.0, 0.0, 0.25, id="first"),
        pytest.param(2, 0.0, 0.0, 0.5, id="second"),
        pytest.param(3, 0.0, 0.0, 1.0, id="third"),
        pytest.param(9, 0.0, 0.0, 1.0, id="no-longer-than-the-last"),
        pytest.param(1, 1.0, 0.0, 0.375, id="half-as-much-again"),
        pytest.param(3, 0.5, 0.0, 1.25, id="a-quarter-more"),
        pytest.param(1, 0.0, 1.0, 1.0, id="not-less-than-asked-for"),
        pytest.param(1, 1.0, 1.0, 1.5, id="and-never-exactly-that"),
        pytest.param(1, 1.0, 8.0, 8.5, id="half-a-second-more-at-most"),
        pytest.param(3, 1.0, 0.1, 1.5, id="what-was-asked-for-is-less"),
    ],
)
def test_pauses_grow_and_part_those_who_failed_together(
    tries: int, jitter: float, least: float, seconds: float
) -> None:
    assert BUDGETS.pause(tries, jitter, least) == pytest.approx(seconds)
