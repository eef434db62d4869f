"""What can be decided about a ringing call, as values: printed, compared, tested, and acted on in one place."""

from collections.abc import Sequence
from enum import StrEnum
from itertools import accumulate

from shared.core.directory.model import Target
from shared.core.light_dataclass import dataclass


class RejectReason(StrEnum):
    """https://learn.microsoft.com/graph/api/call-reject."""

    BUSY = "busy"
    NONE = "none"
    FORBIDDEN = "forbidden"


class Why(StrEnum):
    """Why a call rings nobody."""

    BY_RULE = "by_rule"
    NO_TARGET = "no_target"
    CLOSED = "closed"  # outside the route's hours, and nobody rings then


class SkipReason(StrEnum):
    """Why a target of the list does not ring."""

    DISABLED = "disabled"
    ITSELF = "the bot itself"
    THIS_LINE = "the called line"
    ROUTED_HERE = "a line routed here"
    CALLING = "is calling"
    FORWARDED_HERE = "forwarded the call here"
    TRANSFERRED_HERE = "transferred the call here"
    OFF_DUTY = "not on duty"
    AWAY = "away"
    NOT_YET = "not yet"
    NO_LONGER = "no longer"
    OUTSIDE_HOURS = "outside its hours"
    NOT_PICKED = "not picked"
    BEYOND_25 = "beyond 25"
    LEFT_OUT = "left out after Graph refused the list"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A target that does not ring; `code` is Graph's own, where it was Graph that would not."""

    key: str
    why: SkipReason
    code: str = ""


def skipped_text(skipped: Sequence[Skipped], longest: int) -> str:
    """Write why each does not ring: whole entries in at most `longest` characters, then how many more there are."""
    entries = [f"{one.key}: {one.why}" + (f" ({one.code})" if one.code else "") for one in skipped]
    if len(text := ", ".join(entries)) <= longest:
        return text
    rest = f", and {len(entries)} more"
    ends = accumulate(len(entry) + len(", ") for entry in entries)
    count = sum(end - len(", ") <= longest - len(rest) for end in ends)
    return f"{', '.join(entries[:count])}, and {len(entries) - count} more"


@dataclass(frozen=True, slots=True)
class Redirect:
    """Ring these targets, 1 to 25; `next_decision` is what follows where Graph will not have them.

    `timeout` is in seconds, 15 to 90, or Graph's own where it is None.
    Without `forwarding` a target's own forwarding and voicemail stay out of it.
    """

    targets: tuple[Target, ...]
    list: str
    route: str
    next_decision: "Decision"
    timeout: int | None = None
    forwarding: bool = True
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True, slots=True)
class Reject:
    """Tell the caller at once that nobody will answer."""

    reason: RejectReason
    why: Why
    route: str
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True, slots=True)
class Leave:
    """Do nothing: the call rings out (UNROUTABLE=ring)."""

    why: Why
    route: str
    skipped: tuple[Skipped, ...] = ()


type Decision = Redirect | Reject | Leave
