"""One neighbour of the app: what it answers, what it has seen, and how it misbehaves."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from local.loopback.faults import Fault, Faults
from local.loopback.messages import Request, Response
from local.loopback.server import Connection, Handler
from local.loopback.watching import Watcher, watched

_KEPT = 10_000  # requests remembered; a process that runs for days stays small


class Neighbour:
    """A name, its true answer, and the body of its errors."""

    def __init__(
        self,
        name: str,
        answer: Callable[[Request], Response],
        refusal: Callable[[int], Any] = lambda status: {"error": {"code": str(status), "message": "made to fail"}},
    ) -> None:
        self.name = name
        self._answer = answer
        self._refusal = refusal
        self._faults = Faults()
        self._seen: deque[Request] = deque(maxlen=_KEPT)
        self._lock = threading.Lock()
        self.will_answer = self._faults.will_answer
        self.will_always_answer = self._faults.will_always_answer
        self.behaves = self._faults.behaves
        self.watcher: Watcher | None = None
        # Chooses the fault that a request meets, by what it asks; the queue's own where it has none.
        self.fault_of: Callable[[Request], Fault | None] = lambda _: None

    @property
    def seen(self) -> list[Request]:
        with self._lock:
            return list(self._seen)

    def serve(self, connection: Connection) -> None:
        """Remember the request, and answer it by the fault that it meets."""
        request = connection.request
        with self._lock:
            self._seen.append(request)
        fault = self.fault_of(request) or self._faults.take()
        watched(self.watcher, fault, connection, lambda: self._answer(request), self._refusal)


def at_path(route: Callable[[str], Neighbour | None]) -> Handler:
    """Let the neighbour answer that lives at a path; 404 where none does."""

    def answer(connection: Connection) -> None:
        neighbour = route(connection.request.path)
        if neighbour:
            neighbour.serve(connection)
        else:
            connection.respond(Response(404, {"error": {"code": "NotFound", "message": "nothing lives here"}}))

    return answer
