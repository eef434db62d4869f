"""What Microsoft tells us of calls: a call rings, moves on, ends, or something that is not for us."""

from dataclasses import field
from enum import StrEnum

from shared.core.ids import CallId, TenantId
from shared.core.light_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    """Who took part, as Graph's identitySet names it: unknown kinds are kept, `phone` ids are E.164 where readable.

    `also` are the ids of the set's other members: the same person.
    """

    kind: str
    id: str
    name: str = field(default="", repr=False)
    also: frozenset[str] = frozenset()

    @property
    def ids(self) -> frozenset[str]:
        return self.also | {self.id}


@dataclass(frozen=True, slots=True)
class RingingCall:
    """A call that waits for us: https://learn.microsoft.com/graph/api/resources/call.

    `caller` is absent where Graph does not say, or the number is withheld; kind `encrypted` where consent is missing.
    `called` is the resource account or bot that was called, not the digits that were dialled.
    `forwarded_by` are the users whose own forwarding brought the call here, `transferred_by` whoever transferred it.
    `graph_id` is the id as it came, where its letter case is another: whether Graph folds it is not known.
    `other_tenant` is the tenant that the call itself names, where that is not `tenant`, the token's.
    """

    id: CallId
    tenant: TenantId
    caller: Identity | None = None
    called: Identity | None = None
    chain_id: str = ""
    forwarded_by: frozenset[str] = frozenset()
    transferred_by: frozenset[str] = frozenset()
    graph_id: str = ""
    other_tenant: TenantId | None = None


@dataclass(frozen=True, slots=True)
class CallEnded:
    """A call is over; everything but that may be missing, the id too (the callbackUri knows it)."""

    id: CallId | None
    answered_by: Identity | None = None
    code: int | None = None
    subcode: int | None = None
    message: str = field(default="", repr=False)
    chain_id: str = ""
    other_tenant: TenantId | None = None


@dataclass(frozen=True, slots=True)
class CallRedirecting:
    """Microsoft is ringing the targets."""

    id: CallId | None


class IgnoreReason(StrEnum):
    """Why a notification is none of our business."""

    RECORDING = "compliance_recording"
    ROSTER = "roster"
    OPERATION = "operation"
    OTHER_STATE = "other_state"
    OUTGOING = "outgoing_call"
    NOT_A_CALL = "not_a_call"


@dataclass(frozen=True, slots=True)
class Ignored:
    id: CallId | None
    why: IgnoreReason


@dataclass(frozen=True, slots=True)
class UnreadableEntry:
    """One entry of a batch that cannot be read; the others still count."""

    problem: str


type Notification = RingingCall | CallEnded | CallRedirecting | Ignored | UnreadableEntry


@dataclass(frozen=True, slots=True)
class Batch:
    """The entries of one POST, in their order."""

    entries: tuple[Notification, ...]


@dataclass(frozen=True, slots=True)
class LegacyBody:
    """The older Skype format; answered 204, it comes again in Graph's form."""


@dataclass(frozen=True, slots=True)
class EmptyBody:
    """A genuine POST without a body; it has been seen (msteams-docs issue 14127)."""


type Delivery = Batch | LegacyBody | EmptyBody
