"""The directory: who can ring, and which list rings for whom. An immutable snapshot of the tables."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

ANY = "any"
ANONYMOUS = "anonymous"
DEFAULT_LIST = "default"
REJECT = "reject"  # as the name of a list: whoever comes here is turned away


class Kind(StrEnum):
    """The kinds of target that Graph's redirect takes, as its identitySet names them."""

    USER = "user"
    PHONE = "phone"
    APPLICATION = "application"
    APPLICATION_INSTANCE = "applicationInstance"


class Level(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Target:
    """One who can ring: `id` is an object id in lower case, or a number in E.164."""

    kind: Kind
    id: str
    name: str = ""
    order: int = 100
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Route:
    """Which list rings for a called line (`any` or its id) and a caller (`any`, `anonymous`, an id, a beginning)."""

    line: str = ANY
    caller: str = ANY
    ring: str = DEFAULT_LIST
    empty: str = DEFAULT_LIST
    timeout: int | None = None
    forwarding: bool | None = None

    @property
    def name(self) -> str:
        return f"{self.line}/{self.caller}"


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake in a table, as the person who edits it reads it."""

    level: Level
    table: str
    row: str
    column: str
    message: str


@dataclass(frozen=True, slots=True)
class Directory:
    """What the tables say; made by `snapshot`.

    `lists` hold their targets in ringing order (Order, then key), the disabled ones too. `routes` go by (line, caller).
    `lines` are routed here: a call sent to one of them would come back.
    `fingerprint` is 8 hex digits that change with whatever can change a decision.
    """

    lists: Mapping[str, tuple[Target, ...]] = MappingProxyType({})
    routes: Mapping[tuple[str, str], Route] = MappingProxyType({})
    lines: frozenset[str] = frozenset()
    fingerprint: str = ""
    problems: tuple[Problem, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.lists and not self.routes

    @property
    def target_count(self) -> int:
        return sum(len(targets) for targets in self.lists.values())


def snapshot(
    lists: Mapping[str, tuple[Target, ...]], routes: Mapping[tuple[str, str], Route], problems: Iterable[Problem] = ()
) -> Directory:
    """Make a directory, with everything worked out once that each call would work out again."""
    text = repr((sorted(lists.items()), [routes[key] for key in sorted(routes)]))
    return Directory(
        lists=MappingProxyType(dict(lists)),
        routes=MappingProxyType(dict(routes)),
        lines=frozenset(line for line, _ in routes if line != ANY),
        fingerprint=hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8],
        problems=tuple(problems),
    )
