"""What a neighbour can do wrong, and the queue in which its faults wait, one for each request."""

import threading
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

_OK = range(200, 300)


@dataclass(frozen=True, slots=True)
class Says:
    """Answers so and does nothing. Without a body it is the neighbour's own error body, or a proxy's page (`html`)."""

    status: int
    body: bytes | None = None
    html: bool = False
    retry_after: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reset:
    """Does nothing and resets the connection."""


@dataclass(frozen=True, slots=True)
class Hang:
    """Does nothing, says nothing for the seconds, then closes."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Slow:
    """Does it at once and answers after the seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Drip:
    """Does it; the answer comes a byte at a time."""

    seconds_per_byte: float = 1.0


@dataclass(frozen=True, slots=True)
class LostAnswer:
    """Does it, then resets the connection instead of answering."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Does nothing and sends the caller to another address (302)."""

    url: str


type Fault = Says | Reset | Hang | Slow | Drip | LostAnswer | Elsewhere


class Faults:
    """A queue of faults; empty, the neighbour behaves."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queue: deque[Fault | None] = deque()
        self._always: Fault | None = None

    def will_answer(self, *answers: int | Fault) -> None:
        """Queue what the next requests meet; a 2xx stands for the true answer."""
        with self._lock:
            self._queue.extend(map(_fault, answers))

    def will_always_answer(self, answer: int | Fault) -> None:
        """Let every request meet this once the queue is empty."""
        with self._lock:
            self._always = _fault(answer)

    def behaves(self) -> None:
        """Forget all faults."""
        with self._lock:
            self._queue.clear()
            self._always = None

    def take(self) -> Fault | None:
        with self._lock:
            return self._queue.popleft() if self._queue else self._always


def read(answers: Iterable[Any]) -> list[int | Fault]:
    """Read faults as they stand in JSON: 503, {"says": 429, "retryAfter": "1"}, {"hang": 5}, "reset".

    Raises ValueError on anything else.
    """
    return [_read(answer) for answer in answers]


def _read(answer: Any) -> int | Fault:
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
        case {"elsewhere": str(url)}:
            return Elsewhere(url)
        case _:
            pass
    raise ValueError(f"{answer!r} is no fault")


def _fault(answer: int | Fault) -> Fault | None:
    if not isinstance(answer, int):
        return answer
    return None if answer in _OK else Says(answer)
