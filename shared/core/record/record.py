"""The one record of a call, and how it moves forward."""

from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

from shared.core.ids import CallId


class State(StrEnum):
    """How far a call has come; a record never goes back: `_RANK` has the order."""

    CLAIMED = "claimed"
    FAILED = "failed"
    REDIRECTED = "redirected"
    REJECTED = "rejected"
    LEFT = "left"
    REDIRECTING = "redirecting"
    DONE = "done"


class Outcome(StrEnum):
    """How a call ended."""

    ANSWERED = "answered"
    NO_ANSWER = "no_answer"
    DECLINED = "declined"
    BUSY = "busy"
    CALLER_HUNG_UP = "caller_hung_up"
    UNREACHABLE = "unreachable"
    REJECTED = "rejected"
    CLOSED = "closed"
    NO_TARGET = "no_target"
    LATE = "late"
    FAILED = "failed"
    ENDED = "ended"
    UNKNOWN = "unknown"


_RANK = {
    State.CLAIMED: 0,
    State.FAILED: 1,
    State.REDIRECTED: 2,
    State.REJECTED: 2,
    State.LEFT: 2,
    State.REDIRECTING: 3,
    State.DONE: 4,
}
_TOLD, _DECIDED = 4, 5
_SAYS = {
    None: 0,
    Outcome.UNKNOWN: 1,
    Outcome.ENDED: 2,
    Outcome.LATE: 3,
    Outcome.FAILED: 3,
    Outcome.REJECTED: _DECIDED,
    Outcome.CLOSED: _DECIDED,
    Outcome.NO_TARGET: _DECIDED,
}
_MOST_DAYS_APART = 2


@dataclass(frozen=True, slots=True)
class CallKey:
    """The two keys of a record: the UTC day the call came, and its id. The callbackUri carries both."""

    day: date
    call: CallId

    @property
    def path(self) -> str:
        return f"{self.day.isoformat()}/{self.call}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One row of `calls`; a field that is None is not known (yet). Milliseconds are whole, times are UTC."""

    key: CallKey
    state: State
    received_at: datetime | None = None
    claimed_at: datetime | None = None
    owner: str | None = None
    tenant: str | None = None
    called: str | None = None
    called_name: str | None = None
    caller: str | None = None
    caller_kind: str | None = None
    chain_id: str | None = None
    route: str | None = None
    list: str | None = None
    rung: str | None = None
    skipped: str | None = None
    timeout: int | None = None
    forwarding: bool | None = None
    directory: str | None = None
    cold: bool | None = None
    gate_ms: int | None = None
    directory_ms: int | None = None
    token_ms: int | None = None
    graph_ms: int | None = None
    redirect_ms: int | None = None
    attempts: int | None = None
    graph_status: int | None = None
    graph_code: str | None = None
    request_id: str | None = None
    hint: str | None = None
    outcome: Outcome | None = None
    answered_by: str | None = None
    answered_kind: str | None = None
    ring_seconds: int | None = None
    ended_at: datetime | None = None
    code: int | None = None
    subcode: int | None = None
    message: str | None = None


FACTS = tuple(field.name for field in fields(Record) if field.name not in {"key", "state"})


def merged(kept: Record, news: Record) -> Record:
    """Add news to what is kept: the higher state wins, what was empty is filled, what is set stays.

    The failure of one attempt says nothing of a call that another attempt carries on.
    """
    if _is_of_another(news, kept):
        return kept
    older, newer = (kept, news) if rank(news.state) > rank(kept.state) else (news, kept)
    filled: dict[str, Any] = {name: _known(getattr(newer, name), getattr(older, name)) for name in FACTS}
    filled["outcome"] = _outcome(kept, news)
    filled["received_at"] = _known(kept.received_at, news.received_at)
    return replace(newer, key=kept.key, **filled)


def _is_of_another(failure: Record, claim: Record) -> bool:
    return failure.state is State.FAILED and claim.owner not in {None, failure.owner}


def _outcome(kept: Record, news: Record) -> Outcome | None:
    """Keep the outcome that says more, whichever came first; of two that say as much, the one that is set.

    An attempt that failed says nothing of a call that rang after all.
    """
    failed, other = (kept, news) if kept.state is State.FAILED else (news, kept)
    if failed.state is State.FAILED and other.state in {State.REDIRECTED, State.REDIRECTING}:
        return other.outcome
    return max(kept, news, key=_says).outcome


def _says(record: Record) -> int:
    """Rank what an outcome says: a failure is less than what Microsoft tells, and that less than what we decided."""
    if record.outcome and record.state in {State.REJECTED, State.LEFT}:
        return _DECIDED
    return _SAYS.get(record.outcome, _TOLD)


def rank(state: State) -> int:
    return _RANK[state]


def day_of(moment: datetime) -> date:
    return moment.astimezone(UTC).date()


def is_near(day: date, today: date) -> bool:
    """Tell whether a callbackUri's day can be a call of ours that ends now."""
    return abs(day - today) <= timedelta(days=_MOST_DAYS_APART)


def _known[T](first: T | None, second: T | None) -> T | None:
    return second if first is None else first
