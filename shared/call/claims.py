"""Claim a call: of many deliveries, on many instances, one answers it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.core.budgets import Budgets
from shared.core.errors import StorageUnavailable
from shared.core.ids import CallId
from shared.core.record.claim_status import ClaimStatus, claim_status, could_be_yesterdays, take_over
from shared.core.record.record import CallKey, Record, State, day_of
from shared.ports import CallMemory, CallStore, Clock, Events


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


class ClaimLost(Exception):
    """Another delivery of the call has taken it over, and answers it."""


@dataclass(frozen=True, slots=True)
class Claims:
    table: CallStore
    memory: CallMemory
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
        here = self._claim_at(self.memory, self._key_to_claim(self.memory, call, now), wanted)
        if isinstance(here, Duplicate):
            return here
        try:
            held = self._claim_at(self.table, self._key_to_claim(self.table, call, now), here.record)
        except StorageUnavailable as away:
            self._report_unavailable(call, away)
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
        except StorageUnavailable as away:
            self._report_unavailable(mine.key.call, away)
            return claim
        return claim if stored and stored.record.owner == mine.owner else None

    def _key_to_claim(self, calls: CallStore, call: CallId, now: datetime) -> CallKey:
        today = CallKey(day_of(now), call)
        yesterday = CallKey(today.day - timedelta(days=1), call)
        return yesterday if could_be_yesterdays(now) and calls.read(yesterday) else today

    def _claim_at(self, calls: CallStore, key: CallKey, wanted: Record) -> Claim | Duplicate:
        wanted = replace(wanted, key=key)
        etag = calls.insert(wanted)
        if etag is not None:
            return Claim(wanted, etag)
        try:
            return self._watch_or_take_over(calls, wanted)
        except StorageUnavailable as away:
            self._report_unavailable(key.call, away)
            return Claim(wanted, None, taken_over=True)  # of somebody who may have done anything with it

    def _watch_or_take_over(self, calls: CallStore, wanted: Record) -> Claim | Duplicate:
        """Look at a record that is there already until it is ours, or clearly another's."""
        while True:
            stored = calls.read(wanted.key)
            if stored is None:  # deleted in between
                return Claim(wanted, calls.insert(wanted))
            match claim_status(stored.record, wanted.owner or "", self.clock.now()):
                case ClaimStatus.OURS:
                    return Claim(stored.record, stored.etag)
                case ClaimStatus.DUPLICATE:
                    return Duplicate(stored.record.state)
                case ClaimStatus.IN_PROGRESS:
                    self.clock.sleep(self.budgets.watch_step)
                case ClaimStatus.AVAILABLE:
                    record = replace(take_over(stored.record, wanted), claimed_at=self.clock.now())
                    etag = calls.replace(record, stored.etag)
                    if etag is not None:
                        return Claim(record, etag, taken_over=True)

    def _report_unavailable(self, call: CallId, away: StorageUnavailable) -> None:
        self.events("storage.away", table="calls", call=call, step="claim", why=str(away))
