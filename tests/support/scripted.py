"""Neighbours of a call that do what a test has written down for them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from shared.adapters.call_memory import MemoryCalls
from shared.core.directory.model import Directory
from shared.core.errors import StorageUnavailable, TokenPending, TokenUnavailable
from shared.core.graph.verdicts import GraphResult, Reply
from shared.core.ids import TenantId
from shared.core.notification.calls import RingingCall
from shared.core.record.claim_status import StoredRecord
from shared.core.record.record import CallKey, Record
from tests.support.clock import MovableClock

ACCEPTED = Reply(202, request_id="r-1")


class Heard:
    """Keeps events in their order; satisfies shared.ports.Events."""

    def __init__(self) -> None:
        self.said: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, name: str, /, **facts: object) -> None:
        self.said.append((name, facts))

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.said]

    def all(self, name: str) -> list[dict[str, Any]]:
        return [facts for said, facts in self.said if said == name]

    def one(self, name: str) -> dict[str, Any]:
        (facts,) = self.all(name)
        return facts


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request that reached the scripted Graph; `at` is the clock's monotonic time."""

    call: str
    action: str
    body: dict[str, Any]
    token: str
    within: float
    at: float

    @property
    def rung(self) -> list[str]:
        identities = [target["identity"] for target in self.body["targets"]]
        return [one["id"] for identity in identities for one in identity.values() if isinstance(one, dict)]


@dataclass(frozen=True, slots=True)
class After:
    """An answer that takes its time."""

    seconds: float
    answer: GraphResult


class ScriptedGraph:
    """Gives these answers one after the other, and the last of them for ever."""

    def __init__(self, clock: MovableClock, *answers: GraphResult | After) -> None:
        self._clock = clock
        self._answers = list(answers) or [ACCEPTED]
        self._lock = Lock()
        self.attempts: list[Attempt] = []

    def post(self, call: RingingCall, action: str, body: bytes, token: str, *, within: float) -> GraphResult:
        with self._lock:
            self.attempts.append(Attempt(call.id, action, json.loads(body), token, within, self._clock.monotonic()))
            answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, After):
            self._clock.advance(min(answer.seconds, within))
            return answer.answer
        return answer

    @property
    def actions(self) -> list[str]:
        return [attempt.action for attempt in self.attempts]


class ScriptedTokens:
    """Gives token-1 until it is forgotten, then token-2; `missing` stands for the tokens that do not come.

    Each is being fetched for so many seconds when it is asked for anew: whoever waits less long has to ask again.
    """

    def __init__(self, clock: MovableClock, *, takes: float, missing: Mapping[int, TokenUnavailable]) -> None:
        self._clock = clock
        self._takes = takes
        self._missing = missing
        self._number = 1
        self._fetched: float | None = None
        self.asked: list[tuple[TenantId, float]] = []
        self.forgotten: list[tuple[TenantId, str]] = []

    def token(self, tenant: TenantId, within: float) -> str:
        self.asked.append((tenant, within))
        if self._fetched is None:
            self._fetched = self._clock.monotonic() + self._takes
        waits = self._fetched - self._clock.monotonic()
        self._clock.advance(max(0.0, min(waits, within)))
        if waits > within:
            raise TokenPending(f"no token came within {within:.1f} s")
        self._fetched = None
        if missing := self._missing.get(self._number):
            raise missing
        return f"token-{self._number}"

    def forget(self, tenant: TenantId, token: str) -> None:
        self.forgotten.append((tenant, token))
        self._number += 1


class Away:
    """Nothing is done, and the caller hears so."""


class LostAnswer:
    """It is done, and the caller hears that it is not."""


type Step = type[Away | LostAnswer] | Callable[[], object] | None


class UnkindCalls:
    """A table of calls that does what it should, but for the operations that a test names: `insert`, `read`, `replace`.

    A callable step happens just before the operation, as another instance's would.
    """

    def __init__(self) -> None:
        self.rows = MemoryCalls()
        self.asked: list[str] = []
        self.is_away = False
        self.hangs: Callable[[], None] = lambda: None  # before it says that it is away
        self.refuses_inserts = False  # as a table does that is being deleted
        self._steps: dict[str, list[Step]] = {}

    def will(self, operation: str, *steps: Step) -> None:
        """Take one of these at each `operation` to come; None does as it should."""
        self._steps.setdefault(operation, []).extend(steps)

    def empty(self) -> None:
        """Delete every row, as a person would."""
        self.rows = MemoryCalls()

    def insert(self, record: Record) -> str | None:
        return self._do("insert", lambda: None if self.refuses_inserts else self.rows.insert(record))

    def read(self, key: CallKey) -> StoredRecord | None:
        return self._do("read", lambda: self.rows.read(key))

    def replace(self, record: Record, etag: str) -> str | None:
        return self._do("replace", lambda: self.rows.replace(record, etag))

    def _do[T](self, operation: str, act: Callable[[], T]) -> T:
        self.asked.append(operation)
        waiting = self._steps.get(operation)
        step = waiting.pop(0) if waiting else None
        if self.is_away or step is Away:
            self.hangs()
            raise StorageUnavailable("ServiceRequestError")
        if step is LostAnswer:
            act()
            raise StorageUnavailable("HttpResponseError 504")
        if step is not None:
            step()
        return act()


class HeldDirectory:
    """A directory that is always fresh, or none; satisfies shared.ports.DirectorySource."""

    def __init__(self, directory: Directory | None) -> None:
        self._directory = directory

    def current(self) -> Directory | None:
        return self._directory
