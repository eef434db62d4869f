"""Count past calls by the called line and by class."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from shared.core.record.classes import CallClass, class_of
from shared.core.record.record import Outcome

_OUTCOMES = {outcome.value: outcome for outcome in Outcome}


@dataclass(frozen=True, slots=True)
class PastCall:
    """What is counted of a record; `outcome` is the row's own word, and one that is not known counts as none."""

    at: datetime | None
    line: str
    line_name: str
    outcome: str


@dataclass(slots=True)
class LineCounts:
    """`names` are those that the records have."""

    lines: dict[str, Counter[CallClass]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    @property
    def all(self) -> Counter[CallClass]:
        return sum(self.lines.values(), Counter[CallClass]())

    @property
    def ordered(self) -> list[tuple[str, Counter[CallClass]]]:
        """The lines, those with most calls first."""
        return sorted(self.lines.items(), key=lambda one: (-one[1].total(), one[0]))

    def add(self, call: PastCall) -> None:
        self.lines.setdefault(call.line, Counter())[class_of(_OUTCOMES.get(call.outcome))] += 1
        if call.line_name:
            self.names[call.line] = call.line_name


def classes_text(counts: Counter[CallClass]) -> str:
    """Write the classes that there are calls of: "9 answered, 2 missed"."""
    return ", ".join(f"{counts[one]} {one}" for one in CallClass if counts[one])


def by_class(counts: Counter[CallClass]) -> dict[str, int]:
    """Give every class by the name that it has in JSON."""
    return {one.name.lower(): counts[one] for one in CallClass}
