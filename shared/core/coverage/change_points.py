"""Find every moment at which the decision about a call may change: where to look, each is decided again."""

import heapq
from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo

from shared.core.directory.model import ANY, Directory, Route, Target
from shared.core.notification.calls import RingingCall
from shared.core.routing.decide import choose_route
from shared.core.schedule import opening_hours, validity
from shared.core.schedule.rota import Intervals


def change_points(call: RingingCall, directory: Directory, after: datetime, until: datetime) -> Iterator[datetime]:
    """Give the moments (UTC) after one and before another at which anything may change, in order, each once."""
    route = choose_route(call, directory)
    targets = list(dict.fromkeys(target for name in route.lists for target in directory.lists.get(name, ())))
    line = call.called.id if call.called else ANY
    found = sorted(
        moment
        for moments in (_of_targets(targets, route), _of_roster(route, targets, line, directory))
        for moment in moments
        if after < moment < until
    )
    last = after
    for moment in heapq.merge(found, *_of_hours(route, targets, directory, after, until)):
        if moment != last:
            last = moment
            yield moment


def _of_hours(
    route: Route, targets: Iterable[Target], directory: Directory, after: datetime, until: datetime
) -> Iterator[Iterator[datetime]]:
    asked: dict[tuple[str, tzinfo], None] = {(route.hours, route.zone): None}
    asked |= {(target.hours, target.zone or route.zone): None for target in targets}
    for text, zone in asked:
        if text:
            days = directory.holidays.around(
                opening_hours.wall_clock(after, zone).date(), opening_hours.wall_clock(until, zone).date()
            )
            yield opening_hours.changes(opening_hours.parse_hours(text, route.country, days), zone, after, until)


def _of_targets(targets: Iterable[Target], route: Route) -> Iterator[datetime]:
    for target in targets:
        zone = target.zone or route.zone
        if target.begins:
            yield validity.earliest_moment(target.begins, zone)
        if target.ends:
            yield validity.latest_moment(target.ends, zone)


def _of_roster(route: Route, targets: Iterable[Target], line: str, directory: Directory) -> Iterator[datetime]:
    roster = directory.roster
    for name in route.lists:
        if rota := roster.rotas.get((name, route.zone)):
            yield from rota.moments
    for target in targets:
        yield from _edges(roster.away(target.zone or route.zone).get(target.id))
    for one in dict.fromkeys((line, ANY)):
        yield from _edges(roster.lines.get(route.zone, {}).get(one))


def _edges(away: Intervals | None) -> Iterator[datetime]:
    if away:
        yield from away.begins
        yield from away.ends
