"""Statistics and verdicts of the bench."""

import pytest

from bench.goals import FIGURES, GOALS, Figures, Goal, Spread, p99, spread, verdict


def test_a_spread_is_the_median_and_both_ends() -> None:
    assert spread([9.0, 1.0, 2.0]) == Spread(2.0, 1.0, 9.0)


def test_the_99th_of_a_hundred_leaves_the_slowest_out() -> None:
    assert p99([*map(float, range(101))]) == 99


@pytest.mark.parametrize(
    ("goal", "ours", "usual", "reached"),
    [
        pytest.param(Goal("cold", 0.5, "usual"), [4.0], [10.0], "met", id="less"),
        pytest.param(Goal("cold", 0.5, "usual"), [5.0], [10.0], "met", id="just"),
        pytest.param(Goal("cold", 0.5, "usual"), [5.1], [10.0], "not met", id="more"),
        pytest.param(Goal("cold", 4, "usual", is_least=True), [40.0], [10.0], "met", id="just-the-least"),
        pytest.param(Goal("cold", 4, "usual", is_least=True), [39.0], [10.0], "not met", id="less-than-the-least"),
        pytest.param(Goal("cold", 2, None), [2.0], [], "met", id="just-without-another"),
        pytest.param(Goal("cold", 2, None), [2.1], [], "not met", id="more-without-another"),
        pytest.param(Goal("cold", 2, None), [-1.0], [], "met", id="shrinks"),
    ],
)
def test_a_goal_is_met_at_its_bound(goal: Goal, ours: list[float], usual: list[float], reached: str) -> None:
    found = verdict(goal, {"ours": {"cold": ours}, "usual": {"cold": usual}})

    assert found is not None
    assert found.is_met is (reached == "met")


def test_a_slow_round_is_held_against_the_same_round_of_the_other() -> None:
    figures: Figures = {"ours": {"cold": [1.0, 50.0, 1.0]}, "usual": {"cold": [2.0, 100.0, 4.0]}}

    reached = verdict(Goal("cold", 0.5, "usual"), figures)

    assert reached is not None
    assert reached.seen == Spread(0.5, 0.25, 0.5)


def test_what_was_not_measured_has_no_verdict() -> None:
    assert verdict(Goal("cold", 2, "empty"), {"ours": {"cold": [1.0]}, "empty": {}}) is None
    assert verdict(Goal("growth", 2, None), {"ours": {}}) is None


def test_every_goal_is_of_a_figure() -> None:
    assert {goal.figure for goal in GOALS} <= {figure.key for figure in FIGURES}
