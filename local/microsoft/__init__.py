"""The simulated Microsoft: Entra, OpenID metadata, Graph's redirect and reject, and a telephone exchange.

Here is what tests and the demo use; `python -m local.microsoft` serves it alone.
"""

from local.microsoft.call import Call, Event
from local.microsoft.faults import Drip, Elsewhere, Hang, LostAnswer, Reset, Says, Slow
from local.microsoft.neighbour import Neighbour, Request
from local.microsoft.script import (
    BOT,
    TENANT,
    Busy,
    Declines,
    Delivery,
    Identity,
    IncomingCall,
    PicksUp,
    ResultInfo,
    Silent,
)
from local.microsoft.simulator import Microsoft

__all__ = [
    "BOT",
    "TENANT",
    "Busy",
    "Call",
    "Declines",
    "Delivery",
    "Drip",
    "Elsewhere",
    "Event",
    "Hang",
    "Identity",
    "IncomingCall",
    "LostAnswer",
    "Microsoft",
    "Neighbour",
    "PicksUp",
    "Request",
    "Reset",
    "ResultInfo",
    "Says",
    "Silent",
    "Slow",
]
