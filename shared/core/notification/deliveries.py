"""Read a delivery, and recognize what is none: a body that was lost on the way, a chat message."""

from shared.core.gate.admit import Verified
from shared.core.light_dataclass import dataclass
from shared.core.notification.calls import Delivery, EmptyBody
from shared.core.notification.parse import parse
from shared.core.refusals import BodyDropped, Unreadable

CHAT_MESSAGE = "a Bot Framework message, not a call: the bot's messaging endpoint points at the calling webhook"
_LOOKED_AT = 65_536  # bytes of a body that anybody may have sent
# https://github.com/microsoft/botframework-sdk/blob/main/specs/botframework-activity/botframework-activity.md
_MARKS = (b'"channelid"', b'"serviceurl"', b'"conversation"')


@dataclass(frozen=True, slots=True)
class Framing:
    """What the request's head says of its body: two headers as they came, "" where there is none."""

    content_length: str = ""
    transfer_encoding: str = ""

    def loss(self, body: bytes) -> str:
        """Say what of the announced body did not come; "" where nothing is known to be missing."""
        length = self.content_length.partition(",")[0].strip()
        if length.isascii() and length.isdigit() and len(body) < int(length[:20]):
            return f"{len(body)} of {int(length[:20])} bytes came"
        return "a body in chunks did not come" if self.transfer_encoding.strip() and not body else ""


def read_delivery(verified: Verified, framing: Framing) -> Delivery:
    """Read what was delivered. Raises Unreadable, and BodyDropped where it is so because bytes of it are missing.

    The Functions host gives a function no body that came without a Content-Length (azure-functions-host issue 4926):
    to take that for an empty one would answer 202 to a call that nobody has read.
    """
    lost = framing.loss(verified.body)
    try:
        delivery = parse(verified)
    except Unreadable:
        if lost:
            raise BodyDropped(lost) from None
        if is_chat_message(verified.body):
            raise Unreadable(CHAT_MESSAGE) from None
        raise
    if lost and isinstance(delivery, EmptyBody):
        raise BodyDropped(lost)
    return delivery


def is_chat_message(body: bytes) -> bool:
    """Tell by its members, at no cost worth naming: no notification of a call has them."""
    start = body[:_LOOKED_AT].lower()
    return all(mark in start for mark in _MARKS)
