"""Servers on loopback that count, answer, trickle and hang."""

import ssl
from collections.abc import Callable
from typing import Any

from local.loopback.messages import Response
from local.loopback.server import Connection, LoopbackServer

type Handler = Callable[[Exchange], None]


class Exchange(Connection):
    """One request and the means to answer it well or badly, in the short form that a test wants."""

    @property
    def path(self) -> str:
        return self.request.target

    @property
    def client_port(self) -> int:
        """Tell one connection from another."""
        port: int = self._socket.getpeername()[1]
        return port

    @property
    def body(self) -> bytes:
        return self.request.body

    @property
    def head(self) -> bytes:
        lines = (f"{name}: {value}" for name, value in self.request.headers.items())
        return "\r\n".join([f"{self.request.method} {self.path} HTTP/1.1", *lines, "", ""]).encode()

    def reply(self, status: int, content: bytes = b"", *headers: str) -> None:
        """Answer in one piece, with a length; each header is "Name: value"."""
        self.respond(Response(status, content, dict(header.split(": ", 1) for header in headers)))

    def reply_json(self, value: object) -> None:
        self.respond(Response(200, value))


class Loopback(LoopbackServer):
    """A server that counts what comes, and gives each request to `answer`."""

    connection_type = Exchange

    def __init__(self, answer: Handler, tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        super().__init__(port, tls)
        self.connections = 0
        self.requests: list[str] = []
        self._answer_of_test = answer
        self.start(self._counted)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections += 1
        super().process_request(request, client_address)

    def _counted(self, exchange: Any) -> None:
        self.requests.append(exchange.path)
        self._answer_of_test(exchange)


def serving(answer: Handler, tls: ssl.SSLContext | None = None, port: int = 0) -> Loopback:
    """Run a Loopback for the length of a `with` block."""
    return Loopback(answer, tls, port)


UNTRUSTED = "unable to get local issuer certificate"  # what OpenSSL says of `certified` without its authority
