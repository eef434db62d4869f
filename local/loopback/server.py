"""Serve HTTP/1.1 on loopback, a thread for each connection, down to the answers that need the raw socket."""

import contextlib
import os
import select
import socket
import socketserver
import ssl
import struct
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from local.loopback.messages import Request, Response
from local.loopback.request_reader import Unacceptable, read_request

LONGEST_IDLE = 130.0  # seconds that the real Functions host's Kestrel keeps a silent connection

type Handler = Callable[[Connection], None]


@dataclass(slots=True)
class Connection:
    """One request on a kept connection, and the means to answer it well or badly."""

    request: Request
    is_last: bool  # nothing more is read once this is answered
    _socket: socket.socket
    _stopping: threading.Event

    def respond(self, response: Response) -> None:
        self.send(response.wire(to_head=self.request.method == "HEAD", is_last=self.is_last))

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def send_past_tls(self, data: bytes) -> None:
        """Send what no TLS has seen, as a broken box on the way would."""
        os.write(self._socket.fileno(), data)

    def trickle(self, data: bytes, pause: float = 0.05) -> None:
        """Send one byte at a time, each within any read time-out."""
        for byte in data:
            if self.pause(pause):
                return
            self.send(bytes((byte,)))

    def has_gone(self) -> bool:
        """Tell whether whoever asked has hung up, while an answer is under way; without TLS."""
        readable, _, _ = select.select([self._socket], [], [], 0)
        return bool(readable) and self._socket.recv(1, socket.MSG_PEEK) == b""

    def pause(self, seconds: float) -> bool:
        """Wait; True where the server is stopped meanwhile."""
        return self._stopping.wait(seconds)

    def hang(self, seconds: float = 10.0) -> None:
        """Say nothing for so long, or for as long as the server lives, then hang up."""
        self.pause(seconds)
        raise ConnectionAbortedError

    def reset(self) -> None:
        # With no time to linger, close sends RST; detached, or the server would say an orderly goodbye first.
        self.is_last = True
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        socket.close(self._socket.detach())


class LoopbackServer(ThreadingHTTPServer):
    """Listens from construction on; answers between start() and stop(). A port of 0 is a free one."""

    daemon_threads = True
    request_queue_size = 512  # 200 calls at once must not be refused
    allow_reuse_port = False
    connection_type = Connection

    def __init__(self, port: int = 0, tls: ssl.SSLContext | None = None, address: str = "127.0.0.1") -> None:
        self.answer: Handler = lambda connection: connection.respond(Response(HTTPStatus.SERVICE_UNAVAILABLE))
        self.stopping = threading.Event()
        self._tls = tls
        self._open: dict[socket.socket, threading.Thread] = {}
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        super().__init__((address, port), _Handler)

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://{self.server_address[0]!s}:{self.port}"

    def start(self, answer: Handler) -> Self:
        self.answer = answer
        self._thread.start()
        return self

    def join(self) -> None:
        """Wait until it is stopped."""
        self._thread.join()

    def stop(self) -> None:
        """End every connection and thread; safe before start() and a second time too."""
        self.stopping.set()
        if self._thread.ident is not None:
            self.shutdown()
            self._thread.join()
        self.server_close()
        with self._lock:
            still_open = dict(self._open)
        for connection, thread in still_open.items():
            with contextlib.suppress(OSError):  # it may be gone already
                connection.shutdown(socket.SHUT_RDWR)
            thread.join(5)

    def server_bind(self) -> None:
        socketserver.TCPServer.server_bind(self)  # HTTPServer's own looks a host name up, which can take seconds

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        if self._tls:
            # The handshake comes with the first read, in the connection's own thread.
            connection = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open[request] = threading.current_thread()
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._lock:
                del self._open[request]

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), OSError):  # a client may hang up at any time; the rest is our own mistake
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = LONGEST_IDLE
    server: LoopbackServer

    def __getattr__(self, name: str) -> object:
        # The base class looks for do_<METHOD>; here every method, also an invented one, goes the same way.
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002 - the base class's
        """Refuse what cannot be read, also where the base class knows no version to answer in, and say no more."""
        self.close_connection = True
        self.wfile.write(Response(code).wire(is_last=True))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Keep requests out of the log: what matters of them those who answer say."""

    def _answer(self) -> None:
        try:
            request = read_request(self)
        except Unacceptable as refusal:
            self.send_error(refusal.status)
            return
        connection = self.server.connection_type(request, self.close_connection, self.connection, self.server.stopping)
        self.server.answer(connection)
        self.close_connection = connection.is_last
