"""Wait for another delivery's claim: until that one is done, or has stood still for so long that it is taken over."""

from collections.abc import Callable
from dataclasses import field, replace

from shared.core.budgets import ClaimTimings
from shared.core.errors import StorageUnavailable
from shared.core.light_dataclass import dataclass
from shared.core.record.claim_status import ClaimStatus, claim_status, take_over
from shared.core.record.record import Record, State
from shared.ports import CallStore, Clock


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Another delivery has the call, or had it."""

    state: State


@dataclass(frozen=True, slots=True)
class Held:
    """The row is this delivery's; `etag` is None where that could not be written. `call/claims.Claim` has the rest."""

    record: Record
    etag: str | None
    contested: bool
    leased_at: float


@dataclass(slots=True)
class Watch:
    """One delivery's look at a record that is there already; `wanted` is what it would make of it."""

    calls: CallStore
    clock: Clock
    timings: ClaimTimings
    wanted: Record
    leased_at: float
    report: Callable[[StorageUnavailable], None]
    contested: bool = False
    _etag: str = ""
    _until: float = field(init=False)

    def __post_init__(self) -> None:
        self._until = self.leased_at + self._patience

    def to_the_end(self) -> Held | Duplicate:
        """Look until the record is ours, or clearly another's.

        One that does not move, or cannot be looked at, is waited for a little longer than any claim lives.
        """
        while True:
            try:
                found = self._look()
            except StorageUnavailable as away:
                if self.clock.monotonic() >= self._until:
                    self.report(away)
                    return Held(self.wanted, None, contested=True, leased_at=self.leased_at)
            else:
                if found is not None:
                    return found
            self.clock.sleep(self.timings.watch_step)

    def _look(self) -> Held | Duplicate | None:
        """Look once; nothing where another has the call still, or was quicker to take it over."""
        stored = self.calls.read(self.wanted.key)
        now = self.clock.monotonic()
        if stored is None:  # deleted in between: whoever inserts it has it
            taken = self._taken(self.wanted, self.calls.insert)
            if taken is None:
                raise StorageUnavailable("the row comes and goes")
            return taken
        if stored.etag != self._etag:  # it has moved since: its owner lives
            self._etag, self._until = stored.etag, now + self._patience
        match claim_status(stored.record, self.wanted.owner or "", self.clock.now(), self.timings):
            case ClaimStatus.DUPLICATE:
                return Duplicate(stored.record.state)
            case ClaimStatus.OURS:  # by a write that took effect behind an error: its lease is as old as it says
                return Held(stored.record, stored.etag, self.contested, now - self._age(stored.record))
            case ClaimStatus.IN_PROGRESS if now < self._until:
                return None
            case _:
                etag = stored.etag
                return self._taken(take_over(stored.record, self.wanted), lambda mine: self.calls.replace(mine, etag))

    def _taken(self, record: Record, write: Callable[[Record], str | None]) -> Held | None:
        self.contested, began = True, self.clock.monotonic()  # before the write, whose answer may be lost
        mine = replace(record, claimed_at=self.clock.now())
        etag = write(mine)
        return None if etag is None else Held(mine, etag, self.contested, began)

    def _age(self, record: Record) -> float:
        claimed_at = record.claimed_at
        return (self.clock.now() - claimed_at).total_seconds() if claimed_at else self.timings.stale_after

    @property
    def _patience(self) -> float:
        return self.timings.stale_after + self.timings.longest_wait
