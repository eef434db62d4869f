"""What is kept warm and small while nobody calls."""

import pytest

from shared.adapters.sockets import LONGEST_IDLE
from shared.wiring.keeping import EVERY, keep


class Ended(Exception):
    """The process ends."""


def test_each_step_is_taken_at_once_and_then_for_as_long_as_the_process_lives() -> None:
    done: list[object] = []

    def sleep(seconds: float) -> None:
        done.append(seconds)
        if done.count(seconds) > 2:
            raise Ended

    with pytest.raises(Ended):
        keep(iter([lambda: done.append("warm"), lambda: done.append("small")]), sleep)

    assert done == ["warm", "small", EVERY] * 3


def test_it_is_kept_warm_more_often_than_it_is_given_up() -> None:
    assert EVERY < LONGEST_IDLE
