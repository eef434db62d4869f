"""Hold every body that the simulated Microsoft can send to what Microsoft's own SDK takes, and the rules to biting."""

import itertools
from collections.abc import Callable
from typing import Any, get_args

import pytest

from local.microsoft.exchange import notifications
from local.microsoft.exchange.call import Call
from local.microsoft.exchange.call_script import (
    BOT,
    TENANT,
    Identity,
    IncomingCall,
    Kind,
    ResultInfo,
    Terminated,
)
from tests.support.notification_rules import RULES, breaches
from tests.support.stack import sample

CALLBACK = "https://bot.contoso.com/api/calls/2025-01-01/x"
CALLERS = [Identity(kind, BOT) for kind in get_args(Kind.__value__)] + [Identity("phone", "")]
CALLED = [Identity(kind, BOT, "named", TENANT) for kind in get_args(Kind.__value__)] + [Identity("application", BOT)]
ANSWERED_BY = [None] + [{"kind": kind, "id": BOT} for kind in get_args(Kind.__value__)]
RESULTS = [None, ResultInfo(487, 0, "over")]


def calls() -> list[Call]:
    scripts = itertools.product(CALLERS, CALLED, get_args(Terminated.__value__))
    return [Call(IncomingCall(caller, called, terminated=style), 15.0) for caller, called, style in scripts]


def every_body() -> list[dict[str, Any]]:
    rung = calls()
    ends = itertools.product(rung, RESULTS, ANSWERED_BY)
    return [
        *(notifications.incoming(call, CALLBACK) for call in rung),
        *(notifications.rejected(call) for call in rung),
        *(notifications.terminated(call, CALLBACK, result, who) for call, result, who in ends),
    ]


def test_every_body_that_can_be_sent_is_as_microsofts() -> None:
    bodies = every_body()

    refused = [(broken, body) for body in bodies if (broken := breaches(body))]

    assert len(bodies) > 2000
    assert refused == []


@pytest.mark.parametrize("which", ["incoming", "terminated"])
@pytest.mark.parametrize(
    ("example", "broken"),
    [
        # They are of the page, and the app takes them; the SDK takes the third alone.
        (1, {"targets are invited, or say no type", "a whole call has its tenant", "resource says the call too"}),
        (2, {"targets are invited, or say no type", "a whole call has its tenant", "resource says the call too"}),
        (3, {"resource says the call too"}),
    ],
)
def test_what_the_pages_examples_lack(example: int, which: str, broken: set[str]) -> None:
    call = "491f0b00-ffff-4bc9-a43e-b226498ec22a"

    assert breaches(sample(f"seed-example-{example}-{which}", call)) == broken


def without(*path: str) -> Callable[[dict[str, Any]], None]:
    def take_out(entry: dict[str, Any]) -> None:
        for name in path[:-1]:
            entry = entry[name]
        del entry[path[-1]]

    return take_out


def retyped(entry: dict[str, Any]) -> None:
    entry["resourceData"]["targets"][0]["@odata.type"] = "#microsoft.graph.participantInfo"


def untyped(entry: dict[str, Any]) -> None:
    del entry["resourceData"]["targets"][0]["@odata.type"]


def updated(entry: dict[str, Any]) -> None:
    entry["changeType"] = "updated"


def in_capitals(entry: dict[str, Any]) -> None:
    entry["resourceData"]["state"] = "INCOMING"


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        (without("resourceUrl"), "resourceUrl is a call's address"),
        (without("resourceData", "@odata.type"), "resourceData says its type"),
        (retyped, "targets are invited, or say no type"),
        (untyped, None),
        (without("resourceData", "id"), "a created call has its id"),
        (updated, "an incoming call is created"),
        (in_capitals, None),
        (without("resourceData", "tenantId"), "a whole call has its tenant"),
        (without("resource"), "resource says the call too"),
    ],
)
def test_each_rule_bites_where_the_sdk_does(change: Callable[[dict[str, Any]], None], broken: str | None) -> None:
    body = notifications.incoming(Call(IncomingCall(), 15.0), CALLBACK)

    change(body["value"][0])

    assert (broken in breaches(body)) if broken else not breaches(body)


def test_every_rule_says_where_it_comes_from() -> None:
    assert all(rule.source for rule in RULES)
    assert len({rule.name for rule in RULES}) == len(RULES)
