"""Read the rows of `targets` and `routes` into a directory; a bad row is left out and named, the others ring."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from shared.core import cells, ids
from shared.core.cells import Row, Unclear
from shared.core.directory import (
    ANONYMOUS,
    ANY,
    DEFAULT_LIST,
    REJECT,
    Directory,
    Kind,
    Level,
    Problem,
    Route,
    Target,
    snapshot,
)
from shared.core.ids import AppId

SHORTEST, LONGEST = 15, 90  # seconds of ringing: https://learn.microsoft.com/graph/api/call-redirect
_KINDS = {kind.value.lower(): kind for kind in Kind}


def read(targets: Iterable[Row], routes: Iterable[Row], bot: AppId) -> Directory:
    """Make the snapshot. Never raises for what a row says: that becomes a Problem."""
    found = _Found()
    lists = _lists(targets, bot, found)
    return snapshot(lists, _routes(routes, lists, found), found.problems)


@dataclass(slots=True)
class _Found:
    problems: list[Problem] = field(default_factory=list)

    def add(self, level: Level, row: "_Place", column: str, message: str) -> None:
        self.problems.append(Problem(level, row.table, row.row, column, message))


@dataclass(frozen=True, slots=True)
class _Place:
    table: str
    row: str


def _lists(rows: Iterable[Row], bot: AppId, found: _Found) -> dict[str, tuple[Target, ...]]:
    lists: dict[str, list[tuple[int, str, Target]]] = {}
    for row in rows:
        name = cells.text(row, "PartitionKey").lower()
        members = lists.setdefault(name, [])
        target = _target(row, bot, found)
        if target is not None:
            members.append((target.order, cells.text(row, "RowKey"), target))
    return {name: _in_order(name, members, found) for name, members in lists.items()}


def _in_order(name: str, members: list[tuple[int, str, Target]], found: _Found) -> tuple[Target, ...]:
    kept: dict[str, Target] = {}
    for _, key, target in sorted(members, key=lambda member: member[:2]):
        twin = kept.get(target.id)
        if twin is not None:
            place = _Place("targets", f"{name}/{key}")
            found.add(Level.WARNING, place, "RowKey", "the same target as another row of this list; rung once")
        if twin is None or (target.enabled and not twin.enabled):
            kept.pop(target.id, None)  # the one that rings has the place in the order
            kept[target.id] = target
    if not any(target.enabled for target in kept.values()):
        found.add(Level.ERROR, _Place("targets", name), "Enabled", "nobody in this list can ring")
    return tuple(kept.values())


def _target(row: Row, bot: AppId, found: _Found) -> Target | None:
    key = cells.text(row, "RowKey")
    place = _Place("targets", f"{cells.text(row, 'PartitionKey')}/{key}")
    number, object_id = ids.phone_number(key), ids.guid(key)
    if number is None and object_id is None:
        found.add(Level.ERROR, place, "RowKey", f"{_wrong_key(key)}; the row is left out")
        return None
    if object_id == bot:
        found.add(Level.ERROR, place, "RowKey", "this is the bot itself: the call would come back for ever; left out")
        return None
    return Target(
        kind=Kind.PHONE if number else _object_kind(row, place, found),
        id=number or object_id or "",
        name=cells.text(row, "Name"),
        order=_or(100, lambda: cells.whole(row, "Order"), place, "Order", found),
        enabled=_enabled(row, place, found),
    )


def _wrong_key(key: str) -> str:
    if re.fullmatch(r"[0-9 ()./-]{5,}", key):
        return "a phone number must start with + and the country code"
    if key.startswith("+") and re.search(r"\(\s*0", key):
        return "remove the (0): write the number as it is dialled from abroad"
    if "@" in key:
        return "use the user's object id instead of the address: az ad user show --id ADDRESS --query id -o tsv"
    return "neither an object id (8-4-4-4-12 hex digits) nor a phone number starting with +"


def _object_kind(row: Row, place: _Place, found: _Found) -> Kind:
    said = cells.text(row, "Kind")
    kind = _KINDS.get(said.lower(), Kind.USER)
    if said and (said.lower() not in _KINDS or kind is Kind.PHONE):
        found.add(Level.ERROR, place, "Kind", "one of user, application, applicationInstance; taken as user")
        return Kind.USER
    return kind


def _enabled(row: Row, place: _Place, found: _Found) -> bool:
    try:
        return cells.truth(row, "Enabled") is not False
    except Unclear as unclear:
        found.add(Level.ERROR, place, "Enabled", f"{unclear}; treated as false")
        return False


def _or[T](default: T, read: Callable[[], T | None], place: _Place, column: str, found: _Found) -> T:
    try:
        value = read()
    except Unclear as unclear:
        found.add(Level.ERROR, place, column, f"{unclear}; ignored")
        return default
    return default if value is None else value


def _routes(rows: Iterable[Row], lists: Iterable[str], found: _Found) -> dict[tuple[str, str], Route]:
    known = {*lists, REJECT}
    routes: dict[tuple[str, str], Route] = {}
    for row in rows:
        route = _route(row, known, found)
        if route is not None:
            routes[route.line, route.caller] = route
    return routes


def _route(row: Row, known: set[str], found: _Found) -> Route | None:
    line, caller = cells.text(row, "PartitionKey"), cells.text(row, "RowKey")
    place = _Place("routes", f"{line}/{caller}")
    line_key, caller_key = _line(line), _caller(caller)
    if line_key is None:
        found.add(Level.ERROR, place, "PartitionKey", "neither any nor an object id; the row is left out")
        return None
    if caller_key is None:
        message = "neither any, anonymous, an object id nor the beginning of a number with its +; the row is left out"
        found.add(Level.ERROR, place, "RowKey", message)
        return None
    if not _enabled(row, place, found):
        return None
    return Route(
        line=line_key,
        caller=caller_key,
        ring=_list(row, "Ring", known, place, found),
        empty=_list(row, "Empty", known, place, found),
        timeout=_timeout(row, place, found),
        forwarding=_or(None, lambda: cells.truth(row, "Forwarding"), place, "Forwarding", found),
    )


def _line(key: str) -> str | None:
    return ANY if key.lower() == ANY else ids.guid(key)


def _caller(key: str) -> str | None:
    if key.lower() in {ANY, ANONYMOUS}:
        return key.lower()
    return ids.number_beginning(key) or ids.guid(key)


def _list(row: Row, column: str, known: set[str], place: _Place, found: _Found) -> str:
    said = cells.text(row, column)
    name = said.lower() or DEFAULT_LIST
    if said and name not in known:
        found.add(Level.ERROR, place, column, f"no such list: {said[:40]!r}")
    return name


def _timeout(row: Row, place: _Place, found: _Found) -> int | None:
    seconds = _or(None, lambda: cells.whole(row, "Timeout"), place, "Timeout", found)
    if seconds is None or SHORTEST <= seconds <= LONGEST:
        return seconds
    nearest = min(max(seconds, SHORTEST), LONGEST)
    found.add(Level.WARNING, place, "Timeout", f"{SHORTEST} to {LONGEST} seconds; {nearest} used")
    return nearest
