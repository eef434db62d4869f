"""Say who rings for a line from one moment to another: stretches of time, exact, in one of five kinds."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from itertools import islice

from shared.core.coverage.change_points import change_points
from shared.core.directory.model import ANY, DEFAULT_LIST, REJECT, Directory, Pick, Route, Target
from shared.core.ids import CallId, TenantId
from shared.core.light_dataclass import dataclass
from shared.core.notification.calls import Identity, RingingCall
from shared.core.routing.decide import (
    FALLBACK_LIST,
    LastResort,
    choose_route,
    decide,
    is_open,
    lists_to_ring,
    lists_when_closed,
)
from shared.core.routing.decisions import Redirect, Skipped, SkipReason

# Stands where a real call has its id, in the callbackUri and in what picks one of several at random.
SAMPLE_CALL = CallId("00000000-0000-0000-0000-000000000000")
_MOST_MOMENTS = 5000  # at which it is decided again


class Kind(StrEnum):
    """How a line is covered."""

    RINGS = "rings"
    SPARE = "spare"  # nobody of the list that should ring can, and the Empty list does
    LAST_RESORT = "last resort"  # FALLBACK_TARGETS
    CLOSED = "closed on purpose"  # by reject
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `begins` until `ends` (UTC, not included) these ring, of that list; `skipped` are those who do not."""

    begins: datetime
    ends: datetime
    kind: Kind
    list: str = ""
    who: tuple[Target, ...] = ()
    by_chance: bool = False
    skipped: tuple[Skipped, ...] = ()

    @property
    def identity(self) -> tuple[object, ...]:
        """Give what has to be equal in two stretches that are one."""
        return self.kind, self.list, tuple(target.id for target in self.who)


def call_on(line: str) -> RingingCall:
    """Make a call of nobody in particular on a line, or on `any`."""
    called = None if line == ANY else Identity("applicationInstance", line)
    return RingingCall(SAMPLE_CALL, TenantId(""), Identity("encrypted", ""), called)


def lines_of(directory: Directory) -> tuple[str, ...]:
    """Give every line that the tables know, and `any` for all others, first, where anything is set up for them."""
    others = not directory.lines or (ANY, ANY) in directory.routes or DEFAULT_LIST in directory.lists
    return (*((ANY,) if others else ()), *sorted(directory.lines))


def line_stretches(
    line: str, directory: Directory, last_resort: LastResort, begin: datetime, end: datetime
) -> tuple[Stretch, ...]:
    """Decide at each moment at which anything may change, and keep those at which it does. Both are aware."""
    call, begin, end = call_on(line), begin.astimezone(UTC), end.astimezone(UTC)
    moments = [begin, *islice(change_points(call, directory, begin, end), _MOST_MOMENTS)]
    found: list[Stretch] = []
    for moment, after in zip(moments, [*moments[1:], end], strict=True):
        stretch = _at(moment, after, call, directory, last_resort)
        if found and found[-1].identity == stretch.identity:
            found[-1] = replace(found[-1], ends=after)
        else:
            found.append(stretch)
    return tuple(found)


def _at(moment: datetime, until: datetime, call: RingingCall, directory: Directory, last_resort: LastResort) -> Stretch:
    route = choose_route(call, directory)
    decision = decide(call, directory, last_resort, moment)
    now_open = is_open(call, directory, route, moment)
    names = lists_to_ring(route) if now_open else lists_when_closed(route)
    if not isinstance(decision, Redirect):
        kind = Kind.CLOSED if REJECT in names else Kind.NOBODY
        return Stretch(moment, until, kind, skipped=decision.skipped)
    return Stretch(
        begins=moment,
        ends=until,
        kind=_kind(decision.list, names),
        list=decision.list,
        who=tuple(_who(decision, route, directory)),
        by_chance=route.pick is Pick.RANDOM and decision.list != FALLBACK_LIST,
        skipped=decision.skipped,
    )


def _kind(rung: str, names: Sequence[str]) -> Kind:
    if rung == names[0]:
        return Kind.RINGS
    return Kind.LAST_RESORT if rung == FALLBACK_LIST else Kind.SPARE


def _who(decision: Redirect, route: Route, directory: Directory) -> Iterator[Target]:
    """Give who rings, and where one is picked by chance all who may be."""
    yield from decision.targets
    if route.pick is Pick.RANDOM:
        others = {one.key for one in decision.skipped if one.why is SkipReason.NOT_PICKED}
        yield from (target for target in directory.lists.get(decision.list, ()) if target.id in others)
