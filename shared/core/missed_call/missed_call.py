"""A call that nobody answered: what its record holds that a message can be made of."""

from datetime import datetime

from shared.core.light_dataclass import dataclass
from shared.core.record.classes import UNANSWERED, class_of
from shared.core.record.record import CallKey, Outcome, Record, State


@dataclass(frozen=True, slots=True)
class MissedCall:
    """`line_name` is as the record has it; `rung` are the ids whose phones rang.

    The caller is as the record has it: what a message says of it is decided when that is written. While `is_final` is
    false it may be answered yet: an attempt of ours failed, and Microsoft may bring the call again.
    """

    key: CallKey
    at: datetime
    outcome: Outcome
    line: str = ""
    line_name: str = ""
    caller: str = ""
    caller_kind: str = ""
    rang_seconds: int | None = None
    list: str = ""
    rung: tuple[str, ...] = ()
    is_final: bool = True


def missed_call(record: Record, now: datetime) -> MissedCall | None:
    """Give it where nobody answered; `now` stands in for the time of a call that was never seen to come."""
    if record.outcome is None or class_of(record.outcome) not in UNANSWERED:
        return None
    return MissedCall(
        key=record.key,
        at=record.received_at or record.ended_at or now,
        outcome=record.outcome,
        line=record.called or "",
        line_name=record.called_name or "",
        caller=record.caller or "",
        caller_kind=record.caller_kind or "",
        rang_seconds=record.ring_seconds,
        list=record.list or "",
        rung=tuple((record.rung or "").split()),
        is_final=record.state is not State.FAILED,
    )
