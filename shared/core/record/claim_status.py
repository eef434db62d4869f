"""Whose call it is: what a delivery does about a record that is there already."""

from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum

from shared.core.budgets import ClaimTimings
from shared.core.light_dataclass import dataclass
from shared.core.record.record import Outcome, Record, State, day_of


class ClaimStatus(Enum):
    """How a record stands to a new delivery of its call."""

    OURS = "ours"  # our own insert, which took effect behind an error
    DUPLICATE = "duplicate"  # the call has been handled
    IN_PROGRESS = "in progress"  # somebody handles it right now: wait and see
    AVAILABLE = "available"  # it failed, or whoever had it died: take it over


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record as a table has it, with the tag that its next change must name."""

    record: Record
    etag: str


def claim_status(kept: Record, owner: str, now: datetime, timings: ClaimTimings) -> ClaimStatus:
    """Say what a delivery that would be `owner` does; `now` is its own clock's.

    A claim is as old as ClaimedAt says, which its owner moves on for as long as it lives. One from the future is of a
    clock that is ahead: it is in progress, and whoever watches it has to see by its own clock whether it moves.
    """
    if kept.state is State.FAILED and kept.outcome is not Outcome.LATE:  # a late one was gone, and stays so
        return ClaimStatus.AVAILABLE
    if kept.state is not State.CLAIMED:
        return ClaimStatus.DUPLICATE
    if kept.owner == owner:
        return ClaimStatus.OURS
    since = kept.claimed_at or kept.received_at
    if since is None or (now - since).total_seconds() >= timings.stale_after:
        return ClaimStatus.AVAILABLE
    return ClaimStatus.IN_PROGRESS


def take_over(kept: Record, claim: Record) -> Record:
    """Give the record as its new owner has it: still the call of its first delivery, and nothing has failed yet."""
    return replace(claim, key=kept.key, received_at=kept.received_at or claim.received_at)


def could_be_yesterdays(now: datetime, timings: ClaimTimings) -> bool:
    """Tell whether a delivery before midnight may have made yesterday's row of this call."""
    return day_of(now - timedelta(seconds=timings.first_minute)) < day_of(now)
