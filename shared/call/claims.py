"""Claim a call: of many deliveries, on many instances, one answers it.

The lock is the call's row in the table: who inserts it has the call, and every change of it names the row's ETag, so
that of two deliveries one wins. A claim is a lease: whoever has it proves it before each attempt and while it waits,
and one that does not move for `ClaimTimings.stale_after` is taken over, for its owner must have died. Memory is asked
before the table: it knows what this instance did while the table was away, and is then the lock.
A fault of the table costs no call: where nothing can be proved for longer than a lease, the call is answered, on a
claim that is `contested`. docs/architecture.md, "The claim", has the states and the times.
"""

from collections.abc import Callable
from dataclasses import field, replace
from datetime import datetime, timedelta
from functools import partial

from shared.call.watch import Duplicate, Held, Watch
from shared.core.budgets import Budgets, ClaimTimings
from shared.core.errors import StorageUnavailable
from shared.core.ids import CallId
from shared.core.light_dataclass import dataclass
from shared.core.record.claim_status import could_be_yesterdays
from shared.core.record.record import CallKey, Record, State, day_of, with_facts
from shared.ports import CallMemory, CallStore, Clock, Events

_TRIES = 3  # at a row that others change too


class ClaimLost(Exception):
    """Another delivery of the call has it now, and answers it."""


@dataclass(slots=True)
class Claim:
    """This delivery has the call, for as long as it keeps its lease alive.

    `etag` is None where only memory knows of it. `contested` says that another delivery may have answered the call as
    well: phones may be ringing. `leased_at` is on the monotonic clock, from before the write that gave the lease.
    """

    record: Record
    etag: str | None
    contested: bool
    leased_at: float
    claims: "Claims" = field(repr=False, compare=False)

    def keep_alive(self, needed: float) -> float:
        """Give the seconds that are left of the lease, renewed where they were fewer than `needed`.

        Always enough for the shortest attempt. Where the table gives no answer, the rest of the lease is used up, and
        then the claim is contested. Raises ClaimLost: send nothing more.
        """
        if self._left < needed:
            self.claims.renew(self)
            if self._left < self.claims.budgets.shortest_attempt:
                self.contested, self.leased_at = True, self.claims.clock.monotonic()
        return self._left

    @property
    def _left(self) -> float:
        return self.leased_at + self.claims.timings.lease - self.claims.clock.monotonic()


@dataclass(frozen=True, slots=True)
class Claims:
    """Gives out claims; `new_owner` is asked for a random name per claim, by which its owner knows its own writes."""

    table: CallStore
    memory: CallMemory
    clock: Clock
    events: Events
    budgets: Budgets
    new_owner: Callable[[], str]

    @property
    def timings(self) -> ClaimTimings:
        return self.budgets.claims

    def claim(self, call: CallId, facts: Record) -> Claim | Duplicate:
        """Make the call's record, the lock that makes one redirect of many deliveries.

        `facts` has what is known so far; its key's day is today. Where another has the call, this waits until that one
        is done, or its claim is stale.
        """
        owner = self.new_owner()
        here = self._claim_at(self.memory, call, facts, owner)
        if isinstance(here, Duplicate):
            return here
        try:
            held = self._claim_at_table(call, facts, owner)
        except StorageUnavailable as away:
            self._report_unavailable(call, away)
            return self._claim(replace(here, etag=None))
        if isinstance(held, Duplicate):
            self.memory.note(replace(here.record, state=held.state))
            return held
        self.memory.note(held.record)
        return self._claim(held, contested=here.contested)

    def renew(self, claim: Claim) -> None:
        """Begin the claim's lease anew, unless the table does not answer. Raises ClaimLost."""
        began = self.clock.monotonic()
        mine = replace(claim.record, claimed_at=self.clock.now())
        self._renewed(self.memory, mine, None)
        try:
            held = self._renewed_at_table(claim, mine, began)
        except StorageUnavailable as away:
            self._report_unavailable(mine.key.call, away)
            return
        claim.record, claim.etag = held.record, held.etag
        claim.leased_at, claim.contested = held.leased_at, held.contested

    def _claim_at_table(self, call: CallId, facts: Record, owner: str) -> Held | Duplicate:
        """Try twice, unless the first takes long: a table that fails once must not give two owners."""
        began = self.clock.monotonic()
        try:
            return self._claim_at(self.table, call, facts, owner)
        except StorageUnavailable:
            if self.clock.monotonic() - began >= self.budgets.claim_write:
                raise
        self.clock.sleep(self.budgets.back_off[0])
        return self._claim_at(self.table, call, facts, owner)

    def _claim_at(self, calls: CallStore, call: CallId, facts: Record, owner: str) -> Held | Duplicate:
        began, now = self.clock.monotonic(), self.clock.now()
        wanted = with_facts(facts, key=self._key_to_claim(calls, call, now), owner=owner, claimed_at=now)
        etag = calls.insert(wanted)
        if etag is not None:
            return Held(wanted, etag, contested=False, leased_at=began)
        return self._watch(calls, wanted, began)

    def _claim(self, held: Held, *, contested: bool = False) -> Claim:
        return Claim(held.record, held.etag, held.contested or contested, held.leased_at, self)

    def _key_to_claim(self, calls: CallStore, call: CallId, now: datetime) -> CallKey:
        today = CallKey(day_of(now), call)
        yesterday = CallKey(today.day - timedelta(days=1), call)
        return yesterday if could_be_yesterdays(now, self.timings) and calls.read(yesterday) else today

    def _watch(self, calls: CallStore, wanted: Record, leased_at: float) -> Held | Duplicate:
        report = partial(self._report_unavailable, wanted.key.call)
        return Watch(calls, self.clock, self.timings, wanted, leased_at, report).to_the_end()

    def _renewed_at_table(self, claim: Claim, mine: Record, began: float) -> Held:
        try:
            etag = self._renewed(self.table, mine, claim.etag)
        except ClaimLost:
            if claim.etag is not None:
                raise
        else:
            return Held(mine, etag, claim.contested, began)
        # This delivery claimed the call while the table was away, and another's claim is there.
        held = self._watch(self.table, mine, began)
        if isinstance(held, Duplicate):
            raise ClaimLost
        return held

    def _renewed(self, calls: CallStore, mine: Record, etag: str | None) -> str | None:
        """Move the row's ClaimedAt on, and give its etag.

        Nothing where the call rings, or is over: nobody takes it over, and the row has more than ours.
        """
        for _ in range(_TRIES):
            if etag is not None and (renewed := calls.replace(mine, etag)) is not None:
                return renewed
            stored = calls.read(mine.key)
            if stored is None:
                if (inserted := calls.insert(mine)) is not None:
                    return inserted
                etag = None
            elif stored.record.owner not in {None, mine.owner}:
                raise ClaimLost
            elif stored.record.state is not State.CLAIMED:
                return None
            else:
                etag = stored.etag
        raise StorageUnavailable("the row changes too often")

    def _report_unavailable(self, call: CallId, away: StorageUnavailable) -> None:
        self.events("storage.away", table="calls", call=call, step="claim", why=str(away))
