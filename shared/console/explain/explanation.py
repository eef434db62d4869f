"""Say who would ring for one call, who would not and why, what Graph would get, and when that next differs."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, assert_never

from shared.console.explain.forecast import HORIZON, next_change
from shared.console.explain.overrides import Overrides, callers_text, effect_text, overrides
from shared.console.explain.question import Question, sample_call
from shared.core.coverage.stretches import SAMPLE_CALL
from shared.core.directory.line_names import line_name, line_text
from shared.core.directory.model import ANY, Directory, Route, Target
from shared.core.graph import requests
from shared.core.light_dataclass import dataclass
from shared.core.record.record import CallKey, day_of
from shared.core.routing.decide import (
    FALLBACK_LIST,
    LastResort,
    choose_route,
    decide,
    is_open,
    lists_to_ring,
    lists_when_closed,
)
from shared.core.routing.decisions import Decision, Leave, Redirect, Reject, SkipReason, Why

_NONE = Overrides()


@dataclass(frozen=True, slots=True)
class RoutingContext:
    """What an answer goes by; `base_url` is the callbackUri's, `horizon` how far ahead changes are looked for."""

    directory: Directory
    last_resort: LastResort
    base_url: str
    horizon: timedelta = HORIZON


@dataclass(frozen=True, slots=True)
class NotRung:
    """A target that does not ring."""

    id: str
    name: str
    why: SkipReason


@dataclass(frozen=True, slots=True)
class Explanation:
    """`action` is what Graph would be asked for, "" for nothing; `body` is the exact body of that request.

    `then` is what is decided from `next_change` on; both are absent where nothing changes within the `horizon`.
    `overrides` are rules of `any` that win over the line's own.
    """

    question: Question
    route: Route
    decision: Decision
    rings: tuple[Target, ...]
    skipped: tuple[NotRung, ...]
    action: str
    body: str
    horizon: timedelta
    next_change: datetime | None = None
    then: Decision | None = None
    overrides: Overrides = _NONE
    line_name: str = ""
    is_protected: bool = False


def explain(asked: Question, rules: RoutingContext) -> Explanation:
    """Decide as for a real call, and send nothing."""
    call, directory, last_resort = sample_call(asked), rules.directory, rules.last_resort
    route = choose_route(call, directory)
    at = asked.at if asked.at.tzinfo else asked.at.replace(tzinfo=route.zone)
    decision = decide(call, directory, last_resort, at)
    changes = next_change(call, directory, last_resort, at, rules.horizon)
    names = lists_to_ring(route) if is_open(call, directory, route, at) else lists_when_closed(route)
    action, body = _request(decision, f"{rules.base_url}/api/calls/{CallKey(day_of(at), SAMPLE_CALL).path}")
    return Explanation(
        question=replace(asked, at=at),
        route=route,
        decision=decision,
        rings=rung_targets(decision),
        skipped=tuple(_skipped(decision, names[0], rules)),
        action=action,
        body=body,
        horizon=rules.horizon,
        next_change=changes,
        then=decide(call, directory, last_resort, changes) if changes else None,
        overrides=overrides(asked.called, directory, asked.caller),
        line_name=line_name(directory, asked.called),
        is_protected=asked.called in directory.protected,
    )


def rung_targets(decision: Decision) -> tuple[Target, ...]:
    return decision.targets if isinstance(decision, Redirect) else ()


def in_words(decision: Decision) -> str:
    """Say what happens to the call, but not who rings."""
    match decision:
        case Redirect(list=name):
            return f"rings {name}"
        case Reject(reason, Why.BY_RULE):
            return f"turned away by a rule ({reason})"
        case Reject(reason, Why.CLOSED):
            return f"turned away: closed ({reason})"
        case Leave(Why.CLOSED):
            return "left ringing: closed"
        case Reject(reason):
            return f"turned away: nobody can ring ({reason})"
        case Leave():
            return "left ringing: nobody can be rung"
        case never:
            assert_never(never)


def as_json(answer: Explanation) -> dict[str, Any]:
    """Give what `POST /api/who` answers."""
    then = answer.then
    return {
        "called": answer.question.called,
        "line": _line(answer),
        "protected": answer.is_protected,
        "caller": answer.question.caller,
        "at": answer.question.at.isoformat(),
        "decision": in_words(answer.decision),
        "route": answer.route.name,
        "pick": answer.route.pick.value,
        "list": answer.decision.list if isinstance(answer.decision, Redirect) else None,
        "rings": [_target(target) for target in answer.rings],
        "skipped": [_silent(silent) for silent in answer.skipped],
        "action": answer.action or None,
        "body": json.loads(answer.body) if answer.body else None,
        "next_change": answer.next_change.isoformat() if answer.next_change else None,
        "then": {"decision": in_words(then), "rings": [_target(target) for target in rung_targets(then)]}
        if then
        else None,
        "overrides": [
            {"route": rule.name, "for": callers_text(rule), "does": effect_text(rule)}
            for rule in answer.overrides.rules
        ],
    }


def _skipped(decision: Decision, first: str, rules: RoutingContext) -> Iterator[NotRung]:
    """Give those of the lists that were needed: whom the Empty list leaves out is no answer where the first rings."""
    lists = dict(rules.directory.lists) | {FALLBACK_LIST: rules.last_resort.fallback}
    needed = {*lists}
    if isinstance(decision, Redirect) and decision.list != FALLBACK_LIST:
        needed = {first, decision.list} & needed
    names: dict[str, str] = {}
    for target in (target for name in sorted(needed) for target in lists[name]):
        names[target.id] = names.get(target.id) or target.name
    for one in dict.fromkeys(decision.skipped):
        if one.key in names:
            yield NotRung(one.key, names[one.key], one.why)


def _request(decision: Decision, callback: str) -> tuple[str, str]:
    match decision:
        case Redirect():
            return "redirect", requests.redirect(decision, callback).decode()
        case Reject():
            return "reject", requests.reject(decision, callback).decode()
        case Leave():
            return "", ""
        case never:
            assert_never(never)


def _line(answer: Explanation) -> str | None:
    called = answer.question.called
    return answer.line_name or (None if called == ANY else line_text(called, None))


def _target(target: Target) -> Mapping[str, str]:
    return {"id": target.id, "kind": target.kind.value} | ({"name": target.name} if target.name else {})


def _silent(silent: NotRung) -> Mapping[str, str]:
    return {"id": silent.id} | ({"name": silent.name} if silent.name else {}) | {"why": silent.why.value}
