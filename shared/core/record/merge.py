"""Move a record forward, never back, whatever the order in which news of its call arrives."""

from typing import Any

from shared.core.record.record import FACT_NAMES, Outcome, Record, State, facts_of

_RANK = {
    State.CLAIMED: 0,
    State.FAILED: 1,
    State.REDIRECTED: 2,
    State.REJECTED: 2,
    State.LEFT: 2,
    State.REDIRECTING: 3,
    State.DONE: 4,
}
_BY_MICROSOFT, _DECIDED = 4, 5
_WEIGHTS = {
    None: 0,
    Outcome.UNKNOWN: 1,
    Outcome.ENDED: 2,
    Outcome.LATE: 3,
    Outcome.FAILED: 3,
    Outcome.REJECTED: _DECIDED,
    Outcome.CLOSED: _DECIDED,
    Outcome.NO_TARGET: _DECIDED,
}


def merge(kept: Record, news: Record) -> Record:
    """Add news to what is kept: the higher state wins, what was empty is filled, what is set stays.

    The failure of one attempt says nothing of a call that another attempt carries on.
    """
    if _is_of_another(news, kept):
        return kept
    older, newer = (kept, news) if rank(news.state) > rank(kept.state) else (news, kept)
    facts = zip(FACT_NAMES, facts_of(newer), facts_of(older), strict=True)
    filled: dict[str, Any] = {name: second if first is None else first for name, first, second in facts}
    filled["outcome"] = _outcome(kept, news)
    filled["received_at"] = news.received_at if kept.received_at is None else kept.received_at
    return Record(key=kept.key, state=newer.state, **filled)


def _is_of_another(failure: Record, claim: Record) -> bool:
    return failure.state is State.FAILED and claim.owner not in {None, failure.owner}


def _outcome(kept: Record, news: Record) -> Outcome | None:
    """Keep the outcome that says more, whichever came first; of two that say as much, the one that is set.

    An attempt that failed says nothing of a call that rang after all.
    """
    failed, other = (kept, news) if kept.state is State.FAILED else (news, kept)
    if failed.state is State.FAILED and other.state in {State.REDIRECTED, State.REDIRECTING}:
        return other.outcome
    return max(kept, news, key=_weight).outcome


def _weight(record: Record) -> int:
    """Rank what an outcome says: a failure is less than what Microsoft tells, and that less than what we decided."""
    if record.outcome and record.state in {State.REJECTED, State.LEFT}:
        return _DECIDED
    return _WEIGHTS.get(record.outcome, _BY_MICROSOFT)


def rank(state: State) -> int:
    return _RANK[state]
