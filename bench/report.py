"""Write a run as a page: every figure with its spread, every goal with its verdict."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from bench.goals import FIGURES, GOALS, Contender, Figure, Figures, Goal, Verdict, spread, verdict

BEGIN, END = "<!-- the last run of make bench: begin -->\n", "<!-- the last run of make bench: end -->\n"
_NAMES: dict[Contender, str] = {
    "empty": "an empty function",
    "usual": "the usual stack",
    "ours": "this app",
    "azurite": "this app on Azurite",
}
_UNBROKEN = 100  # from here on figures have no decimals


@dataclass(frozen=True, slots=True)
class Result:
    """`growth` counts the calls of the memory figure; `scaling` has a row for each number of processes."""

    when: str
    machine: str
    growth: int
    figures: Figures
    scaling: Sequence[Mapping[str, float]]

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Result":
        return cls(**json.loads(text))


def page(result: Result) -> str:
    rounds = len(result.figures["ours"]["cold"])
    parts = [
        f"{result.when}, {rounds} rounds. {result.machine}.\nThe median of the rounds, and the least and the most.\n",
        _table(["", *_NAMES.values()], [_figure_row(figure, result.figures) for figure in FIGURES]),
        _table(["goal", "seen", ""], [_goal_row(goal, verdict(goal, result.figures)) for goal in GOALS]),
    ]
    if result.scaling:
        rows = [
            [f"{row['processes']:.0f}", number(row["rate"]), number(row["memory"]), f"{row['bench']:.0%}"]
            for row in result.scaling
        ]
        parts.append(_table(["processes", "calls a second", "memory, MB", "of a core for the bench itself"], rows))
    return "\n".join(parts)


def replaced(documentation: str, page: str) -> str:
    """Put the page between its two marks. Raises ValueError where they are not."""
    before, begin, rest = documentation.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError("the documentation has no place for the page")
    return f"{before}{begin}{page}{end}{after}"


def number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= _UNBROKEN else f"{value:.3g}"


def _figure_row(figure: Figure, figures: Figures) -> list[str]:
    cells = [figures.get(contender, {}).get(figure.key, ()) for contender in _NAMES]
    return [f"{figure.title}, {figure.unit}", *map(_cell, cells)]


def _cell(values: Sequence[float]) -> str:
    if not values:
        return ""
    seen = spread(values)
    if len(values) == 1:
        return number(seen.median)
    return f"{number(seen.median)} ({number(seen.least)} to {number(seen.most)})"


def _goal_row(goal: Goal, reached: Verdict | None) -> list[str]:
    title = next(figure.title for figure in FIGURES if figure.key == goal.figure)
    sign = "≥" if goal.is_least else "≤"
    bound = f"{sign} {goal.bound:g} × {_NAMES[goal.against]}" if goal.against else f"{sign} {goal.bound:g} %"
    if reached is None:
        return [f"{title}: {bound}", "", "not measured"]
    seen = reached.seen
    cell = f"{seen.median:.2f} ({seen.least:.2f} to {seen.most:.2f})"
    return [f"{title}: {bound}", cell, "met" if reached.is_met else "not met"]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
