"""Read the people's tables into a directory; a bad row is left out and named, the others ring."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import chain

from shared.core.directory import away_rows, holiday_rows, line_rows, route_rows, shift_rows, target_rows
from shared.core.directory.away_rows import LineNames
from shared.core.directory.cells import Row
from shared.core.directory.diagnostics import Diagnostics
from shared.core.directory.model import ANY, DEFAULT_LIST, MOST_TARGETS, REJECT, Directory, Pick, Route, snapshot
from shared.core.directory.people import people
from shared.core.directory.roster import Duties, Roster, roster
from shared.core.directory.route_rows import RouteDefaults
from shared.core.directory.target_rows import ListedTarget, Lists
from shared.core.ids import AppId

__all__ = ["RouteDefaults", "read_directory"]

_MOST_NAMED, _LONGEST_NAME = 2, 40
_ANY_DAY = ("2000 Jan 01",)  # stands for the days of `holidays` where only their being there matters
_IN_UTC = RouteDefaults()


def read_directory(  # noqa: PLR0913 - the tables, and what the settings say
    targets: Iterable[Row],
    routes: Iterable[Row],
    bot: AppId,
    holidays: Iterable[Row] = (),
    defaults: RouteDefaults = _IN_UTC,
    *,
    shifts: Iterable[Row] = (),
    away: Iterable[Row] = (),
) -> Directory:
    """Make the snapshot. Never raises for what a row says: that becomes a Problem."""
    diagnostics = Diagnostics()
    days = holiday_rows.read_holidays(holidays, diagnostics)
    lists = target_rows.read_targets(targets, bot, diagnostics)
    any_day = () if days.is_empty else _ANY_DAY
    found = route_rows.read_routes(routes, lists, defaults, any_day, diagnostics)
    default_route = Route(zone=defaults.zone, country=defaults.country)
    names = line_rows.line_names(found.names, found.rows, diagnostics)
    ways = (*found.by_key.values(), default_route)
    _judge_lists(lists, frozenset(found.lines), diagnostics)
    _judge_use(lists, ways, found.named, diagnostics)
    _judge_hours(lists, ways, defaults, any_day, diagnostics)
    who = people(lists)
    on_duty = shift_rows.read_shifts(shifts, who, diagnostics)
    absences = away_rows.read_away(away, who, LineNames(found.lines, names), diagnostics)
    has_default = (ANY, ANY) not in found.by_key and DEFAULT_LIST in lists
    reached = ways if has_default else found.by_key.values()
    away_rows.judge_lines(absences, reached, found.protected, diagnostics)
    directory = snapshot(
        {name: tuple(member.target for member in members) for name, members in lists.items()},
        found.by_key,
        diagnostics.problems,
        lines=found.lines,
        holidays=days,
        default_route=default_route,
        protected=found.protected,
        names=names,
        roster=_roster(Duties(on_duty, absences.people, absences.lines), ways, lists),
    )
    return replace(directory, has_routes_off=found.has_any_off)


def _roster(duties: Duties, ways: Iterable[Route], lists: Lists) -> Roster:
    used = {(name, way.zone) for way in ways for name in way.lists}
    zones = {way.zone for way in ways} | {one.target.zone for of_list in lists.values() for one in of_list}
    return roster(duties, used, {zone for zone in zones if zone is not None})


def _judge_lists(lists: Lists, lines: frozenset[str], diagnostics: Diagnostics) -> None:
    """Look for targets that would bring the call back, and for lists in which nobody is left."""
    for name, members in lists.items():
        for member in members:
            if member.target.id in lines:
                message = "a line that is routed here: the call would come back for ever; not rung"
                diagnostics.error("targets", f"{name}/{member.key}", "RowKey", message, member.target.name)
        if not any(member.target.enabled and member.target.id not in lines for member in members):
            diagnostics.error("targets", name, "Enabled", "nobody in this list can ring")


def _judge_use(lists: Lists, ways: Iterable[Route], named: set[str], diagnostics: Diagnostics) -> None:
    """Look for lists that no route rings, and for those of which 25 cannot be all."""
    rung_whole = set(chain.from_iterable(way.lists for way in ways if way.pick is Pick.ALL))
    for name, members in lists.items():
        if name not in named and name not in {DEFAULT_LIST, REJECT}:
            diagnostics.warn("targets", name, "PartitionKey", "no route rings this list")
        enabled = [member for member in members if member.target.enabled]
        if len(enabled) > MOST_TARGETS and name in rung_whole:
            beyond = enabled[MOST_TARGETS:]
            message = f"rings at most {MOST_TARGETS}; not rung: {_named(beyond)} (raise the Order of others instead)"
            diagnostics.warn("targets", name, "Order", message)


def _named(members: list[ListedTarget]) -> str:
    names = ", ".join(member.key[:_LONGEST_NAME] for member in members[:_MOST_NAMED])
    more = len(members) - _MOST_NAMED
    return f"{names} and {more} more" if more > 0 else names


def _judge_hours(
    lists: Lists, ways: Iterable[Route], defaults: RouteDefaults, days: tuple[str, ...], diagnostics: Diagnostics
) -> None:
    """Look at each target's Hours in every country in which they may count."""
    countries: dict[str, set[str]] = {}
    for way in ways:
        for name in way.lists:
            countries.setdefault(name, set()).add(way.country)
    for name, members in lists.items():
        ours = sorted(countries.get(name, {defaults.country}))
        for member in members:
            if member.target.hours:
                diagnostics.check_hours("targets", f"{name}/{member.key}", member.target.hours, ours, days)
