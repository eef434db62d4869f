"""What Graph's answer to an attempt means: one table, read from the top."""

from enum import Enum

from shared.core.light_dataclass import dataclass


class Verdict(Enum):
    """What an answer asks us to do next; call/redirector does it, and core/graph/plan says what follows a refusal."""

    ACCEPTED = "taken"  # 202: Microsoft does it
    GONE = "gone"  # the call is over, or another attempt of ours was first
    RETRY = "again"  # nothing happened; try again while the ring window is open
    UNANSWERED = "unanswered"  # perhaps it happened; try again, and a GONE then means done
    NEW_TOKEN = "new token"  # noqa: S105 - no secret: the token was refused
    REPAIR = "repair"  # leave out what Microsoft's schema does not have, once
    REFUSED_TARGETS = "refused targets"  # not all of these targets: it may take some of them
    REFUSED_LIST = "refused list"  # none of these targets, whoever they are
    REFUSED_ALL = "refused all"  # no targets at all: an operator must act


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that arrived: `code` is Graph's own (7505, 8522, or a word), `retry_after` is in seconds."""

    status: int
    code: str = ""
    request_id: str = ""
    retry_after: float | None = None
    is_html: bool = False


@dataclass(frozen=True, slots=True)
class NoReply:
    """No answer: `was_sent` where the request may have reached Graph all the same."""

    why: str
    was_sent: bool


type GraphResult = Reply | NoReply

# The code says more than the status: the same 404 is a call that is gone or an address that never was.
# HTTP pairs of 85xx are known from Azure Communication Services only, so the status is not asked for.
_BY_CODE = {
    "8519": (Verdict.GONE, "a conflict: somebody acted on the call already"),
    "8522": (Verdict.GONE, "the call is not found: the caller hung up, or 15 seconds have passed"),
    "8528": (Verdict.GONE, "the call was terminated"),
    "8543": (Verdict.GONE, "the call does not exist any more"),
    "8583": (Verdict.GONE, "the call is in another state by now"),
    "8585": (Verdict.GONE, "the call is in another state by now"),
    "7503": (Verdict.REFUSED_ALL, "calling is not enabled on the bot's Teams channel, or has no webhook"),
    "7504": (Verdict.REFUSED_ALL, "admin consent for Calls.Initiate.All is missing in this tenant"),
    "7505": (Verdict.REFUSED_TARGETS, "tenant mismatch: a target, or the bot, belongs to another tenant"),
    "7507": (Verdict.REFUSED_LIST, "the line's resource account is not linked to this bot"),
    # microsoft-graph-comms-samples issue 343: with 400, "Callee only had Trouter endpoints registered"
    "8541": (Verdict.REFUSED_TARGETS, "no Teams client of a target can be reached: let them sign in to Teams again"),
    "8523": (Verdict.REPAIR, "an invalid argument: a target does not exist, or is not of its kind"),
    "8529": (Verdict.RETRY, "the app's calls of this month are used up (10,000)"),
    "8530": (Verdict.RETRY, "the app has too many calls at once (100)"),
    "9999": (Verdict.RETRY, "an unknown error inside Microsoft; a malformed identity gives it too"),
}
_BY_STATUS = {
    400: (Verdict.REPAIR, "Graph finds the request wrong: see the list's targets"),
    401: (Verdict.NEW_TOKEN, "Graph refuses the token: check the app registration and its credential"),
    403: (Verdict.REFUSED_TARGETS, "Graph forbids it: check consent, licences and tenants"),
    404: (Verdict.GONE, "the call is gone"),
    408: (Verdict.UNANSWERED, "Graph ran out of time"),
    409: (Verdict.GONE, "somebody acted on the call already"),
    410: (Verdict.GONE, "the call is gone"),
    412: (Verdict.GONE, "the call is in another state by now"),
    429: (Verdict.RETRY, "Graph is throttling this app"),
    502: (Verdict.UNANSWERED, "a gateway before Graph failed"),
    504: (Verdict.UNANSWERED, "a gateway before Graph ran out of time"),
}
_SERVER_ERROR = 500


def verdict(answer: GraphResult) -> Verdict:
    """Say what to do next; the code before the status."""
    return _look_up(answer)[0]


def hint(answer: GraphResult) -> str:
    """Say in the operator's words what an answer means."""
    return _look_up(answer)[1]


def _look_up(answer: GraphResult) -> tuple[Verdict, str]:
    match answer:
        case NoReply(why=why, was_sent=sent):
            return (Verdict.UNANSWERED if sent else Verdict.RETRY), f"no answer from Graph ({why})"
        case Reply(status=200 | 202 | 204, is_html=False):
            return Verdict.ACCEPTED, ""
        case Reply(status=status) if status < 400:  # noqa: PLR2004 - below are redirections and pages of proxies
            return Verdict.RETRY, "not Graph's answer: is there a proxy between?"
        case Reply(code=code) if code in _BY_CODE:
            return _BY_CODE[code]
        case Reply(status=status) if status in _BY_STATUS:
            return _BY_STATUS[status]
        case Reply(status=status) if status >= _SERVER_ERROR:
            return Verdict.RETRY, "an error inside Microsoft"
        case _:
            return Verdict.REFUSED_TARGETS, "Graph refuses it"
