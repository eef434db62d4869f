"""Stand between the app and its table server, and spoil what passes."""

import contextlib
import http.client
import json
import socket
import socketserver
import struct
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self, assert_never

from local.microsoft.faults import Hang, LostAnswer, Reset, Says, Slow

_UPSTREAM_SECONDS = 30
_CONNECTIONS_OWN = {"connection", "content-length", "host", "keep-alive", "transfer-encoding"}


@dataclass(frozen=True, slots=True)
class Cut:
    """Does it, and ends the connection in the middle of the answer."""


@dataclass(frozen=True, slots=True)
class DoneBut:
    """Does it, and answers as a gateway does that gave up waiting."""

    status: int = HTTPStatus.GATEWAY_TIMEOUT


type Trouble = Says | Reset | Hang | Slow | LostAnswer | Cut | DoneBut


@dataclass(frozen=True, slots=True)
class Passed:
    """A request that came, and the trouble it met."""

    method: str
    path: str
    trouble: Trouble | None


@dataclass(slots=True)
class _Rule:
    trouble: Trouble
    method: str | None
    table: str
    left: int | None


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


class FaultProxy:
    """Listens on loopback from construction until the block ends, and passes all on while nobody spoils it."""

    def __init__(self, upstream: int, port: int = 0) -> None:
        self._upstream = upstream
        self._lock = threading.Lock()
        self._rules: list[_Rule] = []
        self._seen: list[Passed] = []
        self._server: _Server | None = _Server(port, self)
        self.port = int(self._server.server_address[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.refuses()

    @property
    def seen(self) -> list[Passed]:
        with self._lock:
            return self._seen.copy()

    def spoils(self, trouble: Trouble, *, method: str | None = None, table: str = "", times: int | None = None) -> None:
        """Let requests meet this: all of them, or so many, or those of one method, or of one table."""
        with self._lock:
            self._rules.append(_Rule(trouble, method, table, times))

    def behaves(self) -> None:
        """Forget all troubles, and listen again where nobody did."""
        with self._lock:
            self._rules.clear()
            if self._server is None:
                self._server = _Server(self.port, self)

    def refuses(self) -> None:
        """Stop listening and hang up on everybody: connections are refused until it behaves again."""
        with self._lock:
            server, self._server = self._server, None
        if server:
            server.stop()

    def through(self, connection_string: str) -> str:
        """Give the connection string that leads through this proxy instead of straight to its server."""
        return connection_string.replace(f"127.0.0.1:{self._upstream}/", f"127.0.0.1:{self.port}/")

    def trouble(self, method: str, path: str) -> Trouble | None:
        """Take what the next request meets."""
        with self._lock:
            rule = next((rule for rule in self._rules if _concerns(rule, method, path)), None)
            if rule and rule.left is not None:
                rule.left -= 1
            self._seen.append(Passed(method, path, rule.trouble if rule else None))
            return rule.trouble if rule else None

    def ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> _Answer:
        """Ask the table server itself."""
        connection = http.client.HTTPConnection("127.0.0.1", self._upstream, timeout=_UPSTREAM_SECONDS)
        with contextlib.closing(connection):
            connection.request(method, path, body, _passed_on(headers))
            answer = connection.getresponse()
            return _Answer(answer.status, _passed_on(answer.headers), answer.read())


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512
    allow_reuse_port = False

    def __init__(self, port: int, proxy: FaultProxy) -> None:
        self.proxy = proxy
        self.stopping = threading.Event()
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Connection)
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def server_bind(self) -> None:
        socketserver.TCPServer.server_bind(self)  # HTTPServer's own looks a host name up

    def stop(self) -> None:
        self.stopping.set()
        self.shutdown()
        self.server_close()
        for connection in tuple(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._open.discard(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), OSError):  # who hung up, or was hung up on, is no mistake of ours
            super().handle_error(request, client_address)


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 120.0
    server: _Server

    def __getattr__(self, name: str) -> object:
        # The base class looks for do_<METHOD>; every method goes the same way.
        if name.startswith("do_"):
            return self._meet
        raise AttributeError(name)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass

    def _meet(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        trouble = self.server.proxy.trouble(self.command, self.path)
        match trouble:
            case Says(status):
                self._send(_error(status))
            case Reset():
                self._reset()
            case Hang(seconds):
                self.server.stopping.wait(seconds)
                self.close_connection = True
            case None | Slow() | LostAnswer() | Cut() | DoneBut():
                self._done(self.server.proxy.ask(self.command, self.path, dict(self.headers.items()), body), trouble)
            case never:
                assert_never(never)

    def _done(self, answer: _Answer, trouble: Slow | LostAnswer | Cut | DoneBut | None) -> None:
        match trouble:
            case None:
                self._send(answer)
            case Slow(seconds):
                self.server.stopping.wait(seconds)
                self._send(answer)
            case LostAnswer():
                self._reset()
            case Cut():
                whole = _wire(answer)
                self.wfile.write(whole[: len(whole) // 2])
                self._reset()
            case DoneBut(status):
                self._send(_error(status))
            case never:
                assert_never(never)

    def _send(self, answer: _Answer) -> None:
        self.wfile.write(_wire(answer))

    def _reset(self) -> None:
        # With no time to linger, close sends RST; detached, or the base class would say goodbye in order first.
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        socket.close(self.connection.detach())


def _concerns(rule: _Rule, method: str, path: str) -> bool:
    return rule.left != 0 and rule.method in {None, method} and rule.table in path


def _passed_on(headers: Any) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in _CONNECTIONS_OWN}


def _error(status: int) -> _Answer:
    said = {"odata.error": {"code": "MadeToFail", "message": {"lang": "en-US", "value": "made to fail"}}}
    return _Answer(status, {"Content-Type": "application/json;odata=minimalmetadata"}, json.dumps(said).encode())


def _wire(answer: _Answer) -> bytes:
    head = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
    length = "" if answer.status == HTTPStatus.NO_CONTENT else f"Content-Length: {len(answer.body)}\r\n"
    return f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}\r\n{head}{length}\r\n".encode() + answer.body
