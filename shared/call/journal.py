"""Keep one record of each call: move it forward, and let no fault of storage cost a call its outcome.

Two things change a call's row after its claim: `close`, by which the delivery that answered it says what it did, and
the ends that Microsoft tells. They come in any order and on any instance. Each reads the row, joins to it what it knows
(core/record/merge: forward, never back) and writes by the ETag that it read; where the row has changed meanwhile, it
reads anew. What the table does not take stays in this process's memory, and its next write has it too; the log has it
at once, in a line that `python -m tools.recover` reads.
"""

from collections.abc import Callable
from dataclasses import field
from datetime import timedelta
from threading import Semaphore

from shared.core.budgets import Budgets
from shared.core.errors import StorageUnavailable
from shared.core.ids import CallId, TenantId
from shared.core.light_dataclass import dataclass
from shared.core.notification.calls import CallEnded
from shared.core.record import redaction, transitions
from shared.core.record.claim_status import StoredRecord
from shared.core.record.merge import merge
from shared.core.record.record import CallKey, Record, day_of
from shared.ports import CallMemory, CallStore, Clock, Events

_TRIES = 3  # at a row that others change too


@dataclass(frozen=True, slots=True)
class AlreadyRecorded:
    """What was told is in the row already."""

    record: Record


@dataclass(frozen=True, slots=True)
class WrongTenant:
    """The call at this address is of another tenant than the token's."""


@dataclass(frozen=True, slots=True)
class Journal:
    table: CallStore
    memory: CallMemory
    clock: Clock
    events: Events
    budgets: Budgets
    jitter: Callable[[], float]
    _room: Semaphore = field(init=False)  # to wait in for the table

    def __post_init__(self) -> None:
        object.__setattr__(self, "_room", Semaphore(self.budgets.most_waiting_for_table))

    def close(self, record: Record, etag: str | None, *, arrived: float) -> bool:
        """Write what became of the call, by its claim's `etag`; False where only the log and memory have it.

        A row that stays `claimed` would be taken over, and its call redirected again: so this tries again until 12 s
        after the call's arrival, which is on the monotonic clock. That holds a thread: while the table is away, only so
        many calls wait for it that the others' can still be answered.
        """
        remembered = self.memory.read(record.key)
        self.memory.note(merge(remembered.record, record) if remembered else record)
        why = self._tried(record, etag)
        if why and self._room.acquire(blocking=False):
            try:
                why = self._tried_again(record, etag, why, arrived + self.budgets.claims.recorded_by)
            finally:
                self._room.release()
        return not why or self._unrecorded(record, why)

    def end(self, key: CallKey, tenant: TenantId, end: CallEnded) -> Record | AlreadyRecorded | WrongTenant | None:
        """Record how a call ended; nothing where it could not be written and only the log has it."""
        told_at = self.clock.now()
        return self._advance(key, tenant, lambda kept: transitions.ended(kept, key, tenant, end, told_at))

    def redirecting(self, key: CallKey, tenant: TenantId) -> Record | AlreadyRecorded | WrongTenant | None:
        """Record that Microsoft rings the targets."""
        return self._advance(key, tenant, lambda kept: transitions.redirecting(kept, key, tenant))

    def key_of(self, call: CallId) -> CallKey:
        """Find the day of a call that ended before it had an address of its own: today, else yesterday."""
        today = day_of(self.clock.now())
        keys = CallKey(today, call), CallKey(today - timedelta(days=1), call)
        for calls in (self.memory, self.table):
            try:
                if found := next((key for key in keys if calls.read(key)), None):
                    return found
            except StorageUnavailable:
                break
        return keys[0]

    def _tried_again(self, record: Record, etag: str | None, why: str, until: float) -> str:
        tries = 0
        while why:
            tries += 1
            pause = self.budgets.pause(tries, self.jitter())
            if self.clock.monotonic() + pause + self.budgets.record_write > until:
                break
            self.clock.sleep(pause)
            why = self._tried(record, etag)
        return why

    def _tried(self, record: Record, etag: str | None) -> str:
        """Say why it is not written; "" where it is."""
        try:
            return "" if self._write(record, etag) else "the row changes too often"
        except StorageUnavailable as away:
            return str(away)

    def _write(self, record: Record, etag: str | None) -> bool:
        """Join it to the row; False where others change that too."""
        for _ in range(_TRIES):
            if etag is not None and self.table.replace(record, etag) is not None:
                return True
            stored = self.table.read(record.key)
            if stored is None:
                if self.table.insert(record) is not None:
                    return True
                continue
            record, etag = merge(stored.record, record), stored.etag
            if record == stored.record:  # an earlier try took effect behind an error
                return True
        return False

    def _advance(
        self, key: CallKey, tenant: TenantId, change: Callable[[Record | None], Record]
    ) -> Record | AlreadyRecorded | WrongTenant | None:
        why = "the row changes too often"
        for tries in range(1, _TRIES + 1):
            try:
                stored = self.table.read(key)
                before = self._with_memory(key, stored.record if stored else None)
                if transitions.is_of_another_tenant(before, tenant):
                    return WrongTenant()
                record = change(before)
                if self._put(record, stored):
                    self.memory.note(record)
                    return AlreadyRecorded(record) if stored and record == stored.record else record
            except StorageUnavailable as away:
                why = str(away)
                if tries < _TRIES:
                    self.clock.sleep(self.budgets.pause(tries, self.jitter()))
        before = self._with_memory(key, None)
        if transitions.is_of_another_tenant(before, tenant):
            return WrongTenant()
        record = change(before)
        self.memory.note(record)
        self._unrecorded(record, why)
        return None

    def _with_memory(self, key: CallKey, kept: Record | None) -> Record | None:
        """Add to a record what this instance knows of the call: it may not have been able to write it."""
        remembered = self.memory.read(key)
        if remembered is None:
            return kept
        return merge(kept, remembered.record) if kept else remembered.record

    def _put(self, record: Record, stored: StoredRecord | None) -> bool:
        if stored is None:
            return self.table.insert(record) is not None
        return record == stored.record or self.table.replace(record, stored.etag) is not None

    def _unrecorded(self, record: Record, why: str) -> bool:
        """Say in one line what the row would have held, so that `tools.recover` can write it later."""
        self.events("call.unrecorded", why=why, row=redaction.redacted_row(record))
        return False
