"""Whose call it is: what a delivery does about a record that is there already."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from shared.core.record.record import Record, State, day_of

_YOUNG = timedelta(seconds=3)  # a claim that has not moved by then belongs to an instance that died
FIRST_MINUTE = timedelta(minutes=1)


class ClaimStatus(Enum):
    """How a record stands to a new delivery of its call."""

    OURS = "ours"  # our own insert, which took effect behind an error
    DUPLICATE = "duplicate"  # the call has been handled
    IN_PROGRESS = "under way"  # somebody handles it right now: wait and see
    AVAILABLE = "open"  # it failed, or whoever had it died: take it over


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record as a table has it, with the tag that its next change must name."""

    record: Record
    etag: str


def claim_status(kept: Record, owner: str, now: datetime) -> ClaimStatus:
    if kept.state is State.FAILED:
        return ClaimStatus.AVAILABLE
    if kept.state is not State.CLAIMED:
        return ClaimStatus.DUPLICATE
    if kept.owner == owner:
        return ClaimStatus.OURS
    since = kept.claimed_at or kept.received_at
    if since is None or abs(now - since) >= _YOUNG:  # one of a clock far ahead would be watched for ever
        return ClaimStatus.AVAILABLE
    return ClaimStatus.IN_PROGRESS


def take_over(kept: Record, claim: Record) -> Record:
    """Give the record as its new owner has it: still the call of its first delivery, and nothing has failed yet."""
    return replace(claim, key=kept.key, received_at=kept.received_at or claim.received_at)


def could_be_yesterdays(now: datetime) -> bool:
    """Tell whether a delivery before midnight may have made yesterday's row of this call."""
    return day_of(now - FIRST_MINUTE) < day_of(now)
