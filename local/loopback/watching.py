"""Let somebody see what passes a server: each request as it comes, and how it was answered."""

import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Protocol

from local.loopback.faults import Cut, DoneBut, Elsewhere, Fault, Flood, Hang, LostAnswer, Reset, Says, play
from local.loopback.messages import Request, Response
from local.loopback.server import Connection


class Watcher(Protocol):
    def asked(self, request: Request) -> object:
        """Hear of a request before it is answered."""

    def answered(self, request: Request, status: int | None, at: float) -> object:
        """Hear of its answer once that has gone out, None where none did; `at` is time.monotonic() of the answer."""


def watched(
    watcher: Watcher | None,
    fault: Fault | None,
    connection: Connection,
    done: Callable[[], Response],
    refusal: Callable[[int], Any],
) -> None:
    """Play the fault, and let the watcher see it where there is one."""
    if watcher is None:
        play(fault, connection, done, refusal)
        return
    status: int | None = None
    done_at = 0.0
    is_out = False

    def noted() -> Response:
        nonlocal status, done_at
        response = done()
        status, done_at = response.status, time.monotonic()
        return response

    watcher.asked(connection.request)
    try:
        play(fault, connection, noted, refusal)
        is_out = True
    finally:
        # Whoever asked may go on before this thread does: an answer counts from before it is sent.
        at = done_at if fault is None and is_out else time.monotonic()
        watcher.answered(connection.request, _status_by(fault, status) if is_out else None, at)


def _status_by(fault: Fault | None, status: int | None) -> int | None:
    match fault:
        case Says(status=said) | DoneBut(status=said):
            return said
        case Elsewhere():
            return HTTPStatus.FOUND
        case Flood():
            return HTTPStatus.OK
        case Reset() | Hang() | LostAnswer() | Cut():
            return None
        case _:
            return status
