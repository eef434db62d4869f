"""The calls of a day in one message: how many of each class, on each line."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo

from shared.core.directory.line_names import line_name, line_text
from shared.core.directory.model import Directory
from shared.core.missed_call.card import escaped, message
from shared.core.missed_call.plain_text import tidy, without_mentions
from shared.core.record.classes import KNOWN_ENDS, UNANSWERED, CallClass, class_of
from shared.core.record.record import Outcome

VERSION = 1
_MOST_LINES = 20


@dataclass(frozen=True, slots=True)
class PastCall:
    """What a day counts of a record; `outcome` is the row's own word."""

    at: datetime | None
    line: str
    line_name: str
    outcome: str


@dataclass(slots=True)
class Day:
    """The calls of a day on the wall, by line; `names` are those that the newest records have."""

    day: date
    lines: dict[str, Counter[CallClass]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    @property
    def count(self) -> Counter[CallClass]:
        return sum(self.lines.values(), Counter[CallClass]())

    def add(self, calls: Iterable[PastCall], zone: tzinfo) -> None:
        """Count those that came on this day."""
        for call in calls:
            if call.at is not None and call.at.astimezone(zone).date() == self.day:
                known = Outcome(call.outcome) if call.outcome in set(Outcome) else None
                self.lines.setdefault(call.line, Counter())[class_of(known)] += 1
                self.names[call.line] = call.line_name or self.names.get(call.line, "")


def day_card(day: Day, directory: Directory) -> bytes:
    facts = [(escaped(line), counts) for line, counts in _shown(day, directory)]
    return message(_title(day), facts, _rest(day), [])


def day_json(day: Day, directory: Directory) -> bytes:
    lines = [
        {"id": line or None, "name": _name(day, line, directory) or None, **_by_class(counts)}
        for line, counts in _sorted(day)[:_MOST_LINES]
    ]
    said = [f"{line}: {counts}" for line, counts in _shown(day, directory)]
    told = {
        "text": without_mentions("\n".join(filter(None, (_title(day), *said, _rest(day))))),
        "type": "day_of_calls",
        "version": VERSION,
        "day": day.day.isoformat(),
        **_by_class(day.count),
        "lines": lines,
        "more": max(0, len(day.lines) - _MOST_LINES),
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _title(day: Day) -> str:
    count = day.count
    when = f"{day.day:%A} {day.day.day} {day.day:%B}"
    unanswered, known = (sum(count[one] for one in some) for some in (UNANSWERED, KNOWN_ENDS))
    return f"{when}: {unanswered} of {known} calls reached nobody" if count else f"{when}: no calls"


def _shown(day: Day, directory: Directory) -> Iterator[tuple[str, str]]:
    for line, counts in _sorted(day)[:_MOST_LINES]:
        classes = ", ".join(f"{counts[one]} {one}" for one in CallClass if counts[one])
        yield line_text(line, _name(day, line, directory)), classes


def _name(day: Day, line: str, directory: Directory) -> str:
    return tidy(line_name(directory, line, day.names[line]))


def _sorted(day: Day) -> list[tuple[str, Counter[CallClass]]]:
    return sorted(day.lines.items(), key=lambda one: (-one[1].total(), one[0]))


def _rest(day: Day) -> str:
    more = len(day.lines) - _MOST_LINES
    return f"and {more} more lines" if more > 0 else ""


def _by_class(counts: Counter[CallClass]) -> dict[str, int]:
    return {one.name.lower(): counts[one] for one in CallClass}
