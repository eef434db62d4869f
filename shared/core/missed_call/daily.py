"""The calls of a day in one message: how many of each class, on each line."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import field
from datetime import date, tzinfo

from shared.core.directory.line_names import line_name, line_text
from shared.core.directory.model import Directory
from shared.core.light_dataclass import dataclass
from shared.core.missed_call.card import escaped, message
from shared.core.missed_call.plain_text import tidy, without_mentions
from shared.core.record.classes import KNOWN_ENDS, UNANSWERED
from shared.core.record.line_counts import LineCounts, PastCall, by_class, classes_text

VERSION = 1
_MOST_LINES = 20


@dataclass(frozen=True, slots=True)
class Day:
    """The calls of a day on the wall."""

    day: date
    counts: LineCounts = field(default_factory=LineCounts)

    def add(self, calls: Iterable[PastCall], zone: tzinfo) -> None:
        """Count those that came on this day."""
        for call in calls:
            if call.at is not None and call.at.astimezone(zone).date() == self.day:
                self.counts.add(call)


def day_card(day: Day, directory: Directory) -> bytes:
    facts = [(escaped(line), counts) for line, counts in _shown(day, directory)]
    return message(_title(day), facts, _rest(day), [])


def day_json(day: Day, directory: Directory) -> bytes:
    lines = [
        {"id": line or None, "name": _name(day, line, directory) or None, **by_class(counts)}
        for line, counts in day.counts.ordered[:_MOST_LINES]
    ]
    said = [f"{line}: {counts}" for line, counts in _shown(day, directory)]
    told = {
        "text": without_mentions("\n".join(filter(None, (_title(day), *said, _rest(day))))),
        "type": "day_of_calls",
        "version": VERSION,
        "day": day.day.isoformat(),
        **by_class(day.counts.all),
        "lines": lines,
        "more": max(0, len(day.counts.lines) - _MOST_LINES),
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _title(day: Day) -> str:
    count = day.counts.all
    when = f"{day.day:%A} {day.day.day} {day.day:%B}"
    unanswered, known = (sum(count[one] for one in some) for some in (UNANSWERED, KNOWN_ENDS))
    return f"{when}: {unanswered} of {known} calls reached nobody" if count else f"{when}: no calls"


def _shown(day: Day, directory: Directory) -> Iterator[tuple[str, str]]:
    for line, counts in day.counts.ordered[:_MOST_LINES]:
        yield line_text(line, _name(day, line, directory)), classes_text(counts)


def _name(day: Day, line: str, directory: Directory) -> str:
    return tidy(line_name(directory, line, day.counts.names.get(line)))


def _rest(day: Day) -> str:
    more = len(day.counts.lines) - _MOST_LINES
    return f"and {more} more line{'s' if more > 1 else ''}" if more > 0 else ""
