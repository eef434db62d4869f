"""Several instances of the app at once, on one clock that moves only while all of them wait."""

import heapq
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from threading import Event, Semaphore

from shared.adapters.call_memory import MemoryCalls
from shared.core.errors import StorageUnavailable, TokenPending
from shared.core.graph.verdicts import GraphResult, NoReply, Reply
from shared.core.ids import TenantId
from shared.core.notification.calls import RingingCall
from shared.core.record.claim_status import StoredRecord
from shared.core.record.record import CallKey, Record
from tests.support.clock import NOON

ACCEPTED, GONE = Reply(202), Reply(404, "8522")


class StageClock:
    """Satisfies shared.ports.Clock for actors in threads of their own: one acts at a time, and sleep costs no time."""

    def __init__(self) -> None:
        self._passed = 0.0
        self._order = count()
        self._asleep: list[tuple[float, int, Event]] = []
        self._handed_over = Semaphore(0)

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self._passed)

    def monotonic(self) -> float:
        return self._passed

    def sleep(self, seconds: float, /) -> None:
        turn = Event()
        heapq.heappush(self._asleep, (self._passed + seconds, next(self._order), turn))
        self._handed_over.release()
        turn.wait()

    def play[T](self, *acts: tuple[float, Callable[[], T]]) -> list[T]:
        """Begin each act at its second, and give what they returned."""
        with ThreadPoolExecutor(len(acts)) as threads:
            playing = []
            for begins, act in acts:
                playing.append(threads.submit(self._enter, begins, act))
                self._handed_over.acquire()
            while self._asleep:
                self._passed, _, turn = heapq.heappop(self._asleep)
                turn.set()
                self._handed_over.acquire()
            return [act.result() for act in playing]

    def _enter[T](self, begins: float, act: Callable[[], T]) -> T:
        try:
            self.sleep(begins)
            return act()
        finally:
            self._handed_over.release()


@dataclass(frozen=True, slots=True)
class Outage:
    """The table does not answer between two seconds: each of these operations fails, so many seconds later."""

    begins: float
    ends: float
    operations: tuple[str, ...] = ("insert", "read", "replace")
    after: float = 0.0


@dataclass(slots=True)
class StageTable:
    """One instance's way to the table that all share; satisfies shared.ports.CallStore."""

    clock: StageClock
    rows: MemoryCalls
    takes: float = 0.01
    outages: Sequence[Outage] = ()
    asked: list[str] = field(default_factory=list)

    def insert(self, record: Record) -> str | None:
        return self._do("insert", lambda: self.rows.insert(record))

    def read(self, key: CallKey) -> StoredRecord | None:
        return self._do("read", lambda: self.rows.read(key))

    def replace(self, record: Record, etag: str) -> str | None:
        return self._do("replace", lambda: self.rows.replace(record, etag))

    def _do[T](self, operation: str, act: Callable[[], T]) -> T:
        """Do it at once, and answer when it takes its time: others see a row before its owner knows of it."""
        now = self.clock.monotonic()
        self.asked.append(operation)
        for outage in self.outages:
            if outage.begins <= now < outage.ends and operation in outage.operations:
                self.clock.sleep(outage.after)
                raise StorageUnavailable("ServiceRequestError")
        done = act()
        self.clock.sleep(self.takes)
        return done


@dataclass(slots=True)
class StageTokens:
    """A token that an instance's one fetch brings so many seconds after it was first asked for."""

    clock: StageClock
    takes: float = 0.0
    _comes: float | None = None

    def token(self, tenant: TenantId, within: float) -> str:
        del tenant
        if self._comes is None:
            self._comes = self.clock.monotonic() + self.takes
        left = self._comes - self.clock.monotonic()
        if left > 0:
            self.clock.sleep(min(left, within))
        if left > within:
            raise TokenPending(f"no token came within {within:.1f} s")
        return "token"

    def forget(self, tenant: TenantId, token: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Sent:
    """One attempt: whose, from when to when, and how old the claim on its call was by then."""

    instance: str
    begins: float
    ends: float
    claim_age: float


@dataclass(slots=True)
class StageGraph:
    """Redirects each call once, at the first attempt that has no other answer; the next hears that it is gone."""

    clock: StageClock
    rows: MemoryCalls
    takes: float = 0.1
    answers: Iterator[tuple[float, GraphResult]] = field(default_factory=lambda: iter(()))
    sent: list[Sent] = field(default_factory=list)
    redirected: set[str] = field(default_factory=set)

    def of(self, instance: str) -> "InstanceGraph":
        return InstanceGraph(self, instance)

    def post(self, instance: str, call: RingingCall, within: float) -> GraphResult:
        begins = self.clock.monotonic()
        takes, answer = next(self.answers, (self.takes, ACCEPTED))
        if answer is ACCEPTED:
            answer = GONE if call.id in self.redirected else ACCEPTED
            self.redirected.add(call.id)
        self.clock.sleep(min(takes, within))
        self.sent.append(Sent(instance, begins, self.clock.monotonic(), self._claim_age(call)))
        return answer if takes <= within else NoReply("ReadTimeout", was_sent=True)

    def _claim_age(self, call: RingingCall) -> float:
        stored = self.rows.read(CallKey(NOON.date(), call.id))
        claimed_at = stored.record.claimed_at if stored else None
        return (self.clock.now() - claimed_at).total_seconds() if claimed_at else 0.0


@dataclass(frozen=True, slots=True)
class InstanceGraph:
    graph: StageGraph
    instance: str

    def post(self, call: RingingCall, action: str, body: bytes, token: str, *, within: float) -> GraphResult:
        del action, body, token
        return self.graph.post(self.instance, call, within)
