"""One table of calls, the instances of the app that share it, and the clock that all of them see."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from shared.adapters.call_memory import MemoryCalls
from shared.call.claims import Claim, Claims
from shared.call.journal import Journal
from shared.call.watch import Duplicate
from shared.core.budgets import Budgets
from shared.core.ids import CallId, TenantId
from shared.core.notification.calls import CallEnded
from shared.core.record.record import CallKey, Outcome, Record, State, day_of
from tests.support.clock import NOON, MovableClock
from tests.support.scripted import Heard, UnkindCalls

CALL = CallId("491f0b00-ffff-4bc9-a43e-b226498ec22a")
TENANT = TenantId("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee")
OTHER_TENANT = TenantId("99999999-9999-4999-8999-999999999999")
ANNA = "98da8a1a-1b87-452c-a713-65d3f10b1253"
MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Instance:
    claims: Claims
    journal: Journal


class SharedTable:
    """One table, and a first instance of the app on it."""

    def __init__(self, now: datetime = NOON) -> None:
        self.clock = MovableClock(now)
        self.table = UnkindCalls()
        self.said = Heard()
        self._owners = count(1)
        self.first = self.instance()
        self.claims, self.journal = self.first.claims, self.first.journal

    def instance(self) -> Instance:
        """Give an instance of the app with a memory of its own."""
        parts = self.table, MemoryCalls(), self.clock, self.said, Budgets()
        return Instance(Claims(*parts, lambda: f"owner-{next(self._owners)}"), Journal(*parts, lambda: 0.0))

    @property
    def key(self) -> CallKey:
        return CallKey(day_of(self.clock.now()), CALL)

    def claim(self, instance: Instance | None = None) -> Claim | Duplicate:
        now = self.clock.now()
        facts = Record(key=self.key, state=State.CLAIMED, received_at=now, tenant=TENANT, caller="+441234567890")
        return (instance or self.first).claims.claim(CALL, facts)

    def claimed(self, instance: Instance | None = None) -> Claim:
        held = self.claim(instance)
        assert isinstance(held, Claim)
        return held

    def close(self, claim: Claim, record: Record) -> bool:
        """Write what became of a call that came just now."""
        return self.journal.close(record, claim.etag, arrived=self.clock.monotonic())

    def row(self, key: CallKey | None = None) -> Record:
        stored = self.table.rows.read(key or self.key)
        assert stored is not None
        return stored.record

    def has_row(self, key: CallKey | None = None) -> bool:
        return self.table.rows.read(key or self.key) is not None

    def write(self, state: State, key: CallKey | None = None, **facts: Any) -> None:
        """Put a row into the table as another instance would."""
        self.table.rows.note(Record(key=key or self.key, state=state, **facts))

    def end(self, tenant: TenantId = TENANT, key: CallKey | None = None, **facts: Any) -> Any:
        return self.journal.end(key or self.key, tenant, CallEnded(CALL, **facts))


def yesterdays(key: CallKey) -> CallKey:
    return CallKey(key.day - timedelta(days=1), key.call)


def redirected(claim: Claim, **facts: Any) -> Record:
    after: dict[str, Any] = {"state": State.REDIRECTED, "rung": ANNA, "graph_status": 202}
    return replace(claim.record, **(after | facts))


def failed(claim: Claim) -> Record:
    return replace(claim.record, state=State.FAILED, outcome=Outcome.FAILED, graph_status=503)
