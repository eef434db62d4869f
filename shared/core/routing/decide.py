"""Decide what to do with an incoming call."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from shared.core.directory.model import ANONYMOUS, ANY, MOST_TARGETS, REJECT, Directory, Pick, Route, Target
from shared.core.ids import AppId
from shared.core.light_dataclass import dataclass
from shared.core.notification.calls import Identity, RingingCall
from shared.core.routing import eligible
from shared.core.routing.decisions import Decision, Leave, Redirect, Reject, RejectReason, Skipped, SkipReason, Why
from shared.core.routing.eligible import Moments, Ours

FALLBACK_LIST = "FALLBACK_TARGETS"
_LONGEST_NUMBER = 16  # "+" and the 15 digits of E.164


@dataclass(frozen=True, slots=True)
class LastResort:
    """What the settings say for a call that no list can take; `unroutable` None leaves it ringing."""

    bot: AppId
    fallback: tuple[Target, ...] = ()
    unroutable: RejectReason | None = RejectReason.BUSY


def decide(call: RingingCall, directory: Directory, last_resort: LastResort, now: datetime) -> Decision:
    """Choose the most specific route, and of its lists the first in which anybody can ring. `now` is aware.

    The lists that follow stay in the decision, as its `next_decision`. A target that would bring the call back is left
    out.
    """
    route = choose_route(call, directory)
    moments = Moments(now.astimezone(UTC), route, directory)
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
        able, dropped = eligible.able(targets, name, call, Ours(last_resort.bot, directory.lines), moments)
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
    return _is_open(call, Moments(now.astimezone(UTC), route, directory))


def lists_to_ring(route: Route) -> tuple[str, ...]:
    """Give the route's lists in their order, each once; what follows `reject` is never reached."""
    return tuple(dict.fromkeys((route.ring, route.empty, FALLBACK_LIST)))


def lists_when_closed(route: Route) -> tuple[str, ...]:
    return tuple(dict.fromkeys((route.closed or route.empty, route.empty, FALLBACK_LIST)))


def _is_open(call: RingingCall, moments: Moments) -> bool:
    """Tell it of a call; a protected line is away by rows of its own alone.

    While a line is away a rule that turns callers away still does, or a blocked caller would ring the Empty list.
    """
    route, directory = moments.route, moments.directory
    line = call.called.id if call.called else ANY
    lines = (line,) if line in directory.protected else (line, ANY)
    is_block = route.ring == REJECT and not route.closed
    if not is_block and any(directory.roster.is_line_away(one, route.zone, moments.now) for one in lines):
        return False
    return moments.at(route.zone).is_open(route.hours)


def _has_rota(name: str, route: Route, directory: Directory) -> bool:
    """Tell whether somebody is meant to be on duty in a list: that nobody rings is then no closing."""
    return (name, route.zone) in directory.roster.rotas


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
    return replace(decision, skipped=skipped) if skipped else decision


def _end(route: Route, last_resort: LastResort, why: Why) -> Decision:
    return _rejection(why, route, last_resort) if last_resort.unroutable else Leave(why, route.name)


def _rejection(why: Why, route: Route, last_resort: LastResort) -> Reject:
    return Reject(last_resort.unroutable or RejectReason.BUSY, why, route.name)
