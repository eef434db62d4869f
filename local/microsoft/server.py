"""Serve neighbours over HTTP/1.1 on loopback, with or without TLS, down to the faults that need the raw socket."""

import contextlib
import json
import socket
import socketserver
import ssl
import struct
import sys
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, assert_never
from urllib.parse import parse_qsl, unquote, urlsplit

from requests.structures import CaseInsensitiveDict

from local.microsoft.faults import Drip, Elsewhere, Fault, Hang, LostAnswer, Reset, Says, Slow
from local.microsoft.neighbour import Answer, Neighbour, Request

_LARGEST_BODY = 4 * 1024 * 1024
_PAGE = (
    b"<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Our services aren't available</h1></body></html>"
)

type Route = Callable[[str], Neighbour | None]


class Server(ThreadingHTTPServer):
    """Listens from construction on; answers between start() and stop()."""

    daemon_threads = True
    request_queue_size = 512
    allow_reuse_port = False

    def __init__(self, port: int, route: Route, tls: ssl.SSLContext | None = None) -> None:
        self.route = route
        self.stopping = threading.Event()
        self._tls = tls
        self._open: dict[socket.socket, threading.Thread] = {}
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        super().__init__(("127.0.0.1", port), _Handler)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End every connection and thread; safe before start() too."""
        self.stopping.set()
        if self._thread.ident is not None:
            self.shutdown()
            self._thread.join()
        self.server_close()
        with self._lock:
            still_open = dict(self._open)
        for connection, thread in still_open.items():
            _shut(connection)
            thread.join(5)

    def server_bind(self) -> None:
        # HTTPServer's own looks the host name up, which can take seconds on a machine without DNS.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", self.port

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
    timeout = 120.0
    server: Server

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_GET  # noqa: N815 - the base class finds it by this name

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass

    def _serve(self) -> None:
        body = self._body()
        if body is None:
            self._send(Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, headers={"Connection": "close"}))
            return
        address = urlsplit(self.path)
        path = unquote(address.path)
        neighbour = self.server.route(path)
        if neighbour is None:
            self._send(Answer(HTTPStatus.NOT_FOUND, {"error": {"code": "NotFound", "message": "nothing lives here"}}))
            return
        headers = CaseInsensitiveDict[str](self.headers.items())
        request = Request(self.command, path, dict(parse_qsl(address.query)), headers, body)
        self._meet(neighbour, request, neighbour.receive(request))

    def _body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > _LARGEST_BODY or "Transfer-Encoding" in self.headers:
            return None
        return self.rfile.read(int(length))

    def _meet(self, neighbour: Neighbour, request: Request, fault: Fault | None) -> None:  # noqa: C901 - a table
        match fault:
            case None:
                self._send(neighbour.answer(request))
            case Says():
                self._send(_said(fault, neighbour))
            case Elsewhere(url):
                self._send(Answer(HTTPStatus.FOUND, headers={"Location": url}))
            case Reset():
                self._reset()
            case LostAnswer():
                neighbour.answer(request)
                self._reset()
            case Hang(seconds):
                self.server.stopping.wait(seconds)
                self.close_connection = True
            case Slow(seconds):
                answer = neighbour.answer(request)
                self.server.stopping.wait(seconds)
                self._send(answer)
            case Drip(seconds):
                for byte in _wire(neighbour.answer(request)):
                    if self.server.stopping.wait(seconds):
                        break
                    self.wfile.write(bytes((byte,)))
            case _:
                assert_never(fault)

    def _send(self, answer: Answer) -> None:
        if answer.headers.get("Connection") == "close":
            self.close_connection = True
        self.wfile.write(_wire(answer))

    def _reset(self) -> None:
        # With no time to linger, close sends RST; detached, or the base class would say an orderly goodbye first.
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        socket.close(self.connection.detach())


def _said(fault: Says, neighbour: Neighbour) -> Answer:
    headers = dict(fault.headers)
    if fault.retry_after is not None:
        headers["Retry-After"] = fault.retry_after
    if fault.html:
        return Answer(fault.status, _PAGE, {"Content-Type": "text/html; charset=utf-8", **headers})
    return Answer(fault.status, neighbour.refusal(fault.status) if fault.body is None else fault.body, headers)


def _wire(answer: Answer) -> bytes:
    body = answer.body
    if body is None:
        body = b""
    elif not isinstance(body, bytes):
        body = json.dumps(body).encode()
    headers = {"Content-Type": "application/json; charset=utf-8"} if body else {}
    headers = {**headers, **answer.headers, "Content-Length": str(len(body))}
    phrase = HTTPStatus(answer.status).phrase if answer.status in set(HTTPStatus) else "Unknown"
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {answer.status:d} {phrase}\r\n{head}\r\n".encode("latin-1") + body


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it may be gone already
        connection.shutdown(socket.SHUT_RDWR)
