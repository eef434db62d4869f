"""Move a call's record on by what Microsoft tells of the call after our answer."""

from dataclasses import replace
from datetime import datetime

from shared.core.ids import TenantId
from shared.core.notification.calls import CallEnded, Identity
from shared.core.record.merge import merge
from shared.core.record.outcome import outcome_of, ring_seconds, told_outcome
from shared.core.record.record import CallKey, Outcome, Record, State

_OURS = {Outcome.REJECTED, Outcome.CLOSED, Outcome.NO_TARGET, Outcome.LATE}
_ACCEPTED = 202  # Graph's answer to a redirect that it takes
_GUESSED = {Outcome.UNKNOWN, Outcome.ENDED, Outcome.NO_ANSWER}  # where no code of Microsoft's says so


def ended(kept: Record | None, key: CallKey, tenant: TenantId, end: CallEnded, told_at: datetime) -> Record:
    """Give the record of a call that is over; one that was never seen is made.

    A second end counts only where it says more than the first: which phone, which code.
    """
    before = kept or Record(key=key, state=State.CLAIMED, tenant=tenant)
    ended_at = before.ended_at or told_at
    if before.ended_at is not None:
        if _weight(end) <= _weight(_first_end(before)):
            return before
        before = _without_first_end(before)
    outcome = outcome_of(end, before, ended_at)
    news = Record(
        key=before.key,
        state=State.DONE,
        call_tenant=end.other_tenant,
        chain_id=end.chain_id or None,
        outcome=outcome,
        answered_by=end.answered_by.id if end.answered_by else None,
        answered_kind=end.answered_by.kind if end.answered_by else None,
        ring_seconds=ring_seconds(before, outcome, ended_at),
        seconds=_seconds_since_redirect(before, ended_at),
        ended_at=ended_at,
        code=end.code,
        subcode=end.subcode,
        message=end.message or None,
    )
    return merge(before, news)


def judged_again(record: Record) -> Record:
    """Give a record as its end would be judged today, by what it holds of that; one without an end stays as it is."""
    if record.ended_at is None:
        return record
    end = _first_end(record)
    state = State.REJECTED if record.list is None else State.REDIRECTED
    before = replace(_without_first_end(record), state=state, outcome=_decided(record))
    outcome = outcome_of(end, before, record.ended_at)
    merged = merge(before, Record(key=record.key, state=State.DONE, outcome=outcome)).outcome
    if merged is record.outcome:
        return record
    return replace(record, outcome=merged, ring_seconds=ring_seconds(before, outcome, record.ended_at))


def _decided(record: Record) -> Outcome | None:
    """Give the outcome where it is our own decision, or Graph's answer, and not what was told of the end."""
    is_failed = record.outcome is Outcome.FAILED and record.attempts is not None and record.graph_status != _ACCEPTED
    return record.outcome if is_failed or record.outcome in _OURS else None


def _weight(end: CallEnded) -> int:
    """Rank what Microsoft says of an end: nothing, so that the clock may speak; that it ended; how it ended."""
    outcome = told_outcome(end)
    return 0 if outcome is None else 1 if outcome is Outcome.ENDED else 2


def _first_end(record: Record) -> CallEnded:
    answered_by = Identity(record.answered_kind or "", record.answered_by) if record.answered_by else None
    return CallEnded(None, answered_by, record.code, record.subcode, record.message or "")


def _without_first_end(record: Record) -> Record:
    """Take out what the first end said; what we decided, or Graph answered, is no guess of the clock's and stays."""
    outcome = None if record.outcome in _GUESSED else record.outcome
    bare = replace(record, answered_by=None, answered_kind=None, code=None, subcode=None, message=None)
    return replace(bare, outcome=outcome, ring_seconds=None)


def _seconds_since_redirect(record: Record, ended_at: datetime) -> int | None:
    if record.received_at is None or record.redirect_ms is None:
        return None
    return max(0, round((ended_at - record.received_at).total_seconds() - record.redirect_ms / 1000))


def redirecting(kept: Record | None, key: CallKey, tenant: TenantId) -> Record:
    """Give the record of a call whose targets Microsoft is ringing."""
    news = Record(key=key, state=State.REDIRECTING, tenant=tenant)
    return merge(kept, news) if kept else news


def is_of_another_tenant(record: Record | None, tenant: TenantId) -> bool:
    return record is not None and record.tenant not in {None, tenant}
