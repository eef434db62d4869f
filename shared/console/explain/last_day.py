"""How the calls of the last 24 hours ended, line by line, for the page and for programs."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from shared.core.directory.line_names import line_name, line_text
from shared.core.directory.model import Directory
from shared.core.light_dataclass import dataclass
from shared.core.record.classes import CallClass
from shared.core.record.line_counts import LineCounts, by_class

LENGTH = timedelta(hours=24)
MOST = 5000  # calls that are counted for a page: those of more are for the workbook and the report


@dataclass(frozen=True, slots=True)
class LastDay:
    """`counts` is None where there were more than MOST calls.

    `names` are what the calls' records call the lines, also those whose last call was some days before.
    """

    counts: LineCounts | None = None
    names: Mapping[str, str] = MappingProxyType({})

    def lines(self, directory: Directory, line: str = "") -> Iterator[tuple[str, str, Counter[CallClass]]]:
        """Give each line's id, what people call it, and its calls, those with most first; `line` narrows it to one."""
        counts = self.counts or LineCounts()
        for one, calls in counts.ordered:
            if line in {"", one}:
                yield one, line_text(one, line_name(directory, one, counts.names.get(one))), calls


def as_json(day: LastDay | None, directory: Directory, line: str) -> dict[str, Any] | None:
    """Give None where the table was not read; without `lines` there were too many calls."""
    if day is None:
        return None
    lines = [{"line": one or None, "name": text, **by_class(calls)} for one, text, calls in day.lines(directory, line)]
    return {"hours": LENGTH // timedelta(hours=1), "lines": lines if day.counts is not None else None}
