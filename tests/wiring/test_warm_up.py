"""What is made ready as the app starts, and what is kept so."""

import threading

import pytest

from shared.adapters.sockets import LONGEST_IDLE
from shared.wiring.warm_up import KEEP_WARM_EVERY, warm_up


class Ended(Exception):
    """The process ends."""


def test_each_step_is_taken_at_once_and_graph_kept_warm_for_as_long_as_the_process_lives() -> None:
    both = threading.Barrier(2)  # passed only where neither step waits for the other to end
    taken = threading.Semaphore(0)
    slept: list[float] = []
    kept = 0

    def step() -> None:
        both.wait(10)
        taken.release()

    def keep_warm() -> None:
        nonlocal kept
        kept += 1

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) > 3:
            raise Ended

    with pytest.raises(Ended):
        warm_up([step, step], keep_warm, sleep)

    assert taken.acquire(timeout=10)
    assert taken.acquire(timeout=10)
    assert (kept, slept) == (3, [KEEP_WARM_EVERY] * 4)


def test_it_is_kept_warm_more_often_than_it_is_given_up() -> None:
    assert KEEP_WARM_EVERY < LONGEST_IDLE
