"""The soak itself, in small: its balance is even with faults at random, and uneven for each thing that can go wrong."""

import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from local.microsoft.identity.token_forms import TokenForm
from local.soak.__main__ import report
from local.soak.balance import Fate, balance
from local.soak.plan import turn
from local.soak.play import soak

pytestmark = pytest.mark.slow

REDIRECTED = Fate("a", redirects=1, rejects=0, accepted=1, ended_first=False)
REJECTED = Fate("b", redirects=0, rejects=1, accepted=3, ended_first=False)
GONE = Fate("c", redirects=0, rejects=0, accepted=1, ended_first=True)
DONE: Mapping[str, Any] = {"State": "done", "Outcome": "answered"}
ROWS = {"a": DONE, "b": DONE, "c": DONE}


def test_two_hundred_calls_with_faults_at_random_leave_nothing_open() -> None:
    said: list[str] = []

    result = soak(200, forms=tuple(TokenForm), seed=4711, at_once=16, within=60, say=said.append)

    assert (result.balance.calls, result.balance.lost, result.balance.twice) == (200, (), 0)
    assert result.balance.is_even
    assert result.faults == 0
    assert "lost              0" in report(result)
    assert said[0].split()[:2] == ["200", "calls,"]


def test_a_seed_draws_the_same_calls_again() -> None:
    def drawn(seed: int) -> list[object]:
        dice = random.Random(seed)  # noqa: S311 - dice
        turns = [turn(dice, tuple(TokenForm)) for _ in range(2000)]
        return [(replace(one.call, call_id="same"), len(one.spoil), one.tables, one.keys, one.forged) for one in turns]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_what_was_answered_recorded_and_ended_is_even() -> None:
    made_up = balance([REDIRECTED, REJECTED, GONE], ROWS, [], [401])

    assert made_up.is_even
    assert (made_up.redirected, made_up.rejected, made_up.over_before, made_up.duplicates) == (1, 1, 1, 2)


def test_a_stranger_may_hear_that_the_keys_cannot_be_read() -> None:
    assert balance([REDIRECTED], ROWS, [], [401, 503]).is_even


def test_a_line_of_the_log_stands_for_a_row() -> None:
    lines = [{"call": "a", "state": "redirected"}, {"call": "a", "state": "done", "outcome": "answered"}]

    made_up = balance([REDIRECTED], {}, lines, [])

    assert (made_up.is_even, made_up.rows, made_up.lines) == (True, 0, 1)


@pytest.mark.parametrize(
    ("fate", "rows", "forged"),
    [
        pytest.param(replace(REDIRECTED, redirects=0), ROWS, [], id="nobody-answered"),
        pytest.param(replace(REDIRECTED, redirects=2), ROWS, [], id="redirected-twice"),
        pytest.param(REDIRECTED, {}, [], id="no-record"),
        pytest.param(REDIRECTED, {"a": {"State": "redirected"}}, [], id="no-outcome"),
        pytest.param(REDIRECTED, ROWS, [401, 202], id="a-stranger-got-in"),
        pytest.param(REDIRECTED, ROWS, [503, 400], id="a-strangers-body-was-read"),
    ],
)
def test_what_went_wrong_makes_it_uneven(fate: Fate, rows: Mapping[str, Mapping[str, Any]], forged: list[int]) -> None:
    assert not balance([fate], rows, [], forged).is_even
