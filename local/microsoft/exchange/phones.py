"""Work out what the phones of a redirect will do, and how the call ends by it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, assert_never

from local.microsoft.exchange.call_script import Busy, Declines, Phone, PicksUp, ResultInfo, Silent

RING_ONE, RING_SEVERAL = 55, 60  # Graph's time-outs where the redirect gives none

# No table of Microsoft's covers redirects: these come from Azure Communication Services, the same platform.
_NOT_ANSWERED = ResultInfo(487, 10004, "The call was not accepted in time. DiagCode: 487#10004.@")
_NOT_ANSWERED_PHONE = ResultInfo(480, 560480, "No answer. DiagCode: 480#560480.@")
_DECLINED = ResultInfo(603, 0, "The callee declined the call. DiagCode: 603#0.@")
_DECLINED_BY_ALL = ResultInfo(487, 10024, "All callee endpoints declined. DiagCode: 487#10024.@")
_BUSY = ResultInfo(486, 8539, "The callee is busy. DiagCode: 486#8539.@")
_BUSY_PHONE = ResultInfo(486, 560486, "The line is busy. DiagCode: 486#560486.@")
_HUNG_UP = ResultInfo(487, 0, "The caller cancelled the call. DiagCode: 487#0.@")
_HUNG_UP_PHONE = ResultInfo(487, 540487, "The caller cancelled the call. DiagCode: 487#540487.@")
_WINDOW_CLOSED = ResultInfo(408, 8587, "The call was not answered within time. DiagCode: 408#8587.@")


@dataclass(frozen=True, slots=True)
class Ending:
    how: str
    result: ResultInfo | None = None  # an answered call has none on the API page
    answered_by: Mapping[str, Any] | None = None


WINDOW_CLOSED = Ending("windowClosed", _WINDOW_CLOSED)
REJECTED = Ending("rejected")
STOPPED = Ending("stopped")


@dataclass(frozen=True, slots=True)
class Moment:
    """What happens at a phone, in seconds since the redirect."""

    at: float
    what: str
    who: str


@dataclass(frozen=True, slots=True)
class Course:
    moments: list[Moment]
    ends_at: float
    ending: Ending


def hung_up(caller_kind: str) -> Ending:
    return Ending("hungUp", _HUNG_UP_PHONE if caller_kind == "phone" else _HUNG_UP)


def course(
    targets: Mapping[str, Mapping[str, Any]],
    phone_of: Callable[[str], Phone],
    *,
    rings_for: float,
    caller_stays: float,
    gives_up: Ending,
) -> Course:
    """Ring all targets at once: the first to pick up has the call. All seconds count from the redirect."""
    only_phones = all(target["kind"] == "phone" for target in targets.values())
    until = min(rings_for, caller_stays)
    happened = [Moment(0.0, "ringing", who) for who in targets]
    refused: list[Phone] = []
    for at, who, phone in _in_order(targets, phone_of):
        if at > until:
            break
        if isinstance(phone, PicksUp):
            return Course([*happened, Moment(at, "pickedUp", who)], at, Ending("answered", None, targets[who]))
        happened.append(Moment(at, "busy" if isinstance(phone, Busy) else "declined", who))
        refused.append(phone)
        if len(refused) == len(targets):
            return Course(happened, at, _refused(refused, only_phones=only_phones))
    if caller_stays < rings_for:
        return Course(happened, until, gives_up)
    return Course(happened, until, Ending("noAnswer", _NOT_ANSWERED_PHONE if only_phones else _NOT_ANSWERED))


def _in_order(
    targets: Mapping[str, Mapping[str, Any]], phone_of: Callable[[str], Phone]
) -> list[tuple[float, str, Phone]]:
    order: list[tuple[float, str, Phone]] = []
    for who in targets:
        phone = phone_of(who)
        match phone:
            case PicksUp(after) | Declines(after) | Busy(after):
                order.append((after, who, phone))
            case Silent():
                pass
            case _:
                assert_never(phone)
    return sorted(order, key=lambda moment: moment[0])


def _refused(refused: list[Phone], *, only_phones: bool) -> Ending:
    if any(isinstance(phone, Busy) for phone in refused):
        return Ending("busy", _BUSY_PHONE if only_phones else _BUSY)
    return Ending("declined", _DECLINED if len(refused) == 1 else _DECLINED_BY_ALL)
