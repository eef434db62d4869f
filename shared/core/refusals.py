"""Why a request is turned away: each reason with the status that says so."""

from shared.core.light_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class ClaimedIdentity:
    """What may be logged of a refused token that claims to be the calling service's: nothing of it is proved.

    `issuer` is a host, `app` the id of who asked for the token; `form` is "unknown" where it is none of ours.
    """

    issuer: str | None
    form: str
    app: str
    kid: str | None


class RefusedRequest(Exception):
    """A request that goes no further; `reason` and `message` may be shown to anyone, `detail` goes to the log only."""

    status: int
    reason: str
    message: str
    event = "caller.refused"
    challenge = ""  # what WWW-Authenticate says
    form: str | None = None  # of the token, where that was admitted

    def __init__(self, detail: str = "") -> None:
        super().__init__(f"{self.reason}: {detail}" if detail else self.reason)
        self.detail = detail


class TooLarge(RefusedRequest):
    """The body is over the limit; a real one is 1.6 KB."""

    status, reason, message = 413, "too_large", "The body is over 256 KB."


class NotFromMicrosoft(RefusedRequest):
    """Not a token that Microsoft signed for this bot: one answer for every reason, so that it teaches nobody."""

    status, reason, message = 401, "unauthorized", "A token signed by Microsoft for this bot is required."
    challenge = 'Bearer error="invalid_token"'  # https://www.rfc-editor.org/rfc/rfc6750#section-3
    claimed: ClaimedIdentity | None = None  # where it claims to be Microsoft's


class NoToken(NotFromMicrosoft):
    """No bearer token came at all."""

    challenge = "Bearer"


class TenantNotAllowed(RefusedRequest):
    """A genuine token, of a tenant whose calls are not taken."""

    status, reason, message = 403, "tenant_not_allowed", "Calls of this tenant are not taken here."


class Unreadable(RefusedRequest):
    """A genuine body of another shape; `detail` names the place in it."""

    status, reason, message = 400, "unreadable", "The body is not a notification of a call."
    event = "notification.unreadable"


class BodyDropped(RefusedRequest):
    """A genuine notification whose body did not come whole; `detail` says what is missing.

    503, for that is what senders repeat: nobody has read the call, and a repetition may come whole.
    """

    status, reason, message = 503, "body_dropped", "The body did not come whole: send it again, with a Content-Length."
    event = "notification.dropped"


class InvalidQuestion(RefusedRequest):
    """Nobody can say who would ring for that; `message` names the part of the question, and repeats none of it."""

    status, reason, message = 400, "question_unclear", "The question cannot be answered."

    def __init__(self, detail: str = "", *, message: str = "") -> None:
        super().__init__(detail)
        self.message = message or self.message


class KeysUnavailable(RefusedRequest):
    """The keys for a token of that form could not be read: say so, rather than call it forged."""

    status, reason, message = 503, "keys_unavailable", "Microsoft's signing keys cannot be read; try again."
    event = "keys.unavailable"


class Misconfigured(RefusedRequest):
    """Settings are missing or wrong; `detail` names all of them."""

    status, reason, message = 503, "misconfigured", "The app's settings are wrong; its log names them."
    event = "settings.wrong"
