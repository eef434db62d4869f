"""Show how the calls of the last 24 hours ended, line by line."""

from collections.abc import Iterator

from shared.console.explain.last_day import MOST, LastDay
from shared.console.page.markup import Html, tag
from shared.console.page.words import capital, counted
from shared.core.directory.model import Directory
from shared.core.record.line_counts import classes_text

_MOST_LINES = 40


def last_day(day: LastDay | None, directory: Directory, line: str) -> Iterator[Html]:
    if day is None:
        yield tag("p", "Not read: the table of calls did not answer in time.", class_="none")
    elif day.counts is None:
        yield tag("p", f"More than {MOST:,} calls: the workbook and the report count them.", class_="none")
    elif not (found := list(day.lines(directory, line))):
        yield tag("p", "No calls.", class_="none")
    else:
        lines = (
            tag(
                "li",
                tag("p", tag("b", tag("bdi", capital(text))), f": {counted(calls.total(), 'call')}"),
                tag("p", classes_text(calls), class_="place"),
                class_="gap",
            )
            for _, text, calls in found[:_MOST_LINES]
        )
        yield tag("ul", *lines, class_="card")
        if (more := len(found) - _MOST_LINES) > 0:
            yield tag("p", f"{counted(more, 'more line is', 'more lines are')} not shown.", class_="none")
