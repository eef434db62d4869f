"""Draw a run: a panel for each figure that has a goal, a bar for each app, a line where the goal is."""

from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing

from bench.goals import FIGURES, GOALS, Contender, Figure, spread
from bench.report import Result

_COLOURS: dict[Contender, str] = {"empty": "#b8bfc6", "usual": "#d08c4a", "ours": "#2f6db3"}
_PANELS = [figure for figure in FIGURES if any(goal.figure == figure.key and goal.against for goal in GOALS)]
_COLUMNS = 4
_BEHIND_WORDS = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1}


def draw(result: Result, file: Path) -> None:
    mpl.rcParams.update(
        {
            "font.size": 8,
            "svg.hashsalt": "bench",
            "svg.fonttype": "none",
            "axes.spines.top": False,
            "axes.spines.right": False,
        }
    )
    rows = -(-len(_PANELS) // _COLUMNS)
    drawing = Drawing(figsize=(11, 2.6 * rows), layout="constrained")
    panels = drawing.subplots(rows, _COLUMNS).flat
    for figure, axes in zip(_PANELS, panels, strict=False):
        _panel(axes, figure, result)
    for axes in panels:  # those that are left over
        axes.set_axis_off()
    drawing.savefig(file, metadata={"Date": None})


def _panel(axes: Axes, figure: Figure, result: Result) -> None:
    for place, (contender, colour) in enumerate(_COLOURS.items()):
        seen = spread(result.figures[contender][figure.key])
        around = [[seen.median - seen.least], [seen.most - seen.median]]
        axes.bar(place, seen.median, color=colour, yerr=around, capsize=3, ecolor="#444444")
    for goal in GOALS:
        if goal.figure == figure.key and goal.against:
            bound = goal.bound * spread(result.figures[goal.against][figure.key]).median
            axes.plot([1.55, 2.45], [bound, bound], color="#222222", linestyle="--", linewidth=1, zorder=5)
            sign = "≥" if goal.is_least else "≤"
            words = f"{sign} {goal.bound:g} × {goal.against}"
            axes.annotate(
                words, (2, bound), (0, 3), textcoords="offset points", ha="center", fontsize=7, bbox=_BEHIND_WORDS
            )
    axes.set_xticks(range(len(_COLOURS)), list(_COLOURS))
    axes.set_ylabel(figure.unit)
    if figure.key == "rate":
        axes.set_yscale("log")  # an empty function is twenty times ahead of everything
    axes.set_title(figure.title.replace(": ", ":\n"), fontsize=8)
