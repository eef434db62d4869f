"""Say who would ring for one call, who would not and why, what Graph would get, and when that next differs."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, assert_never

from shared.console.explain.forecast import HORIZON, next_change
from shared.core import ids
from shared.core.directory.model import ANONYMOUS, ANY, Directory, Route, Target
from shared.core.graph import requests
from shared.core.ids import CallId, TenantId
from shared.core.json_reader import Json, document
from shared.core.notification.calls import Identity, RingingCall
from shared.core.record.record import CallKey, day_of
from shared.core.refusals import QuestionUnclear, Unreadable
from shared.core.routing.decide import FALLBACK_LIST, LastResort, choose, decide
from shared.core.routing.decisions import Decision, Drop, Leave, Redirect, Reject, Why

# Stands where a real call has its id, in the callbackUri and in what picks one of several at random.
SAMPLE_CALL = CallId("00000000-0000-0000-0000-000000000000")
_YEARS = range(2000, 2100)


@dataclass(frozen=True, slots=True)
class Question:
    """`called` is `any` or a line's object id; `caller` is `any`, `anonymous`, an object id or a number.

    A time `at` without an offset is on the wall clock of the route's zone.
    """

    called: str
    caller: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Rules:
    """What an answer goes by; `base_url` is the callbackUri's, `horizon` how far ahead changes are looked for."""

    directory: Directory
    last_resort: LastResort
    base_url: str
    horizon: timedelta = HORIZON


@dataclass(frozen=True, slots=True)
class Silent:
    """A target that does not ring."""

    id: str
    name: str
    why: Drop


@dataclass(frozen=True, slots=True)
class Answer:
    """`action` is what Graph would be asked for, "" for nothing; `body` is the exact body of that request.

    `then` is what is decided from `next_change` on; both are absent where nothing changes within the `horizon`.
    """

    question: Question
    route: Route
    decision: Decision
    rings: tuple[Target, ...]
    skipped: tuple[Silent, ...]
    action: str
    body: str
    horizon: timedelta
    next_change: datetime | None = None
    then: Decision | None = None


def question(body: bytes, now: datetime) -> Question:
    """Read what was asked; what is left out is any line, any caller, now. Raises QuestionUnclear."""
    try:
        asked = document(body or b"{}")
    except Unreadable:
        asked = Json(None, "body")
    if not asked.is_object:
        raise QuestionUnclear(message='The body is not a JSON object like {"called": "any", "caller": "+43"}.')
    return Question(
        called=called(_text(asked["called"])), caller=caller(_text(asked["caller"])), at=at(asked["at"], now)
    )


def called(text: str) -> str:
    """Read a line. Raises QuestionUnclear."""
    if text.lower() in {"", ANY}:
        return ANY
    line = ids.guid(text)
    if line is None:
        raise QuestionUnclear(message="called is neither any nor an object id: Graph names the line, not its digits.")
    return line


def caller(text: str) -> str:
    """Read a caller. Raises QuestionUnclear."""
    if text.lower() in {"", ANY, ANONYMOUS}:
        return text.lower() or ANY
    found = ids.number_beginning(text) or ids.guid(text)
    if found is None:
        raise QuestionUnclear(message="caller is neither any, anonymous, an object id nor a number starting with +.")
    return found


def at(said: Json, now: datetime) -> datetime:
    """Read a moment of this century. Raises QuestionUnclear."""
    if said.value is None or said.value == "":
        return now
    try:
        moment = datetime.fromisoformat(said.text.strip())
    except ValueError:
        moment = None
    if moment is None or moment.year not in _YEARS:
        raise QuestionUnclear(message="at is not a time like 2026-12-24T20:00+01:00 between 2000 and 2099.")
    return moment


def call_of(asked: Question) -> RingingCall:
    """Make the call that the question is about."""
    return RingingCall(
        id=SAMPLE_CALL,
        tenant=TenantId(""),
        caller=_caller(asked.caller),
        called=None if asked.called == ANY else Identity("applicationInstance", asked.called),
    )


def answer(asked: Question, rules: Rules) -> Answer:
    """Decide as for a real call, and send nothing."""
    call, directory, last_resort = call_of(asked), rules.directory, rules.last_resort
    route = choose(call, directory)
    at = asked.at if asked.at.tzinfo else asked.at.replace(tzinfo=route.zone)
    decision = decide(call, directory, last_resort, at)
    changes = next_change(call, directory, last_resort, at, rules.horizon)
    action, body = _request(decision, f"{rules.base_url}/api/calls/{CallKey(day_of(at), SAMPLE_CALL).path}")
    return Answer(
        question=replace(asked, at=at),
        route=route,
        decision=decision,
        rings=rings(decision),
        skipped=tuple(_skipped(decision, route, rules)),
        action=action,
        body=body,
        horizon=rules.horizon,
        next_change=changes,
        then=decide(call, directory, last_resort, changes) if changes else None,
    )


def rings(decision: Decision) -> tuple[Target, ...]:
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


def as_json(answer: Answer) -> dict[str, Any]:
    """Give what `POST /api/who` answers."""
    then = answer.then
    return {
        "called": answer.question.called,
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
        "then": {"decision": in_words(then), "rings": [_target(target) for target in rings(then)]} if then else None,
    }


def _text(said: Json) -> str:
    if said.value is not None and not isinstance(said.value, str):
        raise QuestionUnclear(message=f"{said.path.removeprefix('body.')} is not text.")
    return said.text.strip()


def _caller(text: str) -> Identity | None:
    if text == ANONYMOUS:
        return None
    if text == ANY:
        return Identity("encrypted", "")  # nobody in particular: matches `any` alone
    return Identity("phone" if text.startswith("+") else "user", text)


def _skipped(decision: Decision, route: Route, rules: Rules) -> Iterator[Silent]:
    """Give those of the lists that were needed: whom the Empty list leaves out is no answer where Ring rings."""
    lists = dict(rules.directory.lists) | {FALLBACK_LIST: rules.last_resort.fallback}
    needed = {*lists}
    if isinstance(decision, Redirect) and decision.list != FALLBACK_LIST:
        needed = {route.ring, route.closed, decision.list} & needed
    names: dict[str, str] = {}
    for target in (target for name in sorted(needed) for target in lists[name]):
        names[target.id] = names.get(target.id) or target.name
    for one in dict.fromkeys(decision.skipped):
        if one.key in names:
            yield Silent(one.key, names[one.key], one.why)


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


def _target(target: Target) -> Mapping[str, str]:
    return {"id": target.id, "kind": target.kind.value} | ({"name": target.name} if target.name else {})


def _silent(silent: Silent) -> Mapping[str, str]:
    return {"id": silent.id} | ({"name": silent.name} if silent.name else {}) | {"why": silent.why.value}
