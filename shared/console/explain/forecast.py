"""Foresee when the decision about a call next changes."""

import heapq
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

from shared.core.directory.model import Directory, Route, Target
from shared.core.notification.calls import RingingCall
from shared.core.routing.decide import LastResort, choose_route, decide
from shared.core.routing.decisions import Decision, Redirect
from shared.core.schedule import opening_hours, validity

HORIZON = timedelta(days=8)
_MOST_MOMENTS = 1000  # at which it is decided again


def next_change(
    call: RingingCall, directory: Directory, last_resort: LastResort, now: datetime, horizon: timedelta = HORIZON
) -> datetime | None:
    """Give the first moment (UTC) at which somebody else rings than now; nothing where none is known before `horizon`.

    The moments at which hours change, or From and Until are reached, are only where to look: each is decided again.
    """
    before = _says(decide(call, directory, last_resort, now))
    moments = _moments(choose_route(call, directory), directory, now.astimezone(UTC), now.astimezone(UTC) + horizon)
    for moment in islice(moments, _MOST_MOMENTS):
        if _says(decide(call, directory, last_resort, moment)) != before:
            return moment
    return None


def _says(decision: Decision) -> tuple[object, ...]:
    if isinstance(decision, Redirect):
        return (decision.list, *(target.id for target in decision.targets))
    return (decision.why,)


def _moments(route: Route, directory: Directory, now: datetime, until: datetime) -> Iterator[datetime]:
    """Give every moment after `now` and before `until` at which anything may change, in order, each once."""
    targets = [target for name in route.lists for target in directory.lists.get(name, ())]
    texts = dict.fromkeys((route.hours, *(target.hours for target in targets)))
    days = directory.holidays.around(
        opening_hours.wall_clock(now, route.zone).date(), opening_hours.wall_clock(until, route.zone).date()
    )
    changes = [
        opening_hours.changes(opening_hours.parse_hours(text, route.country, days), route.zone, now, until)
        for text in texts
        if text
    ]
    ends = sorted(moment for moment in _ends(targets, route) if now < moment < until)
    last = now
    for moment in heapq.merge(ends, *changes):
        if moment != last:
            last = moment
            yield moment


def _ends(targets: Iterable[Target], route: Route) -> Iterator[datetime]:
    for target in targets:
        if target.begins:
            yield validity.earliest_moment(target.begins, route.zone)
        if target.ends:
            yield validity.latest_moment(target.ends, route.zone)
