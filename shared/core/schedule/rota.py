"""Who is on duty when, and who is away: rows resolved to moments once, asked by binary search."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo

from shared.core.light_dataclass import dataclass
from shared.core.schedule.local_times import moment_of

_EVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Shift:
    """From `begins` on `who` (ids; none is nobody) is on duty: until the next shift, or on top of them until `ends`.

    Times are naive where they are on the wall of the route's zone.
    """

    begins: datetime
    who: frozenset[str]
    ends: datetime | None = None


@dataclass(frozen=True, slots=True)
class Absence:
    """Away from `begins` until `ends`, for good where that is None."""

    begins: datetime
    ends: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rota:
    """The moments (UTC) at which somebody else comes on duty, in order, and who does; None is everybody."""

    moments: tuple[datetime, ...] = ()
    duty: tuple[frozenset[str] | None, ...] = ()
    last_handover: datetime | None = None  # of the rota itself, swaps apart

    def on_duty(self, now: datetime) -> frozenset[str] | None:
        """Give the ids on duty; None before the first shift: then the list rings as without a rota."""
        place = bisect_right(self.moments, now)
        return self.duty[place - 1] if place else None


@dataclass(frozen=True, slots=True)
class Intervals:
    """Stretches of time (UTC) in order that do not touch."""

    begins: tuple[datetime, ...]
    ends: tuple[datetime, ...]

    def contain(self, now: datetime) -> bool:
        place = bisect_right(self.begins, now)
        return place > 0 and now < self.ends[place - 1]


def rota(shifts: Iterable[Shift], zone: tzinfo) -> Rota:
    """Resolve shifts by the clock of a zone; of two that lie on top of the rota the one that begins later wins."""
    placed = sorted(
        ((moment_of(shift.begins, zone), _end(shift.ends, zone), shift.who, shift.ends is None) for shift in shifts),
        key=lambda shift: shift[0],
    )
    edges = sorted({begins for begins, _, _, _ in placed} | {ends for _, ends, _, is_base in placed if not is_base})
    moments: list[datetime] = []
    duty: list[frozenset[str] | None] = []
    base: frozenset[str] | None = None
    last: datetime | None = None
    on_top: list[tuple[datetime, frozenset[str]]] = []
    waiting = iter([*placed, (_EVER, _EVER, frozenset[str](), True)])
    begins, ends, who, is_base = next(waiting)
    for edge in edges:
        while begins <= edge:
            if is_base:
                base, last = who, begins
            else:
                on_top.append((ends, who))
            begins, ends, who, is_base = next(waiting)
        while on_top and on_top[-1][0] <= edge:
            on_top.pop()
        now = on_top[-1][1] if on_top else base
        if now != (duty[-1] if duty else None):
            moments.append(edge)
            duty.append(now)
    return Rota(tuple(moments), tuple(duty), last)


def intervals(absences: Iterable[Absence], zone: tzinfo) -> Intervals:
    """Resolve absences by the clock of a zone, those that overlap put together."""
    begins: list[datetime] = []
    ends: list[datetime] = []
    for begin, end in sorted((moment_of(one.begins, zone), _end(one.ends, zone)) for one in absences):
        if ends and begin <= ends[-1]:
            ends[-1] = max(ends[-1], end)
        elif begin < end:
            begins.append(begin)
            ends.append(end)
    return Intervals(tuple(begins), tuple(ends))


def _end(wall: datetime | None, zone: tzinfo) -> datetime:
    return _EVER if wall is None else moment_of(wall, zone)
