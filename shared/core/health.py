"""How the parts of the app are, and what a person can do about it."""

from enum import Enum, StrEnum

from shared.core.light_dataclass import dataclass


class Health(StrEnum):
    """How a part of the app is."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


class TableAccess(Enum):
    """What a table lets the app do."""

    GRANTED = "granted"
    NO_TABLE = "no table"
    DENIED = "denied"


class GraphUnreachable(Exception):
    """Nobody answers there; the text says how it went."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one part, and what a person can do about it."""

    part: str
    health: Health
    said: str
    remedy: str = ""
