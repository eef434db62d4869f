"""Read what a page asks for; whatever cannot be read is refused with a reason in words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from local.demo.phrases import shortened
from local.microsoft.exchange.call_script import Identity, IncomingCall

_NUMBER = re.compile(r"\+[1-9][0-9]{4,14}")
_LONGEST_ID = 200
_WITHHELD_LABEL = "Somebody who withholds the number"
_YEARS = range(2000, 2100)
COLLEAGUE = Identity("user", "8d1e6ab6-26c5-4e22-a1bc-06ea7343958e", "Cy Holt")
STRANGER = Identity("phone", "+436601112233")


class Unclear(ValueError):
    """What was asked cannot be done; the text says why."""


WITHHELD = Identity("phone", "anonymous")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and through whose forwarding; `label` is how the page names them."""

    identity: Identity
    label: str
    forwarded_by: Identity | None = None


def caller_elsewhere(script: IncomingCall) -> Caller:
    """Give who calls where no page has placed the call."""
    who = script.caller
    if who == WITHHELD:
        return Caller(who, _WITHHELD_LABEL)
    return Caller(who, who.display_name or (who.id if who.kind == "phone" else f"{who.kind} {shortened(who.id)}"))


def caller(asked: Any, names: Mapping[str, str]) -> Caller:
    """Read {"kind": "number" | "colleague" | "anonymous" | "forwarded", "number", "by"}."""
    match asked:
        case {"kind": "number", "number": str(number)}:
            plain = re.sub(r"[\s()/-]", "", number)
            if not _NUMBER.fullmatch(plain):
                raise Unclear("A number begins with + and the country code, and has 5 to 15 digits.")
            return Caller(Identity("phone", plain), plain)
        case {"kind": "colleague"}:
            return Caller(COLLEAGUE, f"{COLLEAGUE.display_name}, a colleague,")
        case {"kind": "anonymous"}:
            return Caller(WITHHELD, _WITHHELD_LABEL)
        case {"kind": "forwarded", "by": str(by)}:
            who = Identity("phone" if by.startswith("+") else "user", text(by, "by"), names.get(by))
            label = f"{STRANGER.id}, who called {names.get(by) or by} and was forwarded,"
            return Caller(STRANGER, label, who)
        case _:
            raise Unclear("Say who calls: a number, a colleague, somebody anonymous, or somebody who is forwarded.")


def text(asked: Any, name: str) -> str:
    if isinstance(asked, str) and 0 < len(asked) <= _LONGEST_ID and asked.isprintable():
        return asked
    raise Unclear(f"{name} is missing, or is not a text.")


def flag(asked: Any, name: str) -> bool:
    if isinstance(asked, bool):
        return asked
    raise Unclear(f"{name} is true or false.")


def moment(asked: Any, zone: ZoneInfo) -> datetime:
    """Read a local time such as 2026-12-24T20:00; one that the clocks skip or repeat counts as the first."""
    try:
        told = datetime.fromisoformat(text(asked, "The time"))
    except ValueError as error:
        raise Unclear("A time looks like 2026-12-24T20:00.") from error
    if told.year not in _YEARS:
        raise Unclear("The clock knows the years 2000 to 2099.")
    return (told if told.tzinfo else told.replace(tzinfo=zone)).astimezone(UTC)
