"""The figures as tables: what the page shows, and what stands in the CSV files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from shared.core.record.classes import CallClass
from tools.report.callers import NeverReached
from tools.report.figures import HOURS, RING_WINDOW, WEEKDAYS, Count, Figures
from tools.report.names import Names

DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
CLASS_NAMES = {one: one.value.capitalize() for one in CallClass}
STEPS = (100, 250, 500, 1_000, 2_000, 3_000, 5_000, 10_000, RING_WINDOW)  # milliseconds
_SHARE = "Unanswered %"
_PERCENTILES = (50, 95, 99)

type Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Table:
    """`name` is that of its CSV file; a cell without a value is None."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def by_line(figures: Figures, names: Names) -> Table:
    found = sorted(figures.lines.items(), key=lambda one: (-one[1].calls, one[0]))
    rows = [(names.line(line), *_counts(count), *_times(count)) for line, count in found]
    if len(rows) > 1:
        rows.append(("All lines", *_counts(figures.all), *_times(figures.all)))
    return Table("lines", ("Line", *_COUNTS, *(f"Redirect p{one} ms" for one in _PERCENTILES)), tuple(rows))


def by_day(figures: Figures) -> Table:
    rows = ((_day(day), *_counts(figures.days.get(day, Count()))) for day in figures.period.days)
    return Table("days", ("Day", *_COUNTS), tuple(rows))


def by_hour(figures: Figures) -> Table:
    """Give every hour of the week that had a call that was meant to ring."""
    rows = (
        (DAY_NAMES[day], hour, count.known, count.unanswered, percent(count.share))
        for day in WEEKDAYS
        for hour in HOURS
        if (count := figures.hours.get((day, hour))) and count.known
    )
    return Table("hours", ("Weekday", "Hour", "Calls meant to ring", "Reached nobody", _SHARE), tuple(rows))


def by_outcome(figures: Figures) -> Table:
    order = list(CallClass)
    found = sorted(figures.outcomes.items(), key=lambda one: (order.index(one[0][0]), -one[1], one[0][1]))
    rows = ((CLASS_NAMES[of], word or "none yet", calls) for (of, word), calls in found)
    return Table("outcomes", ("Class", "Outcome", "Calls"), tuple(rows))


def by_redirect_time(figures: Figures) -> Table:
    taken = figures.all.redirect_ms
    rows: list[tuple[Cell, ...]] = []
    below = 0
    for step in (*STEPS, None):
        calls = sum(many for ms, many in taken.items() if step is None or ms <= step)
        rows.append((f"up to {_seconds(step)} s" if step else f"over {_seconds(RING_WINDOW)} s", calls - below))
        below = calls
    return Table("redirect-times", ("From the call to Graph's answer", "Calls"), tuple(rows))


def by_target(figures: Figures, names: Names) -> Table:
    found = sorted(figures.targets.items(), key=lambda one: (-one[1].offered, one[0]))
    rows = (
        (names.target(who, place), rung.offered, rung.answered, percent(rung.answered / rung.offered), rung.by_somebody)
        for place, (who, rung) in enumerate(found, 1)
    )
    columns = ("Who rang", "Offered", "Answered", "Answered %", "Answered, Microsoft did not say by whom")
    return Table("targets", columns, tuple(rows))


def of_callers(found: Sequence[NeverReached], names: Names, zone: tzinfo) -> Table:
    rows = (
        (
            names.caller(one.caller, place),
            one.tries,
            names.line(one.line),
            _wall(one.first, zone),
            _wall(one.last, zone),
        )
        for place, one in enumerate(found, 1)
    )
    return Table("callers", ("Caller", "Tries", "Line called last", "First", "Last"), tuple(rows))


def by_directory(figures: Figures, zone: tzinfo) -> Table:
    found = sorted(figures.directories.items(), key=lambda one: (one[1].first, one[0]))
    rows = (
        (state, _wall(seen.first, zone), _wall(seen.last, zone), seen.count.calls, percent(seen.count.share))
        for state, seen in found
    )
    return Table("directories", ("Directory", "First call", "Last call", "Calls", _SHARE), tuple(rows))


def percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)


_COUNTS = ("Calls", *CLASS_NAMES.values(), _SHARE)


def _counts(count: Count) -> tuple[Cell, ...]:
    return (count.calls, *(count.classes[one] for one in CallClass), percent(count.share))


def _times(count: Count) -> tuple[Cell, ...]:
    return tuple(count.percentile(one) for one in _PERCENTILES)


def _day(day: date) -> str:
    return f"{day:%a} {day.isoformat()}"


def _seconds(ms: int) -> str:
    return f"{timedelta(milliseconds=ms).total_seconds():g}"


def _wall(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
