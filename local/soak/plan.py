"""Draw what happens: who calls, what the phones do, and what the neighbours do wrong meanwhile."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from local.loopback.faults import Cut, DoneBut, Fault, Hang, LostAnswer, Reset, Says, Slow
from local.microsoft.exchange.call_script import (
    Busy,
    Declines,
    Delivery,
    Identity,
    IncomingCall,
    Kind,
    Phone,
    PicksUp,
    Silent,
    Terminated,
)
from local.microsoft.identity.token_forms import TokenForm
from local.microsoft.simulator import Microsoft

FRAUD = "+882"  # whoever calls from there is rejected
_GRAPH: tuple[int | Fault, ...] = (
    *(500, 502, 503, 504),
    Says(429, retry_after="1"),
    Says(200, html=True),
    Reset(),
    LostAnswer(),
    Slow(0.5),
    Hang(5),
)
_ENTRA: tuple[int | Fault, ...] = (500, 503, Says(429), Reset(), LostAnswer(), Says(200, html=True))
_TABLES: tuple[tuple[Fault, int], ...] = (  # and how many requests meet it
    (Says(503), 30),
    (Says(500), 30),
    (Says(403), 30),
    (Says(429), 30),
    (Reset(), 20),
    (Cut(), 10),
    (LostAnswer(), 10),
    (DoneBut(504), 10),
    (Slow(0.5), 20),
    (Hang(5), 5),
)
_PHONES: tuple[Phone, ...] = (PicksUp(1), PicksUp(5), Declines(1), Busy(), Silent())
_TOLD: tuple[Terminated, ...] = ("full", "sparse", "plain")
_FAULT_IN_GRAPH, _FAULT_IN_TABLES = 0.03, 0.01
_REVOKED, _ROTATED, _KEYS_AWAY, _FORGED = 0.001, 0.0005, 0.001, 0.02
_OFTEN, _SELDOM, _FRAUDULENT = 0.05, 0.01, 0.02


class KeyEvent(Enum):
    """What becomes of a publisher's signing keys."""

    AWAY = auto()
    ROTATED = auto()


@dataclass(frozen=True, slots=True)
class Turn:
    """One call, what goes wrong as it rings, and the form of the token that a stranger forges meanwhile, if one does.

    `keys` is what becomes of those that sign the form beside it.
    """

    call: IncomingCall
    spoil: tuple[Callable[[Microsoft], None], ...]
    tables: tuple[Fault, int] | None
    keys: tuple[KeyEvent, TokenForm] | None
    forged: TokenForm | None


def turn(dice: random.Random, forms: Sequence[TokenForm]) -> Turn:
    """Draw the next turn, with notifications in these forms."""
    return Turn(
        call=_call(dice, forms),
        spoil=_spoilt(dice),
        tables=dice.choice(_TABLES) if dice.random() < _FAULT_IN_TABLES else None,
        keys=_keys(dice, forms),
        forged=dice.choice(forms) if dice.random() < _FORGED else None,
    )


def _call(dice: random.Random, forms: Sequence[TokenForm]) -> IncomingCall:
    ends_first = dice.random() < _SELDOM
    often = dice.random() < _OFTEN
    return IncomingCall(
        caller=_caller(dice),
        everyone=dice.choice(_PHONES),
        hangs_up_after=0.0 if ends_first else None,
        terminated=dice.choice(_TOLD),
        form=dice.choice((*forms, None)),  # None: its tenant is switched in the middle of it
        delivery=Delivery(
            incoming=dice.randint(2, 5) if often else 1,
            terminated=dice.randint(2, 3) if dice.random() < _OFTEN else 1,
            terminated_first=ends_first,
        ),
    )


def _caller(dice: random.Random) -> Identity:
    kind: Kind = dice.choice(("user", "phone"))
    beginning = FRAUD if dice.random() < _FRAUDULENT else "+43664"
    number = f"{beginning}{dice.randrange(10**7):07}"
    return Identity("phone", number) if kind == "phone" else Identity("user", "8d1e6ab6-26c5-4e22-a1bc-06ea7343958e")


def _spoilt(dice: random.Random) -> tuple[Callable[[Microsoft], None], ...]:
    spoil: list[Callable[[Microsoft], None]] = []
    if dice.random() < _FAULT_IN_GRAPH:
        fault = dice.choice(_GRAPH)
        spoil.append(lambda microsoft: microsoft.graph.will_answer(fault))
    if dice.random() < _REVOKED:
        fault = dice.choice(_ENTRA)
        spoil.append(lambda microsoft: microsoft.token.will_answer(fault))
        spoil.append(lambda microsoft: microsoft.entra.revoke())
    return tuple(spoil)


def _keys(dice: random.Random, forms: Sequence[TokenForm]) -> tuple[KeyEvent, TokenForm] | None:
    if dice.random() < _KEYS_AWAY:
        return KeyEvent.AWAY, dice.choice(forms)
    return (KeyEvent.ROTATED, dice.choice(forms)) if dice.random() < _ROTATED else None
