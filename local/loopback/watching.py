"""Let somebody see what passes a server: each request as it comes, and how it was answered."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Protocol

from local.loopback.faults import Cut, DoneBut, Elsewhere, Fault, Flood, Hang, LostAnswer, Reset, Says, play
from local.loopback.messages import Request, Response
from local.loopback.server import Connection


class Watcher(Protocol):
    def asked(self, request: Request) -> object:
        """Hear of a request before it is answered."""

    def answered(self, request: Request, status: int | None) -> object:
        """Hear of its answer once that has gone out; None where none did."""


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
    is_out = False

    def noted() -> Response:
        nonlocal status
        response = done()
        status = response.status
        return response

    watcher.asked(connection.request)
    try:
        play(fault, connection, noted, refusal)
        is_out = True
    finally:
        watcher.answered(connection.request, _status_by(fault, status) if is_out else None)


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
