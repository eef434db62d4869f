"""Count past calls by the called line and by class."""

from collections import Counter
from dataclasses import field
from datetime import UTC, datetime

from shared.core.light_dataclass import dataclass
from shared.core.record.classes import CallClass, class_of
from shared.core.record.record import Outcome

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
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
    """`names` are those that the lines' newest calls have."""

    lines: dict[str, Counter[CallClass]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    _named_at: dict[str, datetime] = field(default_factory=dict, repr=False)

    @property
    def all(self) -> Counter[CallClass]:
        return sum(self.lines.values(), Counter[CallClass]())

    @property
    def ordered(self) -> list[tuple[str, Counter[CallClass]]]:
        """The lines, those with most calls first."""
        return sorted(self.lines.items(), key=lambda one: (-one[1].total(), one[0]))

    def add(self, call: PastCall) -> None:
        self.lines.setdefault(call.line, Counter())[class_of(_OUTCOMES.get(call.outcome))] += 1
        at = call.at or _LONG_AGO
        if call.line_name and at >= self._named_at.get(call.line, _LONG_AGO):
            self.names[call.line], self._named_at[call.line] = call.line_name, at


def classes_text(counts: Counter[CallClass]) -> str:
    """Write the classes that there are calls of: "9 answered, 2 missed"."""
    return ", ".join(f"{counts[one]} {one}" for one in CallClass if counts[one])


def by_class(counts: Counter[CallClass]) -> dict[str, int]:
    """Give every class by the name that it has in JSON."""
    return {one.name.lower(): counts[one] for one in CallClass}
