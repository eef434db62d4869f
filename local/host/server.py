"""Speak HTTP/1.1 on a socket: a thread per connection, bodies by Content-Length."""

import logging
import socketserver
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Protocol

from local.host.host import Answer, Request

LARGEST_BODY = 100 * 1024 * 1024  # as the real host
LONGEST_IDLE = 130.0  # seconds that Kestrel keeps a silent connection

# What concerns one connection is this server's to say; the body's length it counts itself.
_OWN_HEADERS = frozenset({"connection", "content-length", "date", "keep-alive", "server", "transfer-encoding"})

logger = logging.getLogger(__name__)


class Answering(Protocol):
    def answer(self, request: Request) -> Answer: ...


class Server(socketserver.ThreadingTCPServer):
    """Binds when built, so that a port in use is known before the app is; listens from `serve`."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 512  # 200 calls at once must not be refused

    answering: Answering

    def __init__(self, address: str, port: int) -> None:
        super().__init__((address, port), _Connection, bind_and_activate=False)
        self.server_bind()

    @property
    def url(self) -> str:
        address, port = self.socket.getsockname()[:2]
        return f"http://{address}:{port}"

    def listen(self, answering: Answering) -> None:
        self.answering = answering
        self.server_activate()

    def handle_error(self, request: object, client_address: object) -> None:
        # A caller that hangs up in the middle is no fault of ours.
        error = sys.exception()
        if not isinstance(error, ConnectionError):
            logger.error("a request from %s could not be answered (%s)", client_address, request, exc_info=error)


class _Unacceptable(Exception):
    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status)
        self.status = status


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "local-functions-host"
    sys_version = ""
    disable_nagle_algorithm = True  # head and body go as two packets; Nagle would hold the second for 40 ms
    timeout = LONGEST_IDLE
    error_message_format = ""
    server: Server

    def __getattr__(self, name: str) -> object:
        # The base class looks for do_<METHOD>; here every method, also an invented one, goes the same way.
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's name
        """Keep requests out of the log: what matters of them the app says."""

    def _answer(self) -> None:
        try:
            request = Request(self.command, self.requestline.split()[1], self._joined_headers(), self._body())
        except _Unacceptable as refusal:
            self.close_connection = True
            self._send(Answer(refusal.status))
        else:
            self._send(self.server.answering.answer(request))

    def _joined_headers(self) -> dict[str, str]:
        joined: dict[str, str] = {}
        for name, value in self.headers.items():
            try:
                text = value.encode("latin-1").decode("utf-8")
            except UnicodeDecodeError as error:
                raise _Unacceptable(HTTPStatus.BAD_REQUEST) from error
            if "\n" in text or "\r" in text:  # a folded header
                raise _Unacceptable(HTTPStatus.BAD_REQUEST)
            key = name.lower()
            joined[key] = f"{joined[key]},{text}" if key in joined else text
        return joined

    def _body(self) -> bytes:
        if "transfer-encoding" in self.headers:
            self._drop_chunks()
            return b""
        length = self.headers.get("content-length", "0").strip()
        if not (length.isascii() and length.isdigit()):
            raise _Unacceptable(HTTPStatus.BAD_REQUEST)
        if int(length) > LARGEST_BODY:
            raise _Unacceptable(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return self._read(int(length))

    def _drop_chunks(self) -> None:
        """Read a chunked body away: the real host hands none to a function that has no Content-Length."""
        dropped, size = 0, -1
        while size != 0:
            try:
                size = int(self.rfile.readline(100).split(b";")[0], 16)
            except ValueError as error:
                raise _Unacceptable(HTTPStatus.BAD_REQUEST) from error
            dropped += size
            if size < 0 or dropped > LARGEST_BODY:
                raise _Unacceptable(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            if size:
                self._read(size + len(b"\r\n"))
        while self.rfile.readline(65537) not in {b"\r\n", b"\n", b""}:  # trailers
            pass

    def _read(self, length: int) -> bytes:
        body = self.rfile.read(length)
        if len(body) < length:
            raise ConnectionAbortedError
        return body

    def _send(self, answer: Answer) -> None:
        bodiless = answer.status in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}
        self.send_response(answer.status)
        for name, value in answer.headers:
            if name.lower() not in _OWN_HEADERS:
                self.send_header(name, value)
        if not bodiless:
            self.send_header("Content-Length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if answer.body and not bodiless and self.command != "HEAD":
            self.wfile.write(answer.body)
