"""Stand between the app and its table server, and spoil what passes."""

import contextlib
import http.client
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

from local.loopback.faults import Fault
from local.loopback.messages import Request, Response
from local.loopback.server import Connection, LoopbackServer
from local.loopback.watching import Watcher, watched

_UPSTREAM_SECONDS = 30
_KEPT = 10_000  # requests remembered; a proxy that stands for days stays small
_CONNECTIONS_OWN = {"connection", "content-length", "host", "keep-alive", "transfer-encoding"}


@dataclass(frozen=True, slots=True)
class Passed:
    """A request that came, and the fault it met."""

    method: str
    path: str
    fault: Fault | None


@dataclass(slots=True)
class _Rule:
    fault: Fault
    method: str | None
    table: str
    left: int | None


class FaultProxy:
    """Listens on loopback from construction until the block ends, and passes all on while nobody spoils it."""

    def __init__(self, upstream: int, port: int = 0) -> None:
        self._upstream = upstream
        self._lock = threading.Lock()
        self._rules: list[_Rule] = []
        self._seen: deque[Passed] = deque(maxlen=_KEPT)
        self.watcher: Watcher | None = None
        self._server: LoopbackServer | None = LoopbackServer(port).start(self._pass)
        self.port = self._server.port

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.refuses()

    @property
    def seen(self) -> list[Passed]:
        with self._lock:
            return list(self._seen)

    def spoils(self, fault: Fault, *, method: str | None = None, table: str = "", times: int | None = None) -> None:
        """Let requests meet this: all of them, or so many, or those of one method, or of one table."""
        with self._lock:
            self._rules.append(_Rule(fault, method, table, times))

    def behaves(self) -> None:
        """Forget all faults, and listen again where nobody did."""
        with self._lock:
            self._rules.clear()
            if self._server is None:
                self._server = LoopbackServer(self.port).start(self._pass)

    def refuses(self) -> None:
        """Stop listening and hang up on everybody: connections are refused until it behaves again."""
        with self._lock:
            server, self._server = self._server, None
        if server:
            server.stop()

    def through(self, connection_string: str) -> str:
        """Give the connection string that leads through this proxy instead of straight to its server."""
        return connection_string.replace(f"127.0.0.1:{self._upstream}/", f"127.0.0.1:{self.port}/")

    def _pass(self, connection: Connection) -> None:
        request = connection.request
        watched(self.watcher, self._fault_for(request), connection, partial(self._ask, request), _refusal)

    def _fault_for(self, request: Request) -> Fault | None:
        method, path = request.method, request.target
        with self._lock:
            rule = next((rule for rule in self._rules if _concerns(rule, method, path)), None)
            if rule and rule.left is not None:
                rule.left -= 1
            self._seen.append(Passed(method, path, rule.fault if rule else None))
            return rule.fault if rule else None

    def _ask(self, request: Request) -> Response:
        """Ask the table server itself."""
        upstream = http.client.HTTPConnection("127.0.0.1", self._upstream, timeout=_UPSTREAM_SECONDS)
        with contextlib.closing(upstream):
            upstream.request(request.method, request.target, request.body, _passed_on(request.headers))
            answer = upstream.getresponse()
            return Response(answer.status, answer.read(), _passed_on(answer.headers))


def _concerns(rule: _Rule, method: str, path: str) -> bool:
    return rule.left != 0 and rule.method in {None, method} and rule.table in path


def _passed_on(headers: Any) -> Mapping[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in _CONNECTIONS_OWN}


def _refusal(_: int) -> object:
    return {"odata.error": {"code": "MadeToFail", "message": {"lang": "en-US", "value": "made to fail"}}}
