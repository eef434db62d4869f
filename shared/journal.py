"""Keep one record of each call: claim it, move it forward, and let no storage fault cost a call or its outcome."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from shared.core.budgets import Budgets
from shared.core.calls import CallEnded
from shared.core.claims import Standing, Stored, may_be_yesterdays, standing, taken_over
from shared.core.faults import StorageAway
from shared.core.ids import CallId, TenantId, masked
from shared.core.outcome import judge
from shared.core.record import FACTS, CallKey, Outcome, Record, State, day_of, merged
from shared.ports import Calls, Clock, Events

_TRIES = 3  # at a row that others change too
_NUMBERS = {"caller", "called", "route", "rung", "skipped", "answered_by", "message"}
_NAMES = {"called_name"}
_ADDRESS = re.compile(r"\S+@\S+")  # a SIP or mail address is a person's name
_VAGUE = {None, Outcome.UNKNOWN, Outcome.ENDED}


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

    def close(self, claim: Claim, record: Record) -> bool:
        """Write what became of the call; False where only the log has it."""
        remembered = self.memory.read(record.key)
        self.memory.note(merged(remembered.record, record) if remembered else record)
        return self._write(record, claim.etag)

    def end(self, key: CallKey, tenant: TenantId, end: CallEnded) -> Record | OldNews | ForeignTenant | None:
        """Record how a call ended; nothing where it could not be written and only the log has it."""
        ended_at = self.clock.now()

        def ending(kept: Record | None) -> Record:
            before = kept or Record(key=key, state=State.CLAIMED, tenant=tenant)
            return _ended(before, end, ended_at)

        return self._move(key, tenant, ending)

    def redirecting(self, key: CallKey, tenant: TenantId) -> Record | OldNews | ForeignTenant | None:
        """Record that Microsoft rings the targets."""
        return self._move(key, tenant, lambda kept: _moving(kept, key, tenant))

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
                if _is_foreign(before, tenant):
                    return ForeignTenant()
                record = change(before)
                if self._put(record, stored):
                    self.memory.note(record)
                    return OldNews() if record == before else record
            except StorageAway as away:
                why = str(away)
                self.clock.sleep(self.budgets.back_off[0])
        before = self._known(key, None)
        if _is_foreign(before, tenant):
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
        """Say in one line what the row would have held, but for what is personal."""
        facts = {name: getattr(record, name) for name in FACTS if name not in _NAMES}
        known = {name: value for name, value in facts.items() if value is not None}
        numbers = {name: masked(_ADDRESS.sub("…", str(value))) for name, value in known.items() if name in _NUMBERS}
        row = {"day": record.key.day, "call": record.key.call, "state": record.state} | known | numbers
        self.events("call.unrecorded", why=why, row=row)
        return False


def _is_foreign(record: Record | None, tenant: TenantId) -> bool:
    return record is not None and record.tenant not in {None, tenant}


def _ended(before: Record, end: CallEnded, told_at: datetime) -> Record:
    """Move a record to its end. A second end counts only where it says more than the first: which phone, which code."""
    ended_at = before.ended_at or told_at
    outcome = judge(end, before, ended_at)
    if before.ended_at is not None:
        if before.outcome not in _VAGUE or outcome in _VAGUE:
            return before
        before = replace(before, answered_by=None, answered_kind=None, code=None, subcode=None, message=None)
    ringing = before.received_at
    news = Record(
        key=before.key,
        state=State.DONE,
        chain_id=end.chain_id or None,
        outcome=outcome,
        answered_by=end.answered_by.id if end.answered_by else None,
        answered_kind=end.answered_by.kind if end.answered_by else None,
        ring_seconds=round((ended_at - ringing).total_seconds()) if ringing else None,
        ended_at=ended_at,
        code=end.code,
        subcode=end.subcode,
        message=end.message or None,
    )
    return merged(before, news)


def _moving(kept: Record | None, key: CallKey, tenant: TenantId) -> Record:
    news = Record(key=key, state=State.REDIRECTING, tenant=tenant)
    return merged(kept, news) if kept else news
