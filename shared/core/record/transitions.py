"""Move a call's record on by what Microsoft tells of the call after our answer."""

from dataclasses import replace
from datetime import datetime

from shared.core.ids import TenantId
from shared.core.notification.calls import CallEnded
from shared.core.record.merge import merge
from shared.core.record.outcome import outcome_of
from shared.core.record.record import CallKey, Outcome, Record, State

_VAGUE = {None, Outcome.UNKNOWN, Outcome.ENDED}


def ended(kept: Record | None, key: CallKey, tenant: TenantId, end: CallEnded, told_at: datetime) -> Record:
    """Give the record of a call that is over; one that was never seen is made.

    A second end counts only where it says more than the first: which phone, which code.
    """
    before = kept or Record(key=key, state=State.CLAIMED, tenant=tenant)
    ended_at = before.ended_at or told_at
    outcome = outcome_of(end, before, ended_at)
    if before.ended_at is not None:
        if before.outcome not in _VAGUE or outcome in _VAGUE:
            return before
        before = replace(before, answered_by=None, answered_kind=None, code=None, subcode=None, message=None)
    rang_at = before.received_at
    news = Record(
        key=before.key,
        state=State.DONE,
        chain_id=end.chain_id or None,
        outcome=outcome,
        answered_by=end.answered_by.id if end.answered_by else None,
        answered_kind=end.answered_by.kind if end.answered_by else None,
        ring_seconds=round((ended_at - rang_at).total_seconds()) if rang_at else None,
        ended_at=ended_at,
        code=end.code,
        subcode=end.subcode,
        message=end.message or None,
    )
    return merge(before, news)


def redirecting(kept: Record | None, key: CallKey, tenant: TenantId) -> Record:
    """Give the record of a call whose targets Microsoft is ringing."""
    news = Record(key=key, state=State.REDIRECTING, tenant=tenant)
    return merge(kept, news) if kept else news


def is_of_another_tenant(record: Record | None, tenant: TenantId) -> bool:
    return record is not None and record.tenant not in {None, tenant}
