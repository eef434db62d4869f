"""What a server can do wrong, the queue in which its faults wait, one for each request, and how each is played."""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, assert_never

from local.loopback.messages import Response
from local.loopback.server import Connection

_OK = range(200, 300)
_PAGE = (
    b"<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Our services aren't available</h1></body></html>"
)


@dataclass(frozen=True, slots=True)
class Says:
    """Answers so and does nothing. Without a body it is the server's own error body, or a proxy's page (`html`)."""

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
class Cut:
    """Does it, and ends the connection in the middle of the answer."""


@dataclass(frozen=True, slots=True)
class DoneBut:
    """Does it, and answers as a gateway does that gave up waiting."""

    status: int = HTTPStatus.GATEWAY_TIMEOUT


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Does nothing and sends the caller to another address (302)."""

    url: str


@dataclass(frozen=True, slots=True)
class Flood:
    """Does nothing, and answers 200 with that much that is no JSON."""

    megabytes: int = 50


type Fault = Flood | Says | Reset | Hang | Slow | Drip | LostAnswer | Cut | DoneBut | Elsewhere


class Faults:
    """A queue of faults; empty, the server behaves."""

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


def play(  # noqa: C901 - a table
    fault: Fault | None, connection: Connection, done: Callable[[], Response], refusal: Callable[[int], Any]
) -> None:
    """Answer by the fault: `done` does what was asked and gives the true answer, `refusal` the body of an error."""
    match fault:
        case None:
            connection.respond(done())
        case Says():
            connection.respond(_said(fault, refusal))
        case Flood(megabytes):
            _flood(connection, megabytes)
        case Elsewhere(url):
            connection.respond(Response(HTTPStatus.FOUND, headers={"Location": url}))
        case Reset():
            connection.reset()
        case LostAnswer():
            done()
            connection.reset()
        case Hang(seconds):
            connection.hang(seconds)
        case Slow(seconds):
            response = done()
            connection.pause(seconds)
            connection.respond(response)
        case Drip(seconds):
            connection.trickle(done().wire(), seconds)
        case Cut():
            whole = done().wire()
            connection.send(whole[: len(whole) // 2])
            connection.reset()
        case DoneBut(status):
            done()
            connection.respond(Response(status, refusal(status)))
        case never:
            assert_never(never)


def _said(fault: Says, refusal: Callable[[int], Any]) -> Response:
    headers = dict(fault.headers)
    if fault.retry_after is not None:
        headers["Retry-After"] = fault.retry_after
    if fault.html:
        return Response(fault.status, _PAGE, {"Content-Type": "text/html; charset=utf-8", **headers})
    if fault.body is None:
        return Response(fault.status, refusal(fault.status), headers)
    return Response(fault.status, fault.body, {"Content-Type": "application/json; charset=utf-8", **headers})


def _flood(connection: Connection, megabytes: int) -> None:
    part = b"x" * 1_000_000
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {megabytes * len(part)}\r\n\r\n"
    connection.send(head.encode())
    for _ in range(megabytes):
        connection.send(part)


def _fault(answer: int | Fault) -> Fault | None:
    if not isinstance(answer, int):
        return answer
    return None if answer in _OK else Says(answer)
