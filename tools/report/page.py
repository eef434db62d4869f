"""Lay a report out as one page: nothing is loaded from elsewhere, and nothing runs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo

from shared.console.page.markup import Content, Html, joined, tag
from shared.console.page.words import counted, moment
from shared.core.missed_call.wording import Shown
from shared.core.record.classes import CallClass
from tools.report import plots, tables
from tools.report.callers import NeverReached
from tools.report.figures import HOURS, RING_WINDOW, WEEKDAYS, Count, Figures
from tools.report.names import Names
from tools.report.style import REPORT_STYLE
from tools.report.tables import CLASS_NAMES, DAY_NAMES, Table

_HEATS = (0.0, 0.25, 0.5, 0.75)  # from which share of callers who reached nobody a cell has which shade
_LEFT_COLUMNS = {"Outcome", "Line called last", "First", "Last", "First call", "Last call"}
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


@dataclass(frozen=True, slots=True)
class Report:
    """`callers` are those shown of `caller_count` who never got through; `zone` is that of times without a line."""

    figures: Figures
    names: Names
    callers: tuple[NeverReached, ...]
    caller_count: int
    zone: tzinfo
    made: datetime

    @property
    def tables(self) -> tuple[Table, ...]:
        figures, names = self.figures, self.names
        return (
            tables.by_line(figures, names),
            tables.by_day(figures),
            tables.by_hour(figures),
            tables.by_outcome(figures),
            tables.by_redirect_time(figures),
            tables.by_target(figures, names),
            tables.of_callers(self.callers, names, self.zone),
            tables.by_directory(figures, self.zone),
        )


def page(report: Report) -> str:
    text = joined(
        tag(
            "head",
            tag("meta", charset="utf-8"),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("meta", name="color-scheme", content="light dark"),
            tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
            tag("title", f"Calls {report.figures.period.name}"),
            tag("style", Html(REPORT_STYLE)),
        ),
        tag("body", _header(report), tag("main", *_sections(report)), _footer(report)),
    ).text
    return f'<!doctype html>\n<html lang="en">{text}</html>\n'


def headline(figures: Figures) -> str:
    """Say in one sentence how many calls reached nobody."""
    count = figures.all
    if not count.calls:
        return "No calls."
    if not count.unanswered:
        return f"{counted(count.calls, 'call')}, and none is known to have reached nobody."
    share = tables.percent(count.share)
    return f"{count.unanswered:,} of {count.known:,} calls reached nobody: {share} %."


def worst_hour(figures: Figures) -> str:
    if figures.worst_hour is None:
        return ""
    day, hour = figures.worst_hour
    count = figures.hours[day, hour]
    until = f"{hour:02}:00 to {hour + 1:02}:00"
    return f"The worst hour was {DAY_NAMES[day]}, {until}: {count.unanswered:,} of {count.known:,}."


def _header(report: Report) -> Html:
    period = report.figures.period
    days = period.first.isoformat() if period.first == period.last else f"{period.first} to {period.last}"
    worst = worst_hour(report.figures)
    return tag(
        "header",
        tag("p", f"Call Redirect: calls of {days}", class_="app"),
        tag("h1", headline(report.figures)),
        tag("p", worst, class_="facts") if worst else None,
        _tiles(report.figures.all),
    )


def _tiles(count: Count) -> Html:
    p95 = count.percentile(95)
    shown = [("Calls", f"{count.calls:,}"), *((CLASS_NAMES[one], f"{count.classes[one]:,}") for one in CallClass)]
    if p95 is not None:
        shown.append(("19 of 20 redirected within", f"{p95 / 1000:.2f} s"))
    return tag("dl", *(tag("div", tag("dt", name), tag("dd", value)) for name, value in shown), class_="tiles")


def _sections(report: Report) -> Iterator[Html]:
    figures = report.figures
    lines, days, hours, outcomes, times, targets, callers, directories = report.tables
    yield _section("By line", _table(lines, "The columns of classes add up to the calls."))
    yield _section("When", plots.legend(), _when(figures), _folded(days, "As a table"))
    yield _section("When callers reach nobody", _heat(figures), _folded(hours, "As a list"))
    yield _section("How calls ended", _table(outcomes, "Each outcome as the table calls has it."))
    label = f"How long redirects took, of the {RING_WINDOW // 1000} s that a call may wait"
    plot = plots.plain_columns(label, [(str(name), int(str(calls))) for name, calls in times.rows])
    yield _section("How quick redirects were", tag("p", f"{label}.", class_="lead"), plot, _folded(times, "As a table"))
    yield _section("Who rang", _table(targets, "Where several rang, Microsoft does not always say who answered."))
    yield _section("Who never got through", *_callers(report, callers))
    states = f"While instances refresh, two states decide in turn. Times are in {report.zone}."
    yield _section("States of the tables", _table(directories, states))
    yield _section("How this was counted", *_explanation(report))


def _when(figures: Figures) -> Html:
    days = figures.period.days
    if len(days) > 1:
        shown = [(f"{day:%a} {day.day}", figures.days.get(day, Count()).classes) for day in days]
        return plots.stacked_columns("Calls by day and class", shown)
    weekday = days[0].weekday()
    return plots.stacked_columns(
        "Calls by hour and class",
        [(f"{hour}:00", figures.hours.get((weekday, hour), Count()).classes) for hour in HOURS],
    )


def _heat(figures: Figures) -> Html:
    if not figures.hours:
        return tag("p", "No calls.", class_="none")
    shown = [hour for hour in HOURS if any((day, hour) in figures.hours for day in WEEKDAYS)]
    hours = range(shown[0], shown[-1] + 1)
    days = [day for day in WEEKDAYS if any((day, hour) in figures.hours for hour in HOURS)]
    head = tag("tr", tag("th", "Hour", scope="col"), *(tag("th", str(hour), scope="col") for hour in hours))
    rows = (
        tag("tr", tag("th", DAY_NAMES[day], scope="row"), *(_cell(figures.hours.get((day, hour))) for hour in hours))
        for day in days
    )
    caption = "Calls that reached nobody, of those meant to ring; the darker, the larger the share."
    return _scroll(
        caption, tag("table", tag("caption", caption), tag("thead", head), tag("tbody", *rows), class_="heat")
    )


def _cell(count: Count | None) -> Html:
    if count is None or not count.known:
        return tag("td", "")
    if not count.unanswered:
        return tag("td", "0", tag("small", f"of {count.known}"))
    shade = sum((count.share or 0) >= heat for heat in _HEATS)
    return tag("td", tag("b", str(count.unanswered)), tag("small", f"of {count.known}"), class_=f"heat-{shade}")


def _callers(report: Report, shown: Table) -> Iterator[Html]:
    if not shown.rows:
        yield tag("p", "Nobody whose number is known.", class_="none")
        return
    more = report.caller_count - len(shown.rows)
    rest = f" {more:,} more tried less often." if more else ""
    said = f"{counted(report.caller_count, 'caller')} tried and reached nobody, not even later.{rest}"
    yield tag("p", said, class_="lead")
    left_out = "A caller with one answered or unclear call is not among them."
    yield _table(shown, f"{left_out} Times are in {report.zone}.")


def _explanation(report: Report) -> Iterator[Html]:
    yield tag(
        "p",
        "Answered: by evidence alone. Gave up: the caller hung up, or the call was gone before it could be redirected. "
        "Missed: no answer, declined, busy, unreachable, nobody to ring, or the redirect failed. "
        "Turned away: by a rule, or outside of the hours. Unclear: nothing says how the call ended.",
    )
    yield tag(
        "p",
        "Unanswered % is gave up and missed, of answered, gave up and missed: of the calls that were meant to ring and "
        "whose end is known. Percentiles are nearest ranks. Days and hours are those on the wall of the called line.",
    )
    nameless = report.figures.nameless_callers
    yield tag("p", f"Callers without a number, who cannot be told apart: {counted(nameless, 'call')}.")
    if report.names.numbers is not Shown.FULL:
        yield tag("p", f"Numbers are shown as --numbers {report.names.numbers} says.")


def _footer(report: Report) -> Html:
    return tag("footer", tag("p", "Made ", moment(report.made, report.zone), "."))


def _section(title: str, *contents: Content) -> Html:
    return tag("section", tag("h2", title), tag("div", *contents, class_="card"))


def _folded(table: Table, title: str) -> Html:
    return tag("details", tag("summary", title), _table(table, title))


def _table(table: Table, caption: str) -> Html:
    if not table.rows:
        return tag("p", "None.", class_="none")
    left = [column in _LEFT_COLUMNS for column in table.columns]
    head = tag("tr", *(_head(column, is_left=one) for column, one in zip(table.columns, left, strict=True)))
    rows = (
        tag(
            "tr",
            tag("th", _text(first), scope="row"),
            *(
                tag("td", _text(cell), **({"class_": "left"} if one else {}))
                for cell, one in zip(rest, left[1:], strict=True)
            ),
        )
        for first, *rest in table.rows
    )
    return _scroll(caption, tag("table", tag("caption", caption), tag("thead", head), tag("tbody", *rows)))


def _head(column: str, *, is_left: bool) -> Html:
    return tag("th", column, scope="col", **({"class_": "left"} if is_left else {}))


def _scroll(label: str, table: Html) -> Html:
    """Let a wide table scroll by itself, also with the keyboard."""
    return tag("div", table, class_="scroll", tabindex="0", role="group", aria_label=label)


def _text(cell: tables.Cell) -> str:
    match cell:
        case None:
            return ""
        case int():
            return f"{cell:,}"
        case _:
            return str(cell)
