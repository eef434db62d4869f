"""Show seven days of every line as a table: who rings when, and in words where nobody does."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from shared.console.explain.report import LineReport
from shared.console.page.markup import Html, joined, tag
from shared.console.page.words import capital, counted
from shared.core.coverage import wording
from shared.core.coverage.days import Day, by_day, hours_text
from shared.core.coverage.stretches import Kind, Stretch

DAYS = 7
MOST_LINES = 40  # in the table; the worst come first
_WORDS = {
    Kind.RINGS: "",
    Kind.SPARE: "spare: ",
    Kind.LAST_RESORT: "last resort: ",
    Kind.CLOSED: "closed on purpose",
    Kind.NOBODY: "NO ONE RINGS",
}


def week(lines: Sequence[LineReport], now: datetime) -> Iterator[Html]:
    shown = [line for line in lines if line.stretches]
    if not shown:
        return
    days = _days([now.astimezone(line.zone).date() for line in shown[:MOST_LINES]])
    head = tag(
        "tr",
        tag("th", "Line", scope="col", role="columnheader"),
        *(tag("th", f"{day:%a} {day.day} {day:%b}", scope="col", role="columnheader") for day in days),
        role="row",
    )
    body = (_row(line, days) for line in shown[:MOST_LINES])
    caption = tag("caption", "Who rings on each line in the next seven days, for callers whom no rule names")
    # The roles keep it a table for a screen reader where a narrow screen shows its cells one below the other.
    yield tag(
        "table",
        caption,
        tag("thead", head, role="rowgroup"),
        tag("tbody", *body, role="rowgroup"),
        class_="week",
        role="table",
    )
    if (more := len(shown) - MOST_LINES) > 0:
        rest = f"{counted(more, 'more line is', 'more lines are')} not shown: python -m tools.week shows all."
        yield tag("p", rest, class_="none")


def _days(todays: Sequence[date]) -> list[date]:
    """Give the days of all lines: it may be tomorrow already where one of them is."""
    first, last = min(todays), max(todays) + timedelta(days=DAYS)
    return [first + timedelta(days=count) for count in range((last - first).days)]


def _row(line: LineReport, days: Sequence[date]) -> Html:
    heading = tag("th", tag("bdi", capital(line.text)), tag("small", str(line.zone)), scope="row", role="rowheader")
    return tag(
        "tr", heading, *(_cell(day, line) for day in by_day(line.stretches, line.zone, days[0], len(days))), role="row"
    )


def _cell(day: Day, line: LineReport) -> Html:
    heading = tag("span", f"{day.day:%a} {day.day.day} {day.day:%b}", class_="day", aria_hidden="true")
    over = None if day.stretches else tag("p", "over", class_="hours")
    return tag("td", heading, *(_stretch(one, day, line) for one in day.stretches), over, role="cell")


def _stretch(stretch: Stretch, day: Day, line: LineReport) -> Html:
    is_all_day = (stretch.begins, stretch.ends) == (day.begins, day.ends)
    hours = "all day" if is_all_day else hours_text(stretch, day, line.zone)
    who = tag("bdi", wording.who_text(stretch)) if stretch.who else None
    return tag(
        "p",
        tag("span", hours, class_="hours"),
        " ",
        joined(_WORDS[stretch.kind], who),
        class_=kind_class(stretch.kind),
    )


def kind_class(kind: Kind) -> str:
    return f"kind {kind.name.lower().replace('_', '-')}"
