"""Serve the page and what it asks for, on loopback alone: `Switchboard`."""

import contextlib
import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self

from local.loopback.messages import Request, Response
from local.loopback.server import Connection, LoopbackServer
from local.switchboard.asks import Unclear
from local.switchboard.feed import Feed, Update, monotonic_ms
from local.switchboard.guard import Guard

_PAGE = Path(__file__).parent / "page"
_FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/style.css": ("style.css", "text/css; charset=utf-8"),
    "/script.js": ("script.js", "text/javascript; charset=utf-8"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}
_MOST_STREAMS = 16
_BEAT = 15.0  # seconds; a page that hears nothing for twice as long asks again
_LOOK = 1.0  # seconds after which it is noticed that a page has gone
_LARGEST = 16_384  # bytes of a question

# https://www.w3.org/TR/CSP3/ and https://www.w3.org/TR/trusted-types/: text from tables can never become markup.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

type Ask = Callable[[dict[str, Any]], dict[str, Any]]


class Switchboard:
    """Listens from construction until stop(). `asks` gives what answers a POST at a path below /api/."""

    def __init__(
        self, feed: Feed, asks: Callable[[list[str]], Ask | None], guard_of: Callable[[int], Guard], port: int = 0
    ) -> None:
        self._feed = feed
        self._asks = asks
        self._server = LoopbackServer(port)
        self._guard = guard_of(self._server.port)
        self._streams = threading.BoundedSemaphore(_MOST_STREAMS)

    def start(self) -> Self:
        self._server.start(self._answer)
        return self

    @property
    def url(self) -> str:
        return self._server.url

    def stop(self) -> None:
        self._feed.close()
        self._server.stop()

    def _answer(self, connection: Connection) -> None:
        request = connection.request
        if refused := self._guard.stranger(request):
            connection.respond(_problem(refused, "This page is for the browser of this machine alone."))
        elif request.path in _FILES:
            connection.respond(_file(request))
        elif not request.path.startswith("/api/"):
            connection.respond(_problem(HTTPStatus.NOT_FOUND, "Nothing lives here."))
        elif not self._guard.has_token(request):
            connection.respond(_problem(HTTPStatus.UNAUTHORIZED, "Open the address that `make run` prints."))
        elif request.path == "/api/events":
            self._stream(connection)
        else:
            connection.respond(self._asked(request))

    def _asked(self, request: Request) -> Response:
        ask = self._asks(request.path.removeprefix("/api/").split("/"))
        if ask is None:
            return _problem(HTTPStatus.NOT_FOUND, "Nothing lives here.")
        if request.method != "POST":
            return _problem(HTTPStatus.METHOD_NOT_ALLOWED, "POST only.", {"Allow": "POST"})
        if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
            return _problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "application/json only.")
        if len(request.body) > _LARGEST:
            return _problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "That is too much.")
        try:
            asked = request.json
        except ValueError:
            asked = None
        if not isinstance(asked, dict):
            return _problem(HTTPStatus.BAD_REQUEST, "Send an object of JSON.")
        try:
            return Response(HTTPStatus.OK, ask(asked), _HEADERS)
        except Unclear as unclear:
            return _problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(unclear))

    def _stream(self, connection: Connection) -> None:
        """Send every change until the page goes away: https://html.spec.whatwg.org/multipage/server-sent-events.html."""
        if connection.request.method != "GET":
            connection.respond(_problem(HTTPStatus.METHOD_NOT_ALLOWED, "GET only.", {"Allow": "GET"}))
            return
        if not self._streams.acquire(timeout=2 * _LOOK):
            connection.respond(_problem(HTTPStatus.SERVICE_UNAVAILABLE, "Too many of these pages are open."))
            return
        connection.is_last = True
        try:
            head = {**_HEADERS, "Content-Type": "text/event-stream; charset=utf-8", "Connection": "close"}
            lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
            connection.send(f"HTTP/1.1 200 OK\r\n{lines}\r\n".encode())
            with contextlib.suppress(OSError):
                self._send_updates(connection)
        finally:
            self._streams.release()

    def _send_updates(self, connection: Connection) -> None:
        number = self._known(connection.request.headers.get("Last-Event-ID", ""))
        beat = time.monotonic()
        if number is not None:
            connection.send(_beat().encode())
        while not (self._feed.is_closed or connection.has_gone()):
            updates = None if number is None else self._feed.after(number, _LOOK)
            if updates is None:
                number, updates = self._feed.everything()
                connection.send(_event("begin", {"run": self._feed.run, "now": monotonic_ms()}).encode())
                connection.send("".join(map(self._told, updates)).encode())
            elif updates:
                number = updates[-1].number
                connection.send("".join(map(self._told, updates)).encode())
            elif time.monotonic() - beat > _BEAT:
                beat = time.monotonic()
                connection.send(f": still here\n\n{_beat()}".encode())

    def _known(self, last: str) -> int | None:
        """Give the number of the last update that the page has, where it is one of this run."""
        run, _, number = last.partition("-")
        return int(number) if run == self._feed.run and re.fullmatch("[0-9]{1,18}", number) else None

    def _told(self, update: Update) -> str:
        return f"id: {self._feed.run}-{update.number}\nevent: update\ndata: {update.text}\n\n"


def _beat() -> str:
    return _event("beat", {"now": monotonic_ms()})


def _event(name: str, document: Mapping[str, object]) -> str:
    return f"event: {name}\ndata: {json.dumps(document)}\n\n"


def _file(request: Request) -> Response:
    if request.method not in {"GET", "HEAD"}:
        return _problem(HTTPStatus.METHOD_NOT_ALLOWED, "GET only.", {"Allow": "GET, HEAD"})
    name, kind = _FILES[request.path]
    return Response(HTTPStatus.OK, (_PAGE / name).read_bytes(), {**_HEADERS, "Content-Type": kind})


def _problem(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    return Response(status, {"error": {"message": message}}, {**_HEADERS, **(headers or {})})
