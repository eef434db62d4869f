"""The clock of a process of the local world: moved, running on, and put back."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import jwt
import pytest

from local.clock import Clock

CHRISTMAS = datetime(2026, 12, 24, 19, tzinfo=UTC)
HOUR = timedelta(hours=1)
KEY = "k" * 32


@pytest.fixture
def clock() -> Iterator[Clock]:
    clock = Clock()
    yield clock
    clock.back()


def test_it_is_that_time_and_runs_on(clock: Clock) -> None:
    clock.set_to(CHRISTMAS)

    first = datetime.now(UTC)
    while datetime.now(UTC) == first:
        pass
    assert CHRISTMAS <= first < datetime.now(UTC) < CHRISTMAS + HOUR
    assert first.timestamp() <= time.time() < first.timestamp() + 3600


def test_it_is_moved_back_and_forth_and_put_back(clock: Clock) -> None:
    before = datetime.now(UTC)

    for days in (30, -400, 7):
        clock.shift_by(days * 86_400.0)
        assert before + timedelta(days=days) <= datetime.now(UTC) < before + timedelta(days=days) + HOUR
        assert clock.shift == days * 86_400.0
    clock.back()

    assert before <= datetime.now(UTC) < before + HOUR
    assert clock.shift == 0


def test_setting_it_twice_is_setting_it_once(clock: Clock) -> None:
    for _ in range(2):
        clock.set_to(CHRISTMAS)

    assert CHRISTMAS <= datetime.now(UTC) < CHRISTMAS + HOUR


def test_durations_are_not_moved(clock: Clock) -> None:
    before = time.monotonic()

    clock.set_to(CHRISTMAS)

    assert before <= time.monotonic() < before + 3600


def test_a_token_that_is_made_then_is_valid_then(clock: Clock) -> None:
    clock.set_to(CHRISTMAS)
    token = jwt.encode({"exp": time.time() + 300}, KEY)
    assert jwt.decode(token, KEY, algorithms=["HS256"])

    clock.shift_by(clock.shift + 3600)

    with pytest.raises(jwt.ExpiredSignatureError):
        jwt.decode(token, KEY, algorithms=["HS256"])
