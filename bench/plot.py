"""Draw a run as SVG: a panel for each figure that has a goal, a bar for each app, a line where the goal is."""

from collections.abc import Iterator
from pathlib import Path

from bench.goals import FIGURES, GOALS, Contender, Figure, spread
from bench.report import Result, number
from shared.console.page.markup import Html, tag

_COLOURS: dict[Contender, str] = {"empty": "#b8bfc6", "usual": "#d08c4a", "ours": "#2f6db3"}
_PANELS = [figure for figure in FIGURES if any(goal.figure == figure.key and goal.against for goal in GOALS)]
_PANELS_IN_A_ROW = 4
_WIDTH, _HEIGHT, _HEAD, _FOOT, _LINE = 240, 240, 56, 44, 14
_BAR_SPACE = _WIDTH / len(_COLOURS)


def draw(result: Result, file: Path) -> None:
    width, height = _PANELS_IN_A_ROW * _WIDTH, -(-len(_PANELS) // _PANELS_IN_A_ROW) * _HEIGHT
    panels = [
        tag(
            "g",
            *_panel(figure, result),
            transform=f"translate({place % _PANELS_IN_A_ROW * _WIDTH} {place // _PANELS_IN_A_ROW * _HEIGHT})",
        )
        for place, figure in enumerate(_PANELS)
    ]
    drawing = tag(
        "svg",
        tag("rect", width=str(width), height=str(height), fill="#ffffff"),
        *panels,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width} {height}",
        font_family="sans-serif",
        font_size="11",
    )
    file.write_text(drawing.text.replace("><", ">\n<") + "\n", encoding="utf-8")


def _panel(figure: Figure, result: Result) -> Iterator[Html]:
    """Draw from nought up to the most that any app took."""
    seen = {contender: spread(result.figures[contender][figure.key]) for contender in _COLOURS}
    goals = {
        f"{'≥' if goal.is_least else '≤'} {goal.bound:g} × {goal.against}": goal.bound * seen[goal.against].median
        for goal in GOALS
        if goal.figure == figure.key and goal.against
    }
    top = max(one.most for one in seen.values())

    def y(value: float) -> float:
        return _HEIGHT - _FOOT - value / top * (_HEIGHT - _HEAD - _FOOT)

    for line, words in enumerate([*figure.title.split(": "), f"goal: {' and '.join(goals)}"], start=1):
        yield _words(words, _WIDTH / 2, _LINE * line)
    for place, (contender, colour) in enumerate(_COLOURS.items()):
        one, middle = seen[contender], (place + 0.5) * _BAR_SPACE
        yield _line(middle, y(0), middle, y(one.median), stroke=colour, stroke_width="56")
        yield _line(middle, y(one.least), middle, y(one.most))
        yield _words(contender, middle, y(0) + _LINE)
        yield _words(f"{number(one.median)} {figure.unit}", middle, y(0) + 2 * _LINE)
    for bound in goals.values():
        yield _line(middle - 32, y(bound), middle + 32, y(bound), stroke_dasharray="4 3")


def _line(x1: float, y1: float, x2: float, y2: float, stroke: str = "#222222", **style: str) -> Html:
    return tag("line", x1=f"{x1:.1f}", y1=f"{y1:.1f}", x2=f"{x2:.1f}", y2=f"{y2:.1f}", stroke=stroke, **style)


def _words(words: str, x: float, y: float) -> Html:
    return tag("text", words, x=f"{x:.1f}", y=f"{y:.1f}", text_anchor="middle")
