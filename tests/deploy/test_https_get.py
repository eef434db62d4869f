"""Asking the deployed app how it is: by https alone, and with a key that nobody else may see."""

import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from deploy import https_get
from local.loopback.certificate import certified
from tests.support.servers import Exchange, Loopback, serving

_KEY = "the-function-key"
_HEADERS = {"x-functions-key": _KEY}


class _App:
    """A server with a certificate, and who trusts it."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        authority, self._tls = certified(folder, "127.0.0.1")
        self.trust = ssl.create_default_context(cafile=str(authority))
        self._stack = stack

    def answering(self, *pieces: bytes) -> Loopback:
        def answer(exchange: Exchange) -> None:
            for piece in pieces:
                exchange.send(piece)
            raise ConnectionAbortedError

        return self._stack.enter_context(serving(answer, self._tls))


@pytest.fixture
def app(tmp_path: Path) -> Iterator[_App]:
    with ExitStack() as stack:
        yield _App(tmp_path, stack)


def test_an_answer_is_its_status_and_its_body(app: _App) -> None:
    server = app.answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    assert https_get.fetch(f"{server.url}/api/check", _HEADERS, app.trust) == (200, b"{}")
    assert server.requests == ["/api/check"]


@pytest.mark.parametrize("status", [401, 404, 503])
def test_a_refusal_is_a_status(app: _App, status: int) -> None:
    server = app.answering(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode())

    assert https_get.fetch(server.url, _HEADERS, app.trust)[0] == status


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(app: _App, status: int) -> None:
    elsewhere = app.answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
    moved = f"HTTP/1.1 {status} Moved\r\nLocation: {elsewhere.url}/steal\r\nContent-Length: 0\r\n\r\n"
    server = app.answering(moved.encode())

    assert https_get.fetch(server.url, _HEADERS, app.trust)[0] == status
    assert elsewhere.connections == 0


@pytest.mark.parametrize("scheme", ["http", "HTTP", "ftp", "file", ""])
def test_nothing_but_https_is_asked(scheme: str) -> None:
    with serving(lambda exchange: exchange.reply(200, b"{}")) as server:
        with pytest.raises(https_get.NoAnswer, match="not https"):
            https_get.fetch(f"{scheme}://127.0.0.1:{server.port}/", _HEADERS)

        assert server.connections == 0


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"errors":', "IncompleteRead"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "IncompleteRead"),
        (b"garbage\r\n\r\n", "BadStatusLine"),
        (b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 200, "HTTPException"),
        (b"HTTP/1.1 200 " + b"x" * 70_000, "LineTooLong"),
        (b"", "RemoteDisconnected"),
    ],
)
def test_what_is_no_answer_is_named_by_its_kind(app: _App, said: bytes, kind: str) -> None:
    server = app.answering(said)

    with pytest.raises(https_get.NoAnswer) as raised:
        https_get.fetch(server.url, _HEADERS, app.trust)

    assert str(raised.value) == kind


def test_a_server_that_nobody_vouches_for_gets_no_key(app: _App) -> None:
    server = app.answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    with pytest.raises(https_get.NoAnswer, match="SSLCertVerificationError"):
        https_get.fetch(server.url, _HEADERS)

    assert server.requests == []


@pytest.mark.parametrize("key", [f"{_KEY}\nHost: contoso.com", f"{_KEY}\u260e"])
def test_a_key_that_is_no_header_is_not_quoted(app: _App, key: str) -> None:
    server = app.answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    with pytest.raises(https_get.NoAnswer) as raised:
        https_get.fetch(server.url, {"x-functions-key": key}, app.trust)

    assert _KEY not in str(raised.value)
    assert raised.value.__suppress_context__
