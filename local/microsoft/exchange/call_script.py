"""What is to happen to a call: who calls whom, what the phones do, how its notifications travel."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from local.microsoft.identity.token_forms import TokenForm

# The ids of https://learn.microsoft.com/graph/api/call-redirect
BOT = "24701998-1a73-4d42-8085-bf46ed0ae039"
TENANT = "632899f8-2ea1-4604-8413-27bd2892079f"

type Kind = Literal["user", "application", "applicationInstance", "phone", "guest", "encrypted"]
type Terminated = Literal["full", "plain", "sparse"]


@dataclass(frozen=True, slots=True)
class Identity:
    kind: Kind
    id: str
    display_name: str | None = None
    tenant: str | None = None


@dataclass(frozen=True, slots=True)
class PicksUp:
    after: float = 3.0


@dataclass(frozen=True, slots=True)
class Declines:
    after: float = 1.0


@dataclass(frozen=True, slots=True)
class Busy:
    after: float = 0.0


@dataclass(frozen=True, slots=True)
class Silent:
    """Rings until the time-out."""


type Phone = PicksUp | Declines | Busy | Silent


@dataclass(frozen=True, slots=True)
class ResultInfo:
    code: int
    subcode: int
    message: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """How often each notification is sent: 0 loses it, 3 sends it three times at once.

    With `terminated_first` the caller hangs up at once, and the end is told before the beginning.
    """

    incoming: int = 1
    terminated: int = 1
    terminated_first: bool = False


@dataclass(frozen=True, slots=True)
class IncomingCall:
    """A call to place. Phones' seconds pass at the exchange's speed; those of `hangs_up_after` are real."""

    caller: Identity = Identity("user", "8d1e6ab6-26c5-4e22-a1bc-06ea7343958e")
    called: Identity = Identity("application", BOT, "test bot")
    forwarded_by: Identity | None = None  # whose own forwarding brought the call to the line
    tenant: str = TENANT
    phones: Mapping[str, Phone] = field(default_factory=dict)
    everyone: Phone = PicksUp()
    hangs_up_after: float | None = None
    result: ResultInfo | None = None  # told instead of what the exchange would tell
    # full: all there is. plain: as in the page's first two examples, without resultInfo and answeredBy.
    # sparse: as on the wire, only state, resultInfo and callChainId.
    terminated: Terminated = "full"
    form: TokenForm | None = None  # in which all its notifications are signed; without, as the exchange signs
    delivery: Delivery = Delivery()
    call_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @classmethod
    def example(cls, number: int, **changes: Any) -> Self:
        """Place the call of one of the API page's three examples, under an id of its own."""
        match number:
            case 1:
                return cls(**changes)
            case 2:
                caller = Identity("user", "ec040873-8235-45fd-a403-c7259a5a548e")
                return cls(**{"caller": caller, **changes})
            case 3:
                caller = Identity("user", "8d1e6ab6-26c5-4e22-a1bc-06ea7343958e", tenant=TENANT)
                instance = "7629bdce-046c-4903-86b4-a8f718277e1a"
                called = Identity("applicationInstance", instance, "PstnAppInstance", TENANT)
                return cls(**{"caller": caller, "called": called, **changes})
            case _:
                raise ValueError(f"the API page has examples 1 to 3, not {number}")
