"""Count calls as they come, without keeping them."""

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo

from shared.core.record.classes import KNOWN_ENDS, UNANSWERED, CallClass
from tools.report.call import Call
from tools.report.period import Period

HOURS, WEEKDAYS = range(24), range(7)
RING_WINDOW = 15_000  # milliseconds: https://learn.microsoft.com/graph/api/call-redirect


@dataclass(slots=True)
class Count:
    """Some calls, by class; the milliseconds of those that were redirected, where these are asked for."""

    classes: Counter[CallClass] = field(default_factory=Counter)
    redirect_ms: Counter[int] = field(default_factory=Counter)

    @property
    def calls(self) -> int:
        return self.classes.total()

    @property
    def known(self) -> int:
        """Count those that were meant to ring and whose end is known: what a share is of."""
        return sum(self.classes[one] for one in KNOWN_ENDS)

    @property
    def unanswered(self) -> int:
        return sum(self.classes[one] for one in UNANSWERED)

    @property
    def share(self) -> float | None:
        """Give the share of those unanswered; None where there is nothing that it could be of."""
        return self.unanswered / self.known if self.known else None

    def percentile(self, percent: int) -> int | None:
        """Give the nearest rank, in milliseconds."""
        rank = math.ceil(percent / 100 * self.redirect_ms.total())
        for ms in sorted(self.redirect_ms):
            rank -= self.redirect_ms[ms]
            if rank <= 0:
                return ms
        return None

    def add(self, call: Call) -> None:
        self.classes[call.of] += 1
        if call.redirect_ms is not None:
            self.redirect_ms[call.redirect_ms] += 1


@dataclass(slots=True)
class Rung:
    """What one target was offered; `by_somebody` are calls that one of several took, and Microsoft did not say who."""

    offered: int = 0
    answered: int = 0
    by_somebody: int = 0


@dataclass(slots=True)
class DirectoryState:
    """A state of the tables, by its fingerprint, and the calls that it decided about."""

    first: datetime
    last: datetime
    count: Count = field(default_factory=Count)


@dataclass(slots=True)
class Figures:
    """All that a report says, but for the callers; an hour and a day are those of the called line's own wall."""

    period: Period
    all: Count = field(default_factory=Count)
    lines: dict[str, Count] = field(default_factory=dict)
    line_names: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    days: dict[date, Count] = field(default_factory=dict)
    hours: dict[tuple[int, int], Count] = field(default_factory=dict)
    outcomes: Counter[tuple[CallClass, str]] = field(default_factory=Counter)
    targets: dict[str, Rung] = field(default_factory=dict)
    directories: dict[str, DirectoryState] = field(default_factory=dict)
    nameless_callers: int = 0

    def add(self, call: Call, zone_of: Callable[[str], tzinfo]) -> bool:
        """Count a call; False where it came outside of the period."""
        wall = call.came.astimezone(zone_of(call.line))
        if not self.period.first <= wall.date() <= self.period.last:
            return False
        for count in (self.all, self.lines.setdefault(call.line, Count())):
            count.add(call)
        day, hour = wall.date(), (wall.weekday(), wall.hour)
        for count in (self.days.setdefault(day, Count()), self.hours.setdefault(hour, Count())):
            count.classes[call.of] += 1
        self.outcomes[call.of, call.word] += 1
        self.nameless_callers += not call.caller
        if call.line_name and call.came >= self.line_names.get(call.line, (call.came, ""))[0]:
            self.line_names[call.line] = call.came, call.line_name
        self._count_targets(call)
        self._count_directory(call)
        return True

    @property
    def worst_hour(self) -> tuple[int, int] | None:
        """Give the weekday and hour in which most callers reached nobody; None where all did."""
        found = [(count.unanswered, count.share or 0, key) for key, count in self.hours.items() if count.unanswered]
        return max(found, key=lambda one: (one[0], one[1], -one[2][0], -one[2][1]))[2] if found else None

    def _count_targets(self, call: Call) -> None:
        is_answered = call.of is CallClass.ANSWERED
        for who in dict.fromkeys(call.rung):
            rung = self.targets.setdefault(who, Rung())
            rung.offered += 1
            rung.answered += is_answered and call.answered_by == who
            rung.by_somebody += is_answered and not call.answered_by

    def _count_directory(self, call: Call) -> None:
        if call.directory:
            state = self.directories.setdefault(call.directory, DirectoryState(call.came, call.came))
            state.first, state.last = min(state.first, call.came), max(state.last, call.came)
            state.count.classes[call.of] += 1
