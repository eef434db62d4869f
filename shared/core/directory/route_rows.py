"""Read the rows of `routes`: which list rings for which called line and which caller."""

from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import UTC, tzinfo

from shared.core import caller_id, ids
from shared.core.directory import line_rows
from shared.core.directory.cells import Row, quoted
from shared.core.directory.diagnostics import KEYS, Diagnostics, TableReader, TableRow
from shared.core.directory.key_mistakes import code_points, number_mistake
from shared.core.directory.model import ANONYMOUS, ANY, DEFAULT_LIST, REJECT, Pick, Route
from shared.core.directory.time_zone_cells import read_time_zone
from shared.core.light_dataclass import dataclass
from shared.core.schedule import time_zones

SHORTEST, LONGEST = 15, 90  # seconds of ringing: https://learn.microsoft.com/graph/api/call-redirect
COLUMNS = (
    *KEYS,
    "Ring",
    "Hours",
    "Closed",
    "Empty",
    "TimeZone",
    "Country",
    "Timeout",
    "Pick",
    "Forwarding",
    "Name",
    "Protected",
    "Enabled",
    "Note",
)
_LISTS = ("Ring", "Closed", "Empty")
_PICKS = {pick.value: pick for pick in Pick}


@dataclass(frozen=True, slots=True)
class RouteDefaults:
    """What holds for a route that does not say: the settings TIME_ZONE and HOLIDAY_COUNTRY."""

    zone: tzinfo = UTC
    country: str = ""


@dataclass(slots=True)
class RouteTable:
    """The routes and their rows by (line, caller); `lines` and the lists `named` are the disabled rows' too."""

    by_key: dict[tuple[str, str], Route] = field(default_factory=dict)
    rows: dict[tuple[str, str], str] = field(default_factory=dict)
    lines: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)
    has_any_off: bool = False
    protected: set[str] = field(default_factory=set)
    names: dict[tuple[str, str], str] = field(default_factory=dict)


def read_routes(
    rows: Iterable[Row], lists: Iterable[str], defaults: RouteDefaults, days: tuple[str, ...], diagnostics: Diagnostics
) -> RouteTable:
    """Give the routes; of two rows for the same line and caller the first counts. `days` are as in `hours.read`."""
    known = dict.fromkeys((*lists, REJECT))
    found = RouteTable()
    for entry in TableReader("routes", COLUMNS, diagnostics).entries(rows):
        keys = _keys(entry)
        if keys is None:
            continue
        found.lines.add(keys[0])
        if not entry.is_enabled():
            found.has_any_off = True
            found.named.update(entry.text(column).lower() for column in _LISTS)
            continue
        if keys in found.by_key:
            message = f"the same line and caller as {quoted(found.rows[keys])}, which counts; this row is ignored"
            entry.warn("RowKey", message)
            continue
        route = _route(entry, keys, known, defaults)
        found.named.update((route.ring, route.closed, route.empty))
        if route.hours:
            diagnostics.check_hours(entry.table, entry.key, route.hours, (route.country,), days)
        found.by_key[keys], found.rows[keys] = route, entry.key
        if name := entry.text("Name"):
            found.names[keys] = name
        if line_rows.is_protected(entry, keys[0]):
            found.protected.add(keys[0])
    found.lines.discard(ANY)
    line_rows.judge_protected(found.protected, found.by_key, found.rows, diagnostics)
    return found


def _keys(entry: TableRow) -> tuple[str, str] | None:
    line, caller = _line(entry.partition), _caller(entry.row)
    if line is None:
        entry.error("PartitionKey", f"neither any nor an object id{code_points(entry.partition)}; the row is left out")
        return None
    if caller is None:
        kinds = "neither any, anonymous, an object id nor the beginning of a number with its +"
        mistake = number_mistake(entry.row) or f"{kinds}{code_points(entry.row)}"
        entry.error("RowKey", f"{mistake}; the row is left out")
        return None
    return line, caller


def _line(key: str) -> str | None:
    return ANY if key.lower() == ANY else ids.object_id(key)


def _caller(key: str) -> str | None:
    if key.lower() in {ANY, ANONYMOUS}:
        return key.lower()
    return caller_id.number_prefix(key) or ids.object_id(key)


def _route(entry: TableRow, keys: tuple[str, str], known: Mapping[str, None], defaults: RouteDefaults) -> Route:
    hours, closed = entry.text("Hours"), _list(entry, "Closed", known)
    if hours and not closed:
        entry.warn("Closed", "Hours without Closed: outside them the Empty list rings")
    if closed and not hours:
        entry.warn("Closed", "Closed without Hours rings only while the line is away")
    ring = _list(entry, "Ring", known)
    if not ring and DEFAULT_LIST not in known:
        entry.error("Ring", f"empty means {DEFAULT_LIST}, and there is no such list")
    return Route(
        line=keys[0],
        caller=keys[1],
        ring=ring or DEFAULT_LIST,
        empty=_list(entry, "Empty", known) or DEFAULT_LIST,
        timeout=_timeout(entry),
        forwarding=entry.boolean("Forwarding"),
        hours=hours,
        closed=closed,
        zone=read_time_zone(entry, str(defaults.zone)) or defaults.zone,
        country=_country(entry, defaults),
        pick=_pick(entry),
    )


def _list(entry: TableRow, column: str, known: Mapping[str, None]) -> str:
    name = entry.text(column).lower()
    if name and name not in known:
        said = entry.text(column)
        entry.error(column, f"no such list: {quoted(said)}{entry.diagnostics.suggestion(said, known)}")
    return name


def _timeout(entry: TableRow) -> int | None:
    seconds = entry.integer("Timeout")
    if seconds is None or SHORTEST <= seconds <= LONGEST:
        return seconds
    nearest = min(max(seconds, SHORTEST), LONGEST)
    entry.warn("Timeout", f"{SHORTEST} to {LONGEST} seconds; {nearest} used")
    return nearest


def _country(entry: TableRow, defaults: RouteDefaults) -> str:
    said = entry.text("Country")
    country = time_zones.country(said) if said else defaults.country
    if country is None:
        used = f"{defaults.country} is used" if defaults.country else "public holidays are not known"
        entry.error("Country", f"no such country: {quoted(said)}; write two letters, as AT; {used}")
    return defaults.country if country is None else country


def _pick(entry: TableRow) -> Pick:
    said = entry.text("Pick")
    pick = _PICKS.get(said.lower(), Pick.ALL)
    if said and said.lower() not in _PICKS:
        entry.error("Pick", f"one of {', '.join(_PICKS)}; taken as all{entry.diagnostics.suggestion(said, _PICKS)}")
    return pick
