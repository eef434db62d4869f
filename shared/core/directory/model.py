"""The directory: who can ring, and which list rings for whom. An immutable snapshot of the tables."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from types import MappingProxyType

from shared.core.directory.roster import Roster
from shared.core.light_dataclass import dataclass
from shared.core.schedule.holidays import Holidays

_NO_HOLIDAYS = Holidays()
_NO_ROSTER = Roster()
ANY = "any"
ANONYMOUS = "anonymous"
DEFAULT_LIST = "default"
MOST_TARGETS = 25  # https://learn.microsoft.com/graph/api/call-redirect: up to 25 targets for simulring
REJECT = "reject"  # as the name of a list: whoever comes here is turned away


class TargetKind(StrEnum):
    """The kinds of target that Graph's redirect takes, as its identitySet names them."""

    USER = "user"
    PHONE = "phone"
    APPLICATION = "application"
    APPLICATION_INSTANCE = "applicationInstance"


class Pick(StrEnum):
    """Who of a list rings: all at once, the first by Order and key, or one by chance."""

    ALL = "all"
    FIRST = "first"
    RANDOM = "random"


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Target:
    """One who can ring: `id` is an object id in lower case, or a number in E.164.

    `hours` are a text in the route's zone and country, "" is always. `begins` and `ends` (the first moment that does
    """

    kind: TargetKind
    id: str
    name: str = ""
    order: int = 100
    enabled: bool = True
    hours: str = ""
    begins: datetime | None = None
    ends: datetime | None = None
    zone: tzinfo | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """Which list rings for a called line (`any` or its id) and a caller (`any`, `anonymous`, an id, a beginning).

    `closed` rings outside `hours` ("" is always open) and while the line is away, or where it is "" the `empty` list.
    """

    line: str = ANY
    caller: str = ANY
    ring: str = DEFAULT_LIST
    empty: str = DEFAULT_LIST
    timeout: int | None = None
    forwarding: bool | None = None
    hours: str = ""
    closed: str = ""
    zone: tzinfo = UTC
    country: str = ""
    pick: Pick = Pick.ALL

    @property
    def name(self) -> str:
        return f"{self.line}/{self.caller}"

    @property
    def lists(self) -> tuple[str, ...]:
        """Every list that it may ring."""
        return tuple(name for name in dict.fromkeys((self.ring, self.closed, self.empty)) if name)


_PLAIN_ROUTE = Route()


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake in a table, as the person who edits it reads it."""

    level: Severity
    table: str
    row: str
    column: str
    message: str
    name: str = field(default="", compare=False)  # whom the row is about, where it says so


@dataclass(frozen=True, slots=True)
class Directory:
    """What the tables say; made by `snapshot`.

    `lists` hold their targets in ringing order (Order, then key), the disabled ones too. `routes` go by (line, caller);
    a call that none of them fits takes `default_route`.
    `lines` are routed here: a call sent to one of them would come back.
    `protected` lines obey no rule of `any`. `names` are what people call the lines.
    `fingerprint` is 8 hex digits that change with whatever can change a decision. `problems` have the errors first.
    `has_routes_off` tells routes that are switched off from a table without any.
    """

    lists: Mapping[str, tuple[Target, ...]] = MappingProxyType({})
    routes: Mapping[tuple[str, str], Route] = MappingProxyType({})
    lines: frozenset[str] = frozenset()
    fingerprint: str = ""
    problems: tuple[Problem, ...] = ()
    holidays: Holidays = _NO_HOLIDAYS
    default_route: Route = _PLAIN_ROUTE
    has_routes_off: bool = False
    protected: frozenset[str] = frozenset()
    names: Mapping[str, str] = MappingProxyType({})
    roster: Roster = _NO_ROSTER

    @property
    def target_count(self) -> int:
        return sum(len(targets) for targets in self.lists.values())


def snapshot(  # noqa: PLR0913 - the parts that a directory has
    lists: Mapping[str, tuple[Target, ...]],
    routes: Mapping[tuple[str, str], Route],
    problems: Iterable[Problem] = (),
    *,
    lines: Iterable[str] = (),
    holidays: Holidays = _NO_HOLIDAYS,
    default_route: Route = _PLAIN_ROUTE,
    protected: Iterable[str] = (),
    names: Mapping[str, str] = MappingProxyType({}),
    roster: Roster = _NO_ROSTER,
) -> Directory:
    """Make a directory, with everything worked out once that each call would work out again.

    `lines` are known to come here besides those that have routes.
    """
    ours = frozenset(line for line, _ in routes if line != ANY) | frozenset(lines)
    return Directory(
        lists=MappingProxyType(dict(lists)),
        routes=MappingProxyType(dict(routes)),
        lines=ours,
        fingerprint=_fingerprint(
            [(name, *map(_of_target, lists[name])) for name in sorted(lists)],
            [_of_route(routes[key]) for key in sorted(routes)],
            [sorted(ours), sorted(holidays.once), sorted(holidays.yearly), _of_route(default_route), sorted(protected)],
            _of_roster(roster),
        ),
        problems=tuple(sorted(problems, key=lambda problem: problem.level is not Severity.ERROR)),
        holidays=holidays,
        default_route=default_route,
        protected=frozenset(protected),
        names=MappingProxyType(dict(names)),
        roster=roster,
    )


def _fingerprint(*parts: Iterable[object]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        for one in part:
            digest.update(repr(one).encode("utf-8", "replace"))
        digest.update(b"\n")
    return digest.hexdigest()[:8]


# Tuples of plain values: the repr of a dataclass takes ten times as long, and there may be 100,000.
def _of_target(target: Target) -> tuple[object, ...]:
    span = (target.begins, target.ends)
    ringing = (target.order, target.enabled, target.hours, span, target.zone and str(target.zone))
    return (target.kind.value, target.id, target.name, ringing)


def _of_route(route: Route) -> tuple[object, ...]:
    lists = (route.ring, route.closed, route.empty)
    ringing = (route.timeout, route.forwarding, route.pick.value)
    return (route.line, route.caller, lists, ringing, route.hours, str(route.zone), route.country)


def _of_roster(roster: Roster) -> list[object]:
    parts: list[object] = [
        (name, str(zone), rota.moments, [None if one is None else sorted(one) for one in rota.duty])
        for (name, zone), rota in roster.rotas.items()
    ]
    for kind, of_zones in (("people", roster.people), ("lines", roster.lines)):
        parts += [(kind, str(zone), who, found) for zone, away in of_zones.items() for who, found in away.items()]
    return sorted(parts, key=repr)
