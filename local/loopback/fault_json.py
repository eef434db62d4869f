"""Read faults from JSON, as a person writes them for curl."""

from collections.abc import Iterable
from typing import Any

from local.loopback.faults import Drip, Elsewhere, Fault, Flood, Hang, LostAnswer, Reset, Says, Slow


def read(answers: Iterable[Any]) -> list[int | Fault]:
    """Read faults as they stand in JSON: 503, {"says": 429, "retryAfter": "1"}, {"hang": 5}, "reset".

    Raises ValueError on anything else.
    """
    return [_read(answer) for answer in answers]


def _read(answer: Any) -> int | Fault:  # noqa: C901 - a table
    match answer:
        case bool():
            pass
        case int():
            return answer
        case "reset":
            return Reset()
        case "lostAnswer":
            return LostAnswer()
        case {"says": int(status)}:
            retry_after = answer.get("retryAfter")
            body = answer.get("body")
            return Says(
                status,
                body=None if body is None else str(body).encode(),
                html=answer.get("html") is True,
                retry_after=None if retry_after is None else str(retry_after),
            )
        case {"hang": int() | float() as seconds}:
            return Hang(seconds)
        case {"slow": int() | float() as seconds}:
            return Slow(seconds)
        case {"drip": int() | float() as seconds}:
            return Drip(seconds)
        case {"flood": int(megabytes)}:
            return Flood(megabytes)
        case {"elsewhere": str(url)}:
            return Elsewhere(url)
        case _:
            pass
    raise ValueError(f"{answer!r} is no fault")
