"""The five classes that all calls are counted by: each outcome is in one of them, and so is a call without one."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from shared.core.record.record import Outcome


class CallClass(StrEnum):
    """What became of a caller, in the order in which it is shown."""

    ANSWERED = "answered"  # somebody took the call, by evidence
    GAVE_UP = "gave up"  # the caller hung up before anybody could answer
    MISSED = "missed"  # nobody answered, or nobody could be rung
    TURNED_AWAY = "turned away"  # as a rule or the opening hours say
    UNCLEAR = "unclear"  # nothing says how it ended: never added to another class


_OUTCOMES: Mapping[CallClass, tuple[Outcome | None, ...]] = {
    CallClass.ANSWERED: (Outcome.ANSWERED,),
    CallClass.GAVE_UP: (Outcome.CALLER_HUNG_UP, Outcome.LATE),
    CallClass.MISSED: (
        Outcome.NO_ANSWER,
        Outcome.DECLINED,
        Outcome.BUSY,
        Outcome.UNREACHABLE,
        Outcome.NO_TARGET,
        Outcome.FAILED,
    ),
    CallClass.TURNED_AWAY: (Outcome.REJECTED, Outcome.CLOSED),
    CallClass.UNCLEAR: (Outcome.ENDED, Outcome.UNKNOWN, None),
}
CLASSES: Mapping[Outcome | None, CallClass] = MappingProxyType(
    {outcome: of for of, outcomes in _OUTCOMES.items() for outcome in outcomes}
)
# Of the calls that were meant to ring, those whose end is known: what a share of unanswered calls is of.
KNOWN_ENDS = frozenset({CallClass.ANSWERED, CallClass.GAVE_UP, CallClass.MISSED})
UNANSWERED = frozenset({CallClass.GAVE_UP, CallClass.MISSED})


def class_of(outcome: Outcome | None) -> CallClass:
    return CLASSES[outcome]
