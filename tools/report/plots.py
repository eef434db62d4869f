"""Draw the two plots of a report as SVG, in the page's own colours; each has its figures as a table beside it."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

from shared.console.page.markup import Html, joined, tag
from shared.core.record.classes import CallClass
from tools.report.tables import CLASS_NAMES

_WIDTH, _HEIGHT, _LEFT, _FOOT, _TOP = 960, 250, 44, 28, 8
_MOST_LABELS = 16
_GRID_LINES = 4


def stacked_columns(label: str, columns: Sequence[tuple[str, Mapping[CallClass, int]]]) -> Html:
    """Draw a column for each name, its calls by class from the ground up."""
    highest = max((sum(counts.values()) for _, counts in columns), default=0)
    top = _round_up(highest)
    marks = [
        mark
        for place, (_, counts) in enumerate(columns)
        for mark in _column(place, len(columns), [(f"is-{_word(one)}", counts.get(one, 0)) for one in CallClass], top)
    ]
    return _plot(label, top, marks, [name for name, _ in columns])


def plain_columns(label: str, columns: Sequence[tuple[str, int]]) -> Html:
    top = _round_up(max((number for _, number in columns), default=0))
    marks = [
        mark
        for place, (_, number) in enumerate(columns)
        for mark in _column(place, len(columns), [("is-plain", number)], top)
    ]
    return _plot(label, top, marks, [name for name, _ in columns])


def legend() -> Html:
    return tag(
        "ul",
        *(tag("li", tag("span", class_=f"swatch is-{_word(one)}"), CLASS_NAMES[one]) for one in CallClass),
        class_="legend",
    )


def _plot(label: str, top: int, marks: Sequence[Html], names: Sequence[str]) -> Html:
    return tag(
        "svg",
        *_grid(top),
        *marks,
        *_names(names),
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        role="img",
        aria_label=label,
        class_="plot",
    )


def _column(place: int, many: int, parts: Sequence[tuple[str, int]], top: int) -> Iterator[Html]:
    width = (_WIDTH - _LEFT) / many
    edges = list(accumulate((number for _, number in parts), initial=0))
    for (class_, number), below in zip(parts, edges, strict=False):
        if number:
            yield tag(
                "rect",
                x=f"{_LEFT + place * width + width * 0.12:.1f}",
                y=f"{_y(below + number, top):.1f}",
                width=f"{width * 0.76:.1f}",
                height=f"{_y(below, top) - _y(below + number, top):.1f}",
                class_=class_,
            )


def _grid(top: int) -> Iterator[Html]:
    step = max(top // _GRID_LINES, 1)
    for number in range(0, top + 1, step):
        y = f"{_y(number, top):.1f}"
        yield tag("line", x1=str(_LEFT), x2=str(_WIDTH), y1=y, y2=y, class_="grid")
        yield tag("text", f"{number:,}", x=str(_LEFT - 8), y=y, dy=".35em", text_anchor="end")


def _names(names: Sequence[str]) -> Iterator[Html]:
    width = (_WIDTH - _LEFT) / max(len(names), 1)
    every = -(-len(names) // _MOST_LABELS) or 1
    for place, name in enumerate(names):
        if place % every == 0:
            x = f"{_LEFT + (place + 0.5) * width:.1f}"
            yield joined(tag("text", name, x=x, y=str(_HEIGHT - 8), text_anchor="middle"))


def _y(number: int, top: int) -> float:
    return _TOP + (_HEIGHT - _FOOT - _TOP) * (1 - number / top)


def _round_up(number: int) -> int:
    """Give the next number that parts into four whole steps: 4, 8, 20, 40, 80, 200 and so on."""
    top = _GRID_LINES
    while top < number:
        top = top * 2 if str(top)[0] in "24" else top * 5 // 2
    return top


def _word(one: CallClass) -> str:
    return one.value.replace(" ", "-")
