"""Keep one record of each call: claim it, move it forward, and let no storage fault cost a call or its outcome."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from shared.core.budgets import Budgets
from shared.core.errors import StorageAway
from shared.core.ids import CallId, TenantId
from shared.core.notification.calls import CallEnded
from shared.core.record import redaction, transitions
from shared.core.record.claim_status import Standing, Stored, may_be_yesterdays, standing, taken_over
from shared.core.record.record import CallKey, Record, State, day_of, merged
from shared.ports import Calls, Clock, Events

_TRIES = 3  # at a row that others change too


class Memory(Calls, Protocol):
    def note(self, record: Record) -> None: ...


@dataclass(frozen=True, slots=True)
class Claim:
    """This delivery has the call; `etag` is None where only memory knows."""

    record: Record
    etag: str | None
    taken_over: bool = False


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Another delivery has the call, or had it."""

    state: State


@dataclass(frozen=True, slots=True)
class OldNews:
    """What was told is in the record already."""


@dataclass(frozen=True, slots=True)
class ForeignTenant:
    """The call at this address is of another tenant than the token's."""


@dataclass(frozen=True, slots=True)
class Journal:
    table: Calls
    memory: Memory
    clock: Clock
    events: Events
    budgets: Budgets
    new_owner: Callable[[], str]

    def claim(self, call: CallId, facts: Record) -> Claim | Duplicate:
        """Make the call's record, the lock that makes one redirect of many deliveries.

        `facts` has what is known so far; its key's day is today. Waits up to 3 s for another's young claim.
        """
        now = self.clock.now()
        wanted = replace(facts, owner=self.new_owner(), claimed_at=now)
        # Memory first: what this instance did while the table was away, the table does not know.
        here = self._claim_in(self.memory, self._key_to_claim(self.memory, call, now), wanted)
        if isinstance(here, Duplicate):
            return here
        try:
            held = self._claim_in(self.table, self._key_to_claim(self.table, call, now), here.record)
        except StorageAway as away:
            self._say_away(call, away)
            return replace(here, etag=None)
        if isinstance(held, Duplicate):
            self.memory.note(replace(here.record, state=held.state))
            return held
        self.memory.note(held.record)
        return replace(held, taken_over=held.taken_over or here.taken_over)

    def renew(self, claim: Claim) -> Claim | None:
        """Say that the call is still being answered, so that nobody takes it over; nothing where somebody has."""
        mine = replace(claim.record, claimed_at=self.clock.now())
        known = self.memory.read(mine.key)
        if known and known.record.owner != mine.owner:
            return None
        if known and known.record.state is not State.CLAIMED:  # it has ended meanwhile: nothing takes it over
            return claim
        self.memory.note(mine)
        if claim.etag is None:
            return claim
        try:
            etag = self.table.replace(mine, claim.etag)
            if etag is not None:
                return replace(claim, record=mine, etag=etag)
            stored = self.table.read(mine.key)
        except StorageAway as away:
            self._say_away(mine.key.call, away)
            return claim
        return claim if stored and stored.record.owner == mine.owner else None

    def close(self, claim: Claim, record: Record) -> bool:
        """Write what became of the call; False where only the log has it."""
        remembered = self.memory.read(record.key)
        self.memory.note(merged(remembered.record, record) if remembered else record)
        return self._write(record, claim.etag)

    def end(self, key: CallKey, tenant: TenantId, end: CallEnded) -> Record | OldNews | ForeignTenant | None:
        """Record how a call ended; nothing where it could not be written and only the log has it."""
        told_at = self.clock.now()
        return self._move(key, tenant, lambda kept: transitions.ended(kept, key, tenant, end, told_at))

    def redirecting(self, key: CallKey, tenant: TenantId) -> Record | OldNews | ForeignTenant | None:
        """Record that Microsoft rings the targets."""
        return self._move(key, tenant, lambda kept: transitions.redirecting(kept, key, tenant))

    def key_of(self, call: CallId) -> CallKey:
        """Find the day of a call that ended before it had an address of its own: today, else yesterday."""
        today = day_of(self.clock.now())
        keys = CallKey(today, call), CallKey(today - timedelta(days=1), call)
        for calls in (self.memory, self.table):
            try:
                if found := next((key for key in keys if calls.read(key)), None):
                    return found
            except StorageAway:
                break
        return keys[0]

    def _key_to_claim(self, calls: Calls, call: CallId, now: datetime) -> CallKey:
        today = CallKey(day_of(now), call)
        yesterday = CallKey(today.day - timedelta(days=1), call)
        return yesterday if may_be_yesterdays(now) and calls.read(yesterday) else today

    def _claim_in(self, calls: Calls, key: CallKey, wanted: Record) -> Claim | Duplicate:
        wanted = replace(wanted, key=key)
        etag = calls.insert(wanted)
        if etag is not None:
            return Claim(wanted, etag)
        try:
            return self._contest(calls, wanted)
        except StorageAway as away:
            self._say_away(key.call, away)
            return Claim(wanted, None, taken_over=True)  # of somebody who may have done anything with it

    def _contest(self, calls: Calls, wanted: Record) -> Claim | Duplicate:
        """Look at a record that is there already until it is ours, or clearly another's."""
        while True:
            stored = calls.read(wanted.key)
            if stored is None:  # deleted in between
                return Claim(wanted, calls.insert(wanted))
            match standing(stored.record, wanted.owner or "", self.clock.now()):
                case Standing.OURS:
                    return Claim(stored.record, stored.etag)
                case Standing.DUPLICATE:
                    return Duplicate(stored.record.state)
                case Standing.UNDER_WAY:
                    self.clock.sleep(self.budgets.watch_step)
                case Standing.OPEN:
                    record = replace(taken_over(stored.record, wanted), claimed_at=self.clock.now())
                    etag = calls.replace(record, stored.etag)
                    if etag is not None:
                        return Claim(record, etag, taken_over=True)

    def _write(self, record: Record, etag: str | None) -> bool:
        try:
            for _ in range(_TRIES):
                if etag is not None and self.table.replace(record, etag) is not None:
                    return True
                stored = self.table.read(record.key)
                if stored is None:
                    if self.table.insert(record) is not None:
                        return True
                    continue
                record, etag = merged(stored.record, record), stored.etag
        except StorageAway as away:
            return self._unrecorded(record, str(away))
        return self._unrecorded(record, "the row changes too often")

    def _move(
        self, key: CallKey, tenant: TenantId, change: Callable[[Record | None], Record]
    ) -> Record | OldNews | ForeignTenant | None:
        why = "the row changes too often"
        for _ in range(_TRIES):
            try:
                stored = self.table.read(key)
                before = self._known(key, stored.record if stored else None)
                if transitions.is_foreign(before, tenant):
                    return ForeignTenant()
                record = change(before)
                if self._put(record, stored):
                    self.memory.note(record)
                    return OldNews() if record == before else record
            except StorageAway as away:
                why = str(away)
                self.clock.sleep(self.budgets.back_off[0])
        before = self._known(key, None)
        if transitions.is_foreign(before, tenant):
            return ForeignTenant()
        record = change(before)
        self.memory.note(record)
        self._unrecorded(record, why)
        return None

    def _known(self, key: CallKey, kept: Record | None) -> Record | None:
        """Add to a record what this instance knows of the call: it may not have been able to write it."""
        remembered = self.memory.read(key)
        if remembered is None:
            return kept
        return merged(kept, remembered.record) if kept else remembered.record

    def _put(self, record: Record, stored: Stored | None) -> bool:
        if stored is None:
            return self.table.insert(record) is not None
        return record == stored.record or self.table.replace(record, stored.etag) is not None

    def _say_away(self, call: CallId, away: StorageAway) -> None:
        self.events("storage.away", table="calls", call=call, step="claim", why=str(away))

    def _unrecorded(self, record: Record, why: str) -> bool:
        """Say in one line what the row would have held, so that `local.recover` can write it later."""
        self.events("call.unrecorded", why=why, row=redaction.row(record))
        return False
