"""Read a call to place from JSON, as a person writes it for curl."""

from typing import TYPE_CHECKING, Any

from local.microsoft.exchange.call_script import (
    Busy,
    Declines,
    Delivery,
    Identity,
    IncomingCall,
    Phone,
    PicksUp,
    ResultInfo,
    Silent,
)
from local.microsoft.identity.token_forms import TokenForm

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_COPIES = 100
_KINDS = ("user", "application", "applicationInstance", "phone", "guest", "encrypted")


def read_call(asked: dict[str, Any], bot: str, tenant: str) -> IncomingCall:
    """Read the fields of IncomingCall, in camel case, over those of an `example`. Raises ValueError and TypeError."""
    example = asked.pop("example", 1)
    # The simulator may stand for another bot than the page's; the page's examples 1 and 2 call the bot itself.
    changes: dict[str, Any] = {"tenant": tenant} | ({"called": Identity("application", bot)} if example != 3 else {})  # noqa: PLR2004 - the page's number
    readers: dict[str, tuple[str, Callable[[Any], Any]]] = {
        "caller": ("caller", _identity),
        "called": ("called", _identity),
        "forwardedBy": ("forwarded_by", _identity),
        "tenant": ("tenant", str),
        "phones": ("phones", _phones),
        "everyone": ("everyone", _phone),
        "hangsUpAfter": ("hangs_up_after", float),
        "result": ("result", _result),
        "terminated": ("terminated", _terminated),
        "form": ("form", TokenForm),
        "delivery": ("delivery", _delivery),
        "callId": ("call_id", str),
    }
    for name, value in asked.items():
        if name not in readers:
            raise ValueError(f"{name}: not one of example, wait, {', '.join(readers)}")
        field, read = readers[name]
        changes[field] = read(value)
    return IncomingCall.example(example, **changes)


def _identity(asked: Any) -> Identity:
    """Read "+44…", a user's id, or {"kind", "id"}."""
    match asked:
        case str():
            return Identity("phone" if asked.startswith("+") else "user", asked)
        case {"kind": kind, "id": str(who)} if kind in _KINDS:
            return Identity(kind, who, asked.get("displayName"), asked.get("tenantId"))
        case _:
            raise ValueError(f"{asked!r} is neither a number, an id nor an object of kind and id")


def _phones(asked: Any) -> dict[str, Phone]:
    if not isinstance(asked, dict):
        raise TypeError("phones: must be an object of target id and what that phone does")
    return {who: _phone(phone) for who, phone in asked.items()}


def _phone(asked: Any) -> Phone:
    match asked:
        case {"picksUp": int() | float() as after}:
            return PicksUp(after)
        case {"declines": int() | float() as after}:
            return Declines(after)
        case "busy":
            return Busy()
        case "silent":
            return Silent()
        case _:
            raise ValueError(f'{asked!r} is not {{"picksUp": s}}, {{"declines": s}}, "busy" or "silent"')


def _result(asked: Any) -> ResultInfo:
    match asked:
        case {"code": int(code), "subcode": int(subcode)}:
            return ResultInfo(code, subcode, str(asked.get("message", "")))
        case _:
            raise ValueError("result: must be an object of code, subcode and message")


def _delivery(asked: Any) -> Delivery:
    if isinstance(asked, dict) and asked.keys() <= {"incoming", "terminated", "terminatedFirst"}:
        incoming, terminated = asked.get("incoming", 1), asked.get("terminated", 1)
        if all(type(count) is int and 0 <= count <= _MOST_COPIES for count in (incoming, terminated)):
            return Delivery(incoming, terminated, asked.get("terminatedFirst") is True)
    raise ValueError(f"delivery: incoming and terminated are 0 to {_MOST_COPIES} times, terminatedFirst is true or not")


def _terminated(asked: Any) -> str:
    if asked in ("full", "plain", "sparse"):
        return str(asked)
    raise ValueError("terminated: must be full, plain or sparse")
