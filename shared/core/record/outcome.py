"""Judge how a call ended, by the evidence that Microsoft's last notification holds.

Sources, named on each line of the tables:
G  https://learn.microsoft.com/graph/api/call-delete, "Call end reason codes": Graph's own, and short
A  Azure Communication Services' lists for the same calling platform: a strong hint, not a contract
   https://learn.microsoft.com/azure/communication-services/resources/troubleshooting/voice-video-calling/troubleshooting-codes
W  seen on the wire: microsoft-graph-comms-samples issues 377, 410, 433, 664, 667; graph-docs-contrib issue 63
Rn the RFC of that number: Microsoft's codes are those of SIP
"""

import re
from datetime import datetime, timedelta

from shared.core.notification.calls import CallEnded
from shared.core.record.record import Outcome, Record

_DEFAULT_RINGING = {1: 55}  # seconds; several targets ring for 60
_SEVERAL_RINGING = 60
_EARLY, _LATE = 2, 10  # seconds around the end of ringing in which an end means that nobody answered
_DELAY = 2  # seconds that the news of an end may take

# A subcode that says it all, whatever the code beside it.
_BY_SUBCODE = {
    10003: Outcome.ANSWERED,  # A accepted elsewhere, beside the 487 of a caller who hung up
    10024: Outcome.DECLINED,  # A by all endpoints
    8538: Outcome.DECLINED,  # A
    8539: Outcome.BUSY,  # A
    8540: Outcome.BUSY,  # A busy everywhere
    8542: Outcome.CALLER_HUNG_UP,  # A cancelled
    10004: Outcome.NO_ANSWER,  # A not accepted in time
    4506: Outcome.NO_ANSWER,  # A nobody accepted
    8541: Outcome.UNREACHABLE,  # A unavailable
    8544: Outcome.UNREACHABLE,  # W callee could not be reached
    10037: Outcome.UNREACHABLE,  # G no endpoints of the callee
    10057: Outcome.UNREACHABLE,  # G no signalling from the callee's endpoints
    10076: Outcome.UNREACHABLE,  # G could not be reached
    10077: Outcome.UNREACHABLE,  # A offline
    10078: Outcome.UNREACHABLE,  # A offline
    10134: Outcome.UNREACHABLE,  # G no route
    10199: Outcome.UNREACHABLE,  # G private calling is off for the user
    500001: Outcome.UNREACHABLE,  # A gateway
    510403: Outcome.UNREACHABLE,  # A blocked as spam
    511404: Outcome.UNREACHABLE,  # A no such number
    511532: Outcome.UNREACHABLE,  # A no trunk
    1005: Outcome.FAILED,  # G the bot's media
    1106: Outcome.FAILED,  # G no acknowledgement that the call was accepted
    8537: Outcome.FAILED,  # G keep-alive
    8586: Outcome.FAILED,  # A not acknowledged by the bot
    8587: Outcome.FAILED,  # A not answered in time by the bot
    8610: Outcome.FAILED,  # A no response from the bot
    301005: Outcome.FAILED,  # G media
    531004: Outcome.FAILED,  # A media
}
# Without a code, or with 0, a subcode means other things: 200/5003 is any conversation that ended.
_BY_SUBCODE_ALONE = {
    5003: Outcome.DECLINED,  # A by all endpoints of the callee
    4097: Outcome.ENDED,  # G by the other participant
    4521: Outcome.ENDED,  # G by the other participant
    7015: Outcome.ENDED,  # G transferred
    18503: Outcome.ENDED,  # G the other participant left
    540000: Outcome.ENDED,  # G by the telephone's user
    560000: Outcome.ENDED,  # G by the telephone's user
}
# The telephone network's subcodes, 540nnn (it called us) and 560nnn (we called it), end in a SIP code: A.
_TELEPHONE_NETWORK = {540, 560}
_BY_TELEPHONE = {
    403: Outcome.UNREACHABLE,  # A forbidden: no calls to this number
    408: Outcome.NO_ANSWER,  # A the callee is silent
    480: Outcome.NO_ANSWER,  # A
}
_BY_CODE = {
    404: Outcome.UNREACHABLE,  # R3261 no such user
    408: Outcome.UNREACHABLE,  # G 408/10057, W 408/13025
    410: Outcome.UNREACHABLE,  # R3261 gone
    430: Outcome.UNREACHABLE,  # R5626 W unable to deliver to the client
    480: Outcome.UNREACHABLE,  # G 480/10037, 480/10076
    484: Outcome.UNREACHABLE,  # R3261 A a number that is not whole
    485: Outcome.UNREACHABLE,  # R3261 a number that could be several people's
    486: Outcome.BUSY,  # R3261 A
    487: Outcome.CALLER_HUNG_UP,  # R3261 A cancelled
    600: Outcome.BUSY,  # R3261 A everywhere
    603: Outcome.DECLINED,  # R3261 A
    604: Outcome.UNREACHABLE,  # R3261 does not exist anywhere
    607: Outcome.DECLINED,  # R8197 unwanted
    608: Outcome.UNREACHABLE,  # R8688 blocked on its way
}
# By a code's first digit: https://learn.microsoft.com/graph/api/resources/resultinfo, and R3261 for 3 and 6.
_BY_CLASS = {3: Outcome.FAILED, 4: Outcome.FAILED, 5: Outcome.FAILED, 6: Outcome.FAILED}
# "Server Internal Error. DiagCode: 500#560500.@": where a body has no subcode, its message may: W.
_DIAGNOSIS = re.compile(r"DiagCode:\s*([0-9]{1,9})#([0-9]{1,9})")


def outcome_of(end: CallEnded, record: Record, ended_at: datetime) -> Outcome:
    """Give the outcome: who answered, else what Microsoft says, else, where it says nothing, when it ended."""
    return told_outcome(end) or _by_time(record, ended_at) or Outcome.ENDED


def told_outcome(end: CallEnded) -> Outcome | None:
    """Give what Microsoft says of an end; nothing where it says nothing. A success alone is `ended`, not `answered`."""
    if end.answered_by is not None:
        return Outcome.ANSWERED
    code, subcode = _codes(end)
    if subcode in _BY_SUBCODE:
        return _BY_SUBCODE[subcode]
    sip = subcode % 1000 if subcode // 1000 in _TELEPHONE_NETWORK else 0
    if sip:
        return _BY_TELEPHONE.get(sip) or _by_code(sip)
    return _by_code(code) if code else _BY_SUBCODE_ALONE.get(subcode)


def ringing_of(record: Record) -> tuple[datetime, int] | None:
    """Give when the phones began to ring, and for how many seconds at most; nothing where none can have rung."""
    if record.received_at is None or record.rung is None or record.outcome in {Outcome.FAILED, Outcome.LATE}:
        return None
    longest = record.timeout or _DEFAULT_RINGING.get(len(record.rung.split()), _SEVERAL_RINGING)
    return record.received_at + timedelta(milliseconds=record.redirect_ms or 0), longest


def ring_seconds(record: Record, outcome: Outcome, ended_at: datetime) -> int | None:
    """Give how long the phones rang, where nobody took the call and it ended while they can have rung."""
    ringing = ringing_of(record)
    if ringing is None or outcome in {Outcome.ANSWERED, Outcome.ENDED}:
        return None
    began, longest = ringing
    seconds = max(0.0, (ended_at - began).total_seconds())
    return min(round(seconds), longest) if seconds <= longest + _DELAY else None


def _codes(end: CallEnded) -> tuple[int, int]:
    found = _DIAGNOSIS.search(end.message) if end.subcode is None else None
    code, subcode = map(int, found.groups()) if found else (0, 0)
    return end.code or code, end.subcode or subcode


def _by_code(code: int) -> Outcome:
    return _BY_CODE.get(code) or _BY_CLASS.get(code // 100, Outcome.ENDED)


def _by_time(record: Record, ended_at: datetime) -> Outcome | None:
    ringing = ringing_of(record)
    if ringing is None:
        return None
    began, longest = ringing
    after = (ended_at - began).total_seconds()
    return Outcome.NO_ANSWER if longest - _EARLY <= after <= longest + _LATE else None
