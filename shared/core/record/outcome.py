"""Judge how a call ended, by the evidence that Microsoft's last notification holds.

https://learn.microsoft.com/graph/api/call-delete ("Call end reason codes"); what that page leaves out is the calling
platform's own list, as Azure Communication Services publishes it: a strong hint, not a contract.
"""

from datetime import datetime

from shared.core.notification.calls import CallEnded
from shared.core.record.record import Outcome, Record

_DEFAULT_RINGING = {1: 55}  # seconds; several targets ring for 60
_SEVERAL_RINGING = 60
_EARLY, _LATE = 2, 10  # seconds around the end of ringing in which an end means that nobody answered

_BY_SUBCODE = {
    10003: Outcome.ANSWERED,  # "accepted elsewhere", though its code is the 487 of a caller who hung up
    10024: Outcome.DECLINED,
    8538: Outcome.DECLINED,
    8539: Outcome.BUSY,
    8540: Outcome.BUSY,
    8542: Outcome.CALLER_HUNG_UP,
    8541: Outcome.UNREACHABLE,
    8544: Outcome.UNREACHABLE,
    10004: Outcome.NO_ANSWER,
    10037: Outcome.UNREACHABLE,
    10057: Outcome.UNREACHABLE,
    10076: Outcome.UNREACHABLE,
    10077: Outcome.UNREACHABLE,
    10078: Outcome.UNREACHABLE,
    10134: Outcome.UNREACHABLE,
    10199: Outcome.UNREACHABLE,
    511404: Outcome.UNREACHABLE,
    511532: Outcome.UNREACHABLE,
    510403: Outcome.UNREACHABLE,
    500001: Outcome.UNREACHABLE,
}
# The last three digits of a telephone network's subcode (540nnn came in, 560nnn went out) are the SIP code.
_BY_SIP = {
    403: Outcome.UNREACHABLE,
    404: Outcome.UNREACHABLE,
    408: Outcome.NO_ANSWER,
    480: Outcome.NO_ANSWER,
    484: Outcome.UNREACHABLE,
    486: Outcome.BUSY,
    487: Outcome.CALLER_HUNG_UP,
    500: Outcome.UNREACHABLE,
    503: Outcome.UNREACHABLE,
    600: Outcome.BUSY,
    603: Outcome.DECLINED,
}
_BY_CODE = {
    486: Outcome.BUSY,
    487: Outcome.CALLER_HUNG_UP,
    603: Outcome.DECLINED,
    404: Outcome.UNREACHABLE,
    408: Outcome.UNREACHABLE,
    480: Outcome.UNREACHABLE,
}
_TELEPHONE_NETWORK = {540, 560}


def outcome_of(end: CallEnded, record: Record, ended_at: datetime) -> Outcome:
    """Give the outcome: who answered, else what the code says, else when it ended. 200 alone says nothing."""
    if end.answered_by is not None:
        return Outcome.ANSWERED
    return _by_code(end) or _by_time(record, ended_at) or Outcome.ENDED


def _by_code(end: CallEnded) -> Outcome | None:
    subcode = end.subcode or 0
    if subcode in _BY_SUBCODE:
        return _BY_SUBCODE[subcode]
    if subcode // 1000 in _TELEPHONE_NETWORK and subcode % 1000 in _BY_SIP:
        return _BY_SIP[subcode % 1000]
    return _BY_CODE.get(end.code or 0)


def _by_time(record: Record, ended_at: datetime) -> Outcome | None:
    if record.received_at is None or record.rung is None:
        return None
    ringing = record.timeout or _DEFAULT_RINGING.get(len(record.rung.split()), _SEVERAL_RINGING)
    began = record.received_at.timestamp() + (record.redirect_ms or 0) / 1000
    after = ended_at.timestamp() - began
    return Outcome.NO_ANSWER if ringing - _EARLY <= after <= ringing + _LATE else None
