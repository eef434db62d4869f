"""Decide what to do with an incoming call."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo

from shared.core.directory.model import ANONYMOUS, ANY, MOST_TARGETS, REJECT, Directory, Pick, Route, Target
from shared.core.directory.roster import Roster
from shared.core.ids import AppId
from shared.core.notification.calls import Identity, RingingCall
from shared.core.routing.decisions import Decision, Leave, Redirect, Reject, RejectReason, Skipped, SkipReason, Why
from shared.core.schedule import opening_hours, validity

FALLBACK_LIST = "FALLBACK_TARGETS"
_LONGEST_NUMBER = 16  # "+" and the 15 digits of E.164


@dataclass(frozen=True, slots=True)
class LastResort:
    """What the settings say for a call that no list can take; `unroutable` None leaves it ringing."""

    bot: AppId
    fallback: tuple[Target, ...] = ()
    unroutable: RejectReason | None = RejectReason.BUSY


@dataclass(frozen=True, slots=True)
class _Ours:
    """Where a call would come back to us."""

    bot: AppId
    lines: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Moment:
    """Now, as hours ask about it: what the clock on the wall of a zone shows, and the holidays around."""

    now: datetime
    zone: tzinfo
    wall: datetime
    country: str
    days: tuple[str, ...]

    def is_open(self, text: str) -> bool:
        return not text or opening_hours.parse_hours(text, self.country, self.days).open_at(self.wall)


@dataclass(frozen=True, slots=True)
class _Moments:
    """Now on the clocks of the route and of the targets that have another; each is worked out once."""

    now: datetime
    route: Route
    directory: Directory
    known: dict[tzinfo, _Moment] = field(default_factory=dict)

    def at(self, zone: tzinfo) -> _Moment:
        found = self.known.get(zone)
        if found is None:
            wall = opening_hours.wall_clock(self.now, zone)
            days = self.directory.holidays.around(wall.date(), wall.date())
            found = self.known[zone] = _Moment(self.now, zone, wall, self.route.country, days)
        return found


def decide(call: RingingCall, directory: Directory, last_resort: LastResort, now: datetime) -> Decision:
    """Choose the most specific route, and of its lists the first in which anybody can ring. `now` is aware.

    The lists that follow stay in the decision, as its `next_decision`. A target that would bring the call back is left
    out.
    """
    route = choose_route(call, directory)
    moments = _Moments(now.astimezone(UTC), route, directory)
    now_open = _is_open(call, moments)
    names = lists_to_ring(route) if now_open else lists_when_closed(route)
    skipped: list[Skipped] = []
    ringing: list[Redirect] = []
    end = _end(route, last_resort, Why.NO_TARGET if now_open or _has_rota(names[0], route, directory) else Why.CLOSED)
    for name in names:
        if name == REJECT:
            end = _rejection(Why.BY_RULE if now_open else Why.CLOSED, route, last_resort)
            break
        targets = last_resort.fallback if name == FALLBACK_LIST else directory.lists.get(name, ())
        able, dropped = _able(targets, name, call, _Ours(last_resort.bot, directory.lines), moments)
        kept, left = _picked(able, Pick.ALL if name == FALLBACK_LIST else route.pick, call)
        skipped += dropped
        skipped += left
        if kept:
            ringing.append(_redirect(kept, name, route, end))
    return _chain(ringing, end, tuple(skipped))


def choose_route(call: RingingCall, directory: Directory) -> Route:
    """Give the most specific route: the longest matching caller first, then the called line before `any`.

    A protected line obeys its own rows alone.
    """
    line = call.called.id if call.called else ANY
    lines = (line,) if line in directory.protected else (line, ANY)
    for caller in _callers(call.caller):
        for one in lines:
            if (one, caller) in directory.routes:
                return directory.routes[one, caller]
    return directory.default_route


def _callers(caller: Identity | None) -> Iterator[str]:
    if caller is None:
        yield ANONYMOUS
    elif caller.kind == "phone":
        for length in range(min(len(caller.id), _LONGEST_NUMBER), 1, -1):
            yield caller.id[:length]
    elif caller.kind != "encrypted":  # what Graph sends while consent is missing: nobody in particular
        yield caller.id
    yield ANY


def is_open(call: RingingCall, directory: Directory, route: Route, now: datetime) -> bool:
    """Tell whether a route is open: within its hours, and the line is not away."""
    return _is_open(call, _Moments(now.astimezone(UTC), route, directory))


def lists_to_ring(route: Route) -> tuple[str, ...]:
    """Give the route's lists in their order, each once; what follows `reject` is never reached."""
    return tuple(dict.fromkeys((route.ring, route.empty, FALLBACK_LIST)))


def lists_when_closed(route: Route) -> tuple[str, ...]:
    return tuple(dict.fromkeys((route.closed or route.empty, route.empty, FALLBACK_LIST)))


def _is_open(call: RingingCall, moments: _Moments) -> bool:
    """Tell it of a call; a protected line is away by rows of its own alone."""
    route, directory = moments.route, moments.directory
    line = call.called.id if call.called else ANY
    lines = (line,) if line in directory.protected else (line, ANY)
    if any(directory.roster.is_line_away(one, route.zone, moments.now) for one in lines):
        return False
    return moments.at(route.zone).is_open(route.hours)


def _has_rota(name: str, route: Route, directory: Directory) -> bool:
    """Tell whether somebody is meant to be on duty in a list: that nobody rings is then no closing."""
    return (name, route.zone) in directory.roster.rotas


def _able(
    targets: tuple[Target, ...], name: str, call: RingingCall, ours: _Ours, moments: _Moments
) -> tuple[list[Target], list[Skipped]]:
    """Part those who can ring from those who cannot."""
    able: list[Target] = []
    dropped: list[Skipped] = []
    zone, roster = moments.route.zone, moments.directory.roster
    on_duty = roster.on_duty(name, zone, moments.now)
    for target in targets:
        why = _why_not(target, call, ours)
        if why is None and on_duty is not None and target.id not in on_duty:
            why = SkipReason.OFF_DUTY
        why = why or _why_not_now(target, moments.at(target.zone or zone), roster)
        if why is None:
            able.append(target)
        else:
            dropped.append(Skipped(target.id, why))
    return able, dropped


def _why_not(target: Target, call: RingingCall, ours: _Ours) -> SkipReason | None:
    if not target.enabled:
        return SkipReason.DISABLED
    if target.id == ours.bot:
        return SkipReason.ITSELF
    if call.called and target.id == call.called.id:
        return SkipReason.THIS_LINE
    if target.id in ours.lines:
        return SkipReason.ROUTED_HERE
    return _why_not_again(target, call)


def _why_not_again(target: Target, call: RingingCall) -> SkipReason | None:
    """Say how a target has a hand in the call already: it would ring beside itself, or come back for ever."""
    if call.caller and target.id in call.caller.ids:
        return SkipReason.CALLING
    if target.id in call.forwarded_by:
        return SkipReason.FORWARDED_HERE
    return SkipReason.TRANSFERRED_HERE if target.id in call.transferred_by else None


def _why_not_now(target: Target, moment: _Moment, roster: Roster) -> SkipReason | None:
    away = roster.away(moment.zone).get(target.id)
    if away and away.contain(moment.now):
        return SkipReason.AWAY
    if target.begins and validity.is_before(target.begins, moment.now, moment.zone):
        return SkipReason.NOT_YET
    if target.ends and validity.is_after(target.ends, moment.now, moment.zone):
        return SkipReason.NO_LONGER
    return None if moment.is_open(target.hours) else SkipReason.OUTSIDE_HOURS


def _picked(able: list[Target], pick: Pick, call: RingingCall) -> tuple[tuple[Target, ...], list[Skipped]]:
    """Choose who of those who can ring does; the same call always picks the same one."""
    first, count, why = 0, MOST_TARGETS, SkipReason.BEYOND_25
    if pick is not Pick.ALL:
        count, why = 1, SkipReason.NOT_PICKED
    if pick is Pick.RANDOM and able:
        first = int.from_bytes(hashlib.sha256(call.id.encode()).digest()[:8]) % len(able)
    kept = able[first : first + count]
    left = able[:first] + able[first + count :]
    return tuple(kept), [Skipped(target.id, why) for target in left]


def _redirect(targets: tuple[Target, ...], name: str, route: Route, end: Decision) -> Redirect:
    alone = len(targets) == 1
    return Redirect(
        targets=targets,
        list=name,
        route=route.name,
        next_decision=end,
        timeout=route.timeout,
        # Several with forwarding on would let the first voicemail take the call from the phones still ringing.
        forwarding=alone if route.forwarding is None else route.forwarding,
    )


def _chain(ringing: list[Redirect], end: Decision, skipped: tuple[Skipped, ...]) -> Decision:
    decision = end
    for redirect in reversed(ringing):
        decision = replace(redirect, next_decision=decision)
    return replace(decision, skipped=skipped)


def _end(route: Route, last_resort: LastResort, why: Why) -> Decision:
    return _rejection(why, route, last_resort) if last_resort.unroutable else Leave(why, route.name)


def _rejection(why: Why, route: Route, last_resort: LastResort) -> Reject:
    return Reject(last_resort.unroutable or RejectReason.BUSY, why, route.name)
