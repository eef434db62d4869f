"""Who and what of a call, in the words of a person at a terminal: values in, text out."""

from collections.abc import Mapping
from typing import Any

from local.demo.examples import LINES

type Row = Mapping[str, Any]

_GUID_LENGTH = 36
_ENDINGS = {
    "answered": "answered",
    "noAnswer": "nobody picked up in time",
    "declined": "declined",
    "busy": "busy",
    "hungUp": "the caller hung up",
    "rejected": "the caller was turned away",
    "windowClosed": "15 s have passed without an answer from the bot",
    "stopped": "the exchange was stopped",
}


def caller(record: Row) -> str:
    if not record:
        return "somebody"
    who = record.get("Caller")
    return f"{record.get('CallerKind', 'caller')} {shortened(who)}" if who else "an anonymous caller"


def called(facts: Mapping[str, Any], record: Row) -> str:
    line = next((line for line in LINES.values() if line.id == facts["called"]), None)
    return line.name if line else str(record.get("CalledName") or f"line {shortened(facts['called'])}")


def target(who: str, targets: Mapping[str, Row]) -> str:
    """Name a target with its kind and its id."""
    name = targets.get(who, {}).get("Name")
    return f"{name} ({_kind(who, targets)})" if name else _kind(who, targets)


def target_name(who: str, targets: Mapping[str, Row]) -> str:
    return str(targets.get(who, {}).get("Name") or _kind(who, targets))


def ending(facts: Mapping[str, Any]) -> str:
    return _ENDINGS.get(facts["how"], str(facts["how"]))


def shortened(text: str) -> str:
    """Cut ids, wherever they stand in a text, to what tells them apart."""
    return " ".join("/".join(_cut(part) for part in word.split("/")) for word in text.split(" "))


def _kind(who: str, targets: Mapping[str, Row]) -> str:
    kind = targets.get(who, {}).get("Kind") or ("phone" if who.startswith("+") else "user")
    return f"{kind} {shortened(who)}"


def _cut(part: str) -> str:
    bare = part.rstrip(":,")
    return f"{bare[:8]}…{part[len(bare) :]}" if len(bare) >= _GUID_LENGTH else part
