"""What is measured, what it is to be, and whether it is: ratios of one run, because machines differ."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

type Contender = Literal["empty", "usual", "ours", "azurite"]
type Figures = Mapping[Contender, Mapping[str, Sequence[float]]]  # the values of a figure, one for each round


@dataclass(frozen=True, slots=True)
class Figure:
    key: str
    title: str
    unit: str


@dataclass(frozen=True, slots=True)
class Goal:
    """Ours is to be at most `bound` times the other's, or at least; without another, at most `bound`."""

    figure: str
    bound: float
    against: Contender | None
    is_least: bool = False


@dataclass(frozen=True, slots=True)
class Spread:
    median: float
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Verdict:
    goal: Goal
    seen: Spread
    is_met: bool


FIGURES = (
    Figure("cold", "start to first redirect, cold", "ms"),
    Figure("alone", "one at a time: notification to redirect, p50", "ms"),
    Figure("rate", "calls a second, 8 at once", "/s"),
    Figure("cpu", "CPU for each call, 8 at once", "ms"),
    Figure("crowd", "64 at once, Graph 200 ms: notification to redirect, p99", "ms"),
    Figure("burst", "100 at once into a cold process, Graph 200 ms: last redirect", "ms"),
    Figure("burst_start", "the same, from the start of the process", "ms"),
    Figure("memory", "memory after the first call", "MB"),
    Figure("memory_warm", "memory after 64 at once", "MB"),
    Figure("growth", "growth over the second half of many calls", "%"),
)
GOALS = (
    Goal("cold", 2.0, "empty"),
    Goal("cold", 0.45, "usual"),
    Goal("alone", 0.4, "usual"),
    Goal("rate", 4.0, "usual", is_least=True),
    Goal("cpu", 0.35, "usual"),
    Goal("crowd", 0.1, "usual"),
    Goal("burst", 0.3, "usual"),
    Goal("memory", 1.65, "empty"),
    Goal("growth", 2.0, None),  # less than what the allocator does by itself between two looks
)


def spread(values: Sequence[float]) -> Spread:
    return Spread(statistics.median(values), min(values), max(values))


def p99(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[98]


def verdict(goal: Goal, figures: Figures) -> Verdict | None:
    """Divide within each round, so that a slow minute of the machine hits both; the median decides.

    Nothing where either was not measured.
    """
    ours = figures["ours"].get(goal.figure, ())
    others = figures[goal.against].get(goal.figure, ()) if goal.against else [1.0] * len(ours)
    ratios = [own / other for own, other in zip(ours, others, strict=False)]
    if not ratios:
        return None
    seen = spread(ratios)
    return Verdict(goal, seen, seen.median >= goal.bound if goal.is_least else seen.median <= goal.bound)
