"""Three days of calls, played through the app's own flow by a clock that moves: what was logged, what `calls` holds."""

import asyncio
import json
import logging
import random
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shared.adapters import telemetry
from shared.adapters.call_memory import MemoryCalls
from shared.call.claims import Claims
from shared.call.ends import Ends
from shared.call.flow import Flow, Request
from shared.call.journal import Journal
from shared.call.redirector import Redirector
from shared.call.ringing import Ringing
from shared.core.budgets import Budgets
from shared.core.directory.model import Directory, Route, Target, TargetKind, snapshot
from shared.core.gate.admit import Verified
from shared.core.gate.publishers import TokenForm
from shared.core.graph.verdicts import GraphResult, NoReply, Reply
from shared.core.ids import AppId, CallId
from shared.core.notification.calls import RingingCall
from shared.core.record.record import CallKey, Record, day_of
from shared.core.routing.decide import LastResort
from tests.infra.workspace import Line
from tests.support.clock import MovableClock
from tests.support.scripted import HeldDirectory, ScriptedTokens
from tests.support.tokens import verified

SALES, CLINIC, NIGHT, EMPTY, CLOSED, BARRED = (f"{digit * 8}-1000-4000-8000-000000000000" for digit in "abcdef")
ANNA, BERT, CLEO = (f"{digit * 8}-2000-4000-8000-000000000000" for digit in "123")
LINE_NAMES = {SALES: "Sales", CLINIC: "Clinic", NIGHT: "Night desk", CLOSED: "Workshop"}
PEOPLE = {ANNA: "Anna Berg", BERT: "Bert Olsen", CLEO: "Cleo Marin"}
UNNAMED = "e4a9a62048c582b821d9374e85d734f0fa86a48f745e"  # as Microsoft names a telephone that took a call
PHONE, VIP = "+431234567", "+436609999999"
CALLERS = [f"+4312345{number:03}" for number in range(150)]
BEGAN = datetime(2026, 11, 22, 21, 7, tzinfo=UTC)  # a Sunday; on the wall in Vienna it is an hour later
SWITCHED = BEGAN + timedelta(days=1)  # the tenant gets Entra's tokens from here on
_BOT = AppId("24701998-1a73-4d42-8085-bf46ed0ae039")
_CALLS = 420
_TAKEN = Reply(202, request_id="taken")


@dataclass(frozen=True, slots=True)
class Played:
    lines: tuple[Line, ...]
    calls: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class _Step:
    """What Graph does with one attempt: it takes its time, then `meanwhile` happens, then it answers."""

    answer: GraphResult = _TAKEN
    seconds: float = 0.2
    meanwhile: Callable[[], object] = lambda: None


@dataclass(slots=True)
class _Graph:
    clock: MovableClock
    steps: list[_Step] = field(default_factory=list)

    def post(self, call: RingingCall, action: str, body: bytes, token: str, *, within: float) -> GraphResult:
        del call, action, body, token
        step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        self.clock.advance(min(step.seconds, within))
        step.meanwhile()
        return step.answer


@dataclass(slots=True)
class _Gate:
    clock: MovableClock

    async def admit(self, authorization: str | None, body: bytes) -> Verified:
        del authorization
        return verified(body, form=TokenForm.LEGACY if self.clock.now() < SWITCHED else TokenForm.ENTRA_V1)


def directory() -> Directory:
    people = {who: Target(TargetKind.USER, who, name) for who, name in PEOPLE.items()}
    lists = {
        "sales": (people[ANNA],),
        "reception": (people[ANNA], people[BERT], Target(TargetKind.PHONE, PHONE)),
        "substitute": (people[CLEO],),
        "nobody": (Target(TargetKind.USER, BERT, enabled=False),),
    }
    routes = (
        Route(SALES, ring="sales", empty="substitute"),
        Route(CLINIC, ring="reception", empty="substitute"),
        Route(NIGHT, ring="reception", empty=""),
        Route(EMPTY, ring="nobody", empty=""),
        Route(CLOSED, ring="sales", empty="", hours="off", zone=ZoneInfo("Europe/Vienna")),
        Route(BARRED, ring="reject"),
        Route(caller=VIP, ring="substitute"),  # takes calls of every line
    )
    return snapshot(lists, {(route.line, route.caller): route for route in routes}, names=LINE_NAMES)


class _App:
    """The app, with a table, a clock and a Graph in our hand."""

    def __init__(self, seed: int, began: datetime) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - a play, the same each time
        self.clock = MovableClock(began)
        self.table = MemoryCalls()
        self.graph = _Graph(self.clock)
        self.keys: dict[CallKey, None] = {}
        self.starts()

    def starts(self) -> None:
        """Begin as a new instance, which knows of no call before."""
        self._flows = {
            True: self._flow(LastResort(_BOT, unroutable=None)),
            False: self._flow(LastResort(_BOT)),
        }

    def _flow(self, last_resort: LastResort) -> Flow:
        parts = self.table, MemoryCalls(), self.clock, telemetry.event, Budgets()
        journal = Journal(*parts, lambda: 0.0)
        tokens = ScriptedTokens(self.clock, takes=0.0, missing={})
        ringing = Ringing(
            directories=HeldDirectory(directory()),
            claims=Claims(*parts, lambda: str(self.chance.random())),
            journal=journal,
            redirector=Redirector(self.graph, tokens, self.clock, Budgets(), lambda: 0.0),
            clock=self.clock,
            events=telemetry.event,
            last_resort=last_resort,
            base_url="https://bot.contoso.com",
        )
        ends = Ends(journal, self.clock, telemetry.event)
        return Flow(_Gate(self.clock), ringing, ends, self.clock, telemetry.event, _raised)

    def play(self, number: int) -> None:
        """Let one call come, and end as chance has it."""
        call = CallId(f"{number:08x}-3000-4000-8000-000000000000")
        key = CallKey(day_of(self.clock.now()), call)
        self.keys[key] = None
        line = self.chance.choice((SALES, SALES, CLINIC, CLINIC, CLINIC, NIGHT, EMPTY, CLOSED, BARRED))
        caller = VIP if self.chance.random() < 0.15 else self.chance.choice(CALLERS)
        self.graph.steps = [_Step()]
        kind = self.chance.choices(list(_KINDS), weights=[weight for weight, _ in _KINDS.values()])[0]
        _KINDS[kind][1](self, call, key, line, caller)

    def rings(self, call: CallId, line: str, caller: str, *steps: _Step) -> None:
        self.graph.steps = list(steps) or [_Step(seconds=self.chance.uniform(0.05, 1.2))]
        data = {
            "@odata.type": "#microsoft.graph.call",
            "state": "incoming",
            "id": call,
            "source": {"identity": {"phone": {"id": caller}}},
            "targets": [{"identity": {"applicationInstance": {"id": line}}}],
        }
        flow = self._flows[self.chance.random() < 0.3]
        asyncio.run(flow.incoming(_request(call, "created", data), _in_turn))

    def ends(
        self,
        key: CallKey,
        code: int,
        subcode: int,
        answered_by: tuple[str, str] | None = None,
        after: float | None = None,
    ) -> None:
        self.clock.advance(self.chance.uniform(3, 14) if after is None else after)
        kind, who = answered_by or ("", "")
        answered = {"answeredBy": {"identity": {kind: {"id": who}}}} if answered_by else {}
        data = {"state": "terminated", "resultInfo": {"code": code, "subcode": subcode}} | answered
        request = _request(key.call, "deleted", data)
        # In a thread of its own: an end can come while the call's redirect is under way.
        with ThreadPoolExecutor(1) as another:
            callback = self._flows[False].callback(request, key.day.isoformat(), key.call, _in_turn)
            another.submit(asyncio.run, callback).result()

    def rung(self, key: CallKey) -> list[str]:
        stored = self.table.read(key)
        return (stored.record.rung or "").split() if stored else []


type _Kind = Callable[[_App, CallId, CallKey, str, str], None]


def _ends_with(code: int, subcode: int, after: float | None = None) -> _Kind:
    def play(at: _App, call: CallId, key: CallKey, line: str, caller: str) -> None:
        at.rings(call, line, caller)
        at.ends(key, code, subcode, after=after)

    return play


def _answered(at: _App, call: CallId, key: CallKey, line: str, caller: str) -> None:
    at.rings(call, line, caller)
    rung = at.rung(key)
    if rung:
        at.ends(key, 200, 0, answered_by=("user", at.chance.choice([one for one in rung if not one.startswith("+")])))


def _answered_by_one_unnamed(at: _App, call: CallId, key: CallKey, line: str, caller: str) -> None:
    at.rings(call, line, caller)
    if at.rung(key):
        at.ends(key, 200, 0, answered_by=("encrypted", UNNAMED))


def _nothing_more(at: _App, call: CallId, key: CallKey, line: str, caller: str) -> None:
    del key
    at.rings(call, line, caller)


def _hangs_up(at: _App, call: CallId, key: CallKey, line: str, caller: str) -> None:
    del call, line, caller
    at.ends(key, 487, 0)


def _never_seen(at: _App, call: CallId, key: CallKey, line: str, caller: str) -> None:
    at.ends(key, 487, 0, after=0)
    at.rings(call, line, caller)  # too late: it is over


def _told_twice(at: _App, call: CallId, key: CallKey, line: str, caller: str) -> None:
    at.rings(call, line, caller)
    at.ends(key, 200, 0)
    at.ends(key, 200, 10024, after=1)


def _overtaken(at: _App, call: CallId, key: CallKey, line: str, caller: str) -> None:
    at.rings(call, line, caller, _Step(seconds=3, meanwhile=lambda: at.ends(key, 487, 0, after=0)))


def _overtaken_vaguely(at: _App, call: CallId, key: CallKey, line: str, caller: str) -> None:
    at.rings(call, line, caller, _Step(Reply(404, "8522"), meanwhile=lambda: at.ends(key, 200, 0, after=0)))


def _by(*answers: GraphResult, then: _Kind | None = None) -> _Kind:
    """Graph gives these answers one after the other; a call that it takes at last ends unanswered."""

    def play(at: _App, call: CallId, key: CallKey, line: str, caller: str) -> None:
        at.rings(call, line, caller, *(_Step(answer) for answer in answers))
        if at.rung(key) and answers[-1] is _TAKEN:
            at.ends(key, 480, 10004)
        if then:
            then(at, call, key, line, caller)

    return play


def _slow(at: _App, call: CallId, key: CallKey, line: str, caller: str) -> None:
    at.rings(call, line, caller, _Step(seconds=at.chance.uniform(5.2, 9)))
    at.ends(key, 408, 10004)


_KINDS: Mapping[str, tuple[int, _Kind]] = {
    "answered": (120, _answered),
    "answered by a phone": (30, _answered_by_one_unnamed),
    "accepted elsewhere": (30, _ends_with(487, 10003)),
    "no answer": (40, _ends_with(480, 10004)),
    "rang out": (10, _ends_with(0, 0, after=60)),
    "declined": (15, _ends_with(603, 10024)),
    "busy": (15, _ends_with(486, 8540)),
    "unreachable": (15, _ends_with(480, 10037)),
    "error while it rang": (10, _ends_with(500, 0)),
    "hung up": (40, _ends_with(487, 0)),
    "ended": (25, _ends_with(200, 0)),
    "no end": (15, _nothing_more),
    "told twice": (10, _told_twice),
    "never seen": (10, _never_seen),
    "overtaken": (10, _overtaken),
    "overtaken vaguely": (8, _overtaken_vaguely),
    "healed": (15, _by(Reply(503), _TAKEN)),
    "not answered, then gone": (8, _by(NoReply("ReadTimeout", was_sent=True), Reply(404, "8522"))),
    "list refused": (12, _by(Reply(403, "7505", "refused"), _TAKEN)),
    "all refused": (10, _by(Reply(403, "7505", "refused"))),
    "late": (12, _by(Reply(404, "8522"))),
    "failed": (10, _by(Reply(503))),
    "failed, then hung up": (6, _by(Reply(503), then=_hangs_up)),
    "late, then hung up": (6, _by(Reply(404, "8522"), then=_hangs_up)),
    "failed, then taken": (10, _by(Reply(503), then=_ends_with(480, 10004))),
    "failed, then vague": (6, _by(Reply(503), then=_ends_with(200, 0))),
    "slow": (12, _slow),
}


def play(seed: int = 20261122, began: datetime = BEGAN, pause: float = 500) -> Played:
    """Play from `began` on, with a call every `pause` seconds on average."""
    at = _App(seed, began)
    with _logged(at.clock) as lines:
        for number in range(_CALLS):
            at.clock.advance(at.chance.expovariate(1 / pause))
            if number % 50 == 0:
                at.starts()
            at.play(number)
    calls = [stored.record for key in at.keys if (stored := at.table.read(key))]
    return Played(tuple(lines), tuple(calls))


@contextmanager
def _logged(clock: MovableClock) -> Iterator[list[Line]]:
    """Keep what the app logs, with the time of the clock that moves."""
    lines: list[Line] = []

    class Keeps(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(Line(clock.now(), record.getMessage()))

    logger, handler = logging.getLogger(telemetry.LOGGER), Keeps()
    before = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        yield lines
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before[0])
        logger.propagate = before[1]


def _request(call: str, change: str, data: Mapping[str, Any]) -> Request:
    entry = {"changeType": change, "resourceUrl": f"/communications/calls/{call}", "resourceData": data}
    return Request("Bearer x", json.dumps({"value": [entry]}).encode())


async def _in_turn[**P, T](work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    return work(*args, **kwargs)


def _raised(error: BaseException) -> None:
    raise error
