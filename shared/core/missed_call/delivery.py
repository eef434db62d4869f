"""What a receiver's answer means, and how long to wait: https://learn.microsoft.com/power-automate/limits-and-config."""

from enum import Enum

from shared.core.light_dataclass import dataclass

EVERY = 15.0  # seconds between two messages: a flow takes 25 in 300
AGAIN_AFTER = 60.0  # seconds after a receiver could not
LONGEST_WAIT = 6 * 3600.0
_TOO_MANY, _TIME_OUT = 429, 408


@dataclass(frozen=True, slots=True)
class Receipt:
    """How a receiver answered: `status` is None where no answer came, and `why` says how that went."""

    status: int | None
    why: str = ""
    retry_after: float | None = None


class Delivery(Enum):
    """What became of a message."""

    TAKEN = "taken"  # accepted: whether it is shown nobody tells
    LATER = "later"
    REFUSED = "refused"


def delivery_of(status: int | None) -> Delivery:
    """Judge an HTTP status, or None where no answer came. What sends us elsewhere is no receiver."""
    if status is None or status in {_TOO_MANY, _TIME_OUT} or status >= 500:  # noqa: PLR2004 - the class of 5xx
        return Delivery.LATER
    return Delivery.TAKEN if 200 <= status < 300 else Delivery.REFUSED  # noqa: PLR2004 - the class of 2xx


def wait_after(asked: float | None) -> float:
    """Give the seconds until the next try, as the receiver `asked` or else of our own, within reason."""
    return min(max(asked or 0.0, AGAIN_AFTER), LONGEST_WAIT)
