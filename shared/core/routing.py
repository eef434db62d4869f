"""Decide what to do with an incoming call."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from shared.core.calls import Identity, RingingCall
from shared.core.decisions import Decision, Drop, Leave, Redirect, Reject, RejectReason, Skipped, Why
from shared.core.directory import ANONYMOUS, ANY, REJECT, Directory, Route, Target
from shared.core.ids import AppId

MOST_TARGETS = 25  # https://learn.microsoft.com/graph/api/call-redirect: up to 25 targets for simulring
FALLBACK_LIST = "FALLBACK_TARGETS"
_LONGEST_NUMBER = 16  # "+" and the 15 digits of E.164
_DEFAULT_ROUTE = Route()


@dataclass(frozen=True, slots=True)
class LastResort:
    """What the settings say for a call that no list can take; `unroutable` None leaves it ringing."""

    bot: AppId
    fallback: tuple[Target, ...] = ()
    unroutable: RejectReason | None = RejectReason.BUSY


def decide(call: RingingCall, directory: Directory, last_resort: LastResort) -> Decision:
    """Choose the most specific route, and of its lists the first in which anybody can ring.

    The lists that follow stay in the decision, as its `otherwise`. A target that would bring the call back is dropped.
    """
    route = choose(call, directory)
    skipped: list[Skipped] = []
    ringing: list[Redirect] = []
    end = _end(route, last_resort)
    for name in _lists(route):
        if name == REJECT:
            end = _rejection(Why.BY_RULE, route, last_resort)
            break
        targets = last_resort.fallback if name == FALLBACK_LIST else directory.lists.get(name, ())
        kept, dropped = _who(targets, call, directory.lines, last_resort.bot)
        skipped += dropped
        if kept:
            ringing.append(_redirect(kept, name, route, end))
    return _chain(ringing, end, tuple(skipped))


def choose(call: RingingCall, directory: Directory) -> Route:
    """Give the most specific route: the longest matching caller first, then the called line before `any`."""
    line = call.called.id if call.called else ANY
    for caller in _callers(call.caller):
        for key in ((line, caller), (ANY, caller)):
            if key in directory.routes:
                return directory.routes[key]
    return _DEFAULT_ROUTE


def _callers(caller: Identity | None) -> Iterator[str]:
    if caller is None:
        yield ANONYMOUS
    elif caller.kind == "phone":
        for length in range(min(len(caller.id), _LONGEST_NUMBER), 1, -1):
            yield caller.id[:length]
    elif caller.kind != "encrypted":  # what Graph sends while consent is missing: nobody in particular
        yield caller.id
    yield ANY


def _lists(route: Route) -> tuple[str, ...]:
    """Give the route's lists in their order, each once; what follows `reject` is never reached."""
    return tuple(dict.fromkeys((route.ring, route.empty, FALLBACK_LIST)))


def _who(
    targets: tuple[Target, ...], call: RingingCall, lines: frozenset[str], bot: AppId
) -> tuple[tuple[Target, ...], list[Skipped]]:
    kept: list[Target] = []
    dropped: list[Skipped] = []
    for target in targets:
        why = _why_not(target, call, lines, bot)
        if why is None and len(kept) == MOST_TARGETS:
            why = Drop.BEYOND_25
        if why is None:
            kept.append(target)
        else:
            dropped.append(Skipped(target.id, why))
    return tuple(kept), dropped


def _why_not(target: Target, call: RingingCall, lines: frozenset[str], bot: AppId) -> Drop | None:
    if not target.enabled:
        return Drop.DISABLED
    if target.id == bot:
        return Drop.ITSELF
    if call.called and target.id == call.called.id:
        return Drop.THIS_LINE
    if target.id in lines:
        return Drop.ROUTED_HERE
    return Drop.FORWARDED_HERE if target.id in call.forwarded_by else None


def _redirect(targets: tuple[Target, ...], name: str, route: Route, end: Decision) -> Redirect:
    alone = len(targets) == 1
    return Redirect(
        targets=targets,
        list=name,
        route=route.name,
        otherwise=end,
        timeout=route.timeout,
        # Several with forwarding on would let the first voicemail take the call from the phones still ringing.
        forwarding=alone if route.forwarding is None else route.forwarding,
    )


def _chain(ringing: list[Redirect], end: Decision, skipped: tuple[Skipped, ...]) -> Decision:
    decision = end
    for redirect in reversed(ringing):
        decision = replace(redirect, otherwise=decision)
    return replace(decision, skipped=skipped)


def _end(route: Route, last_resort: LastResort) -> Decision:
    return _rejection(Why.NO_TARGET, route, last_resort) if last_resort.unroutable else Leave(Why.NO_TARGET, route.name)


def _rejection(why: Why, route: Route, last_resort: LastResort) -> Reject:
    return Reject(last_resort.unroutable or RejectReason.BUSY, why, route.name)
