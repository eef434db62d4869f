"""The server of this machine reads requests as Kestrel does, the real Functions host's, and ends at once."""

import re
import socket
from collections.abc import Iterator

import pytest

from local.loopback.messages import Response
from local.loopback.server import Connection, LoopbackServer


def echo(connection: Connection) -> None:
    request = connection.request
    connection.respond(
        Response(200, {"method": request.method, "target": request.target, "body": request.body.decode()})
    )


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer().start(echo) as server:
        yield server


def say(server: LoopbackServer, raw: bytes) -> bytes:
    """Send bytes as they are, and give all that comes back until the server hangs up."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(raw)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


def post(headers: bytes, rest: bytes = b"") -> bytes:
    return b"POST /a//b?c HTTP/1.1\r\nHost: h\r\n" + headers + b"\r\n\r\n" + rest


LAST = b"\r\nConnection: close"


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        pytest.param(b"Content-Length: 4", b"ring", id="by-its-length"),
        pytest.param(b"Transfer-Encoding: chunked", b"3;x=y\r\nrin\r\n01\r\ng\r\n0\r\nA: b\r\n\r\n", id="in-chunks"),
    ],
)
def test_a_body_is_read_to_its_end_and_the_connection_goes_on(
    server: LoopbackServer, headers: bytes, body: bytes
) -> None:
    answers = say(server, post(headers, body) + post(headers + LAST, body))

    assert re.findall(rb"HTTP/1.1 (\d+) OK", answers) == [b"200", b"200"]
    assert re.findall(rb'"target": "(.*?)", "body": "(.*?)"', answers) == [(b"/a//b?c", b"ring")] * 2


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        pytest.param(post(b"Content-Length: 104857601"), 413, id="over-100-MB"),
        pytest.param(post(b"Content-Length: -1"), 400, id="negative-length"),
        pytest.param(post(b"Transfer-Encoding: gzip"), 400, id="encoding-without-an-end"),
        pytest.param(post(b"Transfer-Encoding: chunked", b"6400001\r\n"), 413, id="chunks-over-100-MB"),
        pytest.param(post(b"Transfer-Encoding: chunked", b"-1\r\n"), 400, id="negative-chunk"),
        pytest.param(post(b"Transfer-Encoding: chunked", b"0x4\r\nring\r\n0\r\n\r\n"), 400, id="chunk-size-no-hex"),
        pytest.param(post(b"Transfer-Encoding: chunked", b"2\r\nring\r\n0\r\n\r\n"), 400, id="chunk-longer-than-told"),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", 400, id="no-host"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, id="two-hosts"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: h\r\nX-Name: \xff\r\n\r\n", 400, id="header-not-utf-8"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: h\r\nX-Name: a\r\n b\r\n\r\n", 400, id="folded-header"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: h\r\n" + b"X: y\r\n" * 101 + b"\r\n", 431, id="over-100-headers"),
        pytest.param(b"GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505, id="another-version"),
        pytest.param(b"what?\r\n\r\n", 400, id="no-http"),
    ],
)
def test_what_cannot_be_read_is_refused_with_an_empty_body_and_ends_the_connection(
    server: LoopbackServer, raw: bytes, status: int
) -> None:
    answer = say(server, raw)

    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert answer.endswith(b"\r\n\r\n")


def test_an_old_client_needs_no_host_and_gets_the_connection_closed(server: LoopbackServer) -> None:
    assert b"Connection: close" in say(server, b"GET / HTTP/1.0\r\n\r\n")


def test_a_head_is_answered_with_the_length_and_without_the_body(server: LoopbackServer) -> None:
    answer = say(server, b"HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")

    assert re.search(rb"Content-Length: [1-9]", answer)
    assert answer.endswith(b"\r\n\r\n")


def test_a_client_that_hangs_up_in_the_middle_leaves_nothing_behind(
    server: LoopbackServer, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(post(b"Content-Length: 9", b"ring"))

    server.stop()

    assert capfd.readouterr().err == ""
