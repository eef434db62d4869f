"""The connections that a call waits for: whom they trust, how long they wait, and when they are used again."""

import http.client
import socket
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local.loopback.certificate import certified
from shared.adapters.http_pool import HttpPool, NoAnswer
from shared.adapters.sockets import LONGEST_IDLE
from shared.adapters.tls import tls_context
from shared.core.loggable import loggable_text
from tests.support.clock import MovableClock
from tests.support.nowhere import NOWHERE
from tests.support.servers import Exchange, serving

FAR = (5.0, 5.0)  # longer than any of these tests may take
SOON = (0.25, 0.25)
MUCH = bytes(range(256)) * 65_536  # more than what the kernel keeps for both ends of a connection


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def pool(clock: MovableClock) -> HttpPool:
    return HttpPool(tls_context(), clock.monotonic)


def trusting(authority: Path) -> HttpPool:
    return HttpPool(ssl.create_default_context(cafile=str(authority)))


def get(pool: HttpPool, url: str, timeout: tuple[float, float] = FAR, most: int = 1000) -> tuple[int, bytes]:
    with pool.send("GET", url, {}, None, timeout) as answer:
        return answer.status, answer.read(most)


def hello(exchange: Exchange) -> None:
    exchange.reply(200, b"hello", "X-Place: here")


def test_a_request_goes_out_whole_and_its_answer_comes_back(pool: HttpPool) -> None:
    seen: list[tuple[bytes, bytes]] = []

    def echo(exchange: Exchange) -> None:
        seen.append((exchange.head, exchange.body))
        exchange.reply(409, b"there is one", "ETag: x")

    with serving(echo) as server, pool.send("PUT", f"{server.url}/a?b=c", {"If-Match": "y"}, b"{}", FAR) as answer:
        assert (answer.status, answer.header("etag"), answer.header("Location")) == (409, "x", "")
        assert answer.read(100) == b"there is one"

    ((head, body),) = seen
    assert head.startswith(b"PUT /a?b=c HTTP/1.1\r\n")
    assert b"If-Match: y" in head
    assert body == b"{}"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_what_the_network_does_not_take_at_once_comes_all_the_same(tmp_path: Path, scheme: str) -> None:
    authority, tls = certified(tmp_path, "127.0.0.1")

    def echo(exchange: Exchange) -> None:
        exchange.reply(200, exchange.body)

    with (
        serving(echo, tls if scheme == "https" else None) as server,
        trusting(authority).send("PUT", server.url, {}, MUCH, FAR) as answer,
    ):
        assert answer.read(len(MUCH)) == MUCH


@pytest.mark.parametrize("value", ["a\r\nB: c", "a\n", "\ra", "\u20ac"])
def test_a_header_that_would_be_two_is_never_sent(pool: HttpPool, value: str) -> None:
    with serving(hello) as server, pytest.raises(ValueError, match=r"line break|latin-1"):
        pool.send("GET", server.url, {"A": value}, None, FAR)

    assert server.connections == 0


@pytest.mark.parametrize("address", ["{}/a b", "{}/a\r\nB: c", "{}/\u00fc", "no address"])
def test_an_address_that_would_be_more_is_never_sent(pool: HttpPool, address: str) -> None:
    with serving(hello) as server, pytest.raises(NoAnswer, match="InvalidURL") as lost:
        get(pool, address.format(server.url))

    assert (lost.value.was_sent, server.connections) == (False, 0)


@pytest.mark.parametrize("scheme", ["HTTPS", "Https"])
def test_a_scheme_in_capitals_is_encrypted_as_well(tmp_path: Path, scheme: str) -> None:
    authority, tls = certified(tmp_path, "127.0.0.1")

    with serving(hello, tls) as server:
        assert get(trusting(authority), f"{scheme}://{server.url.partition('://')[2]}") == (200, b"hello")


@pytest.mark.parametrize(
    ("rest", "target"),
    [("?sig=a/b", b"/?sig=a/b"), ("#c", b"/"), ("/a?b=c#d", b"/a?b=c"), ("/a?b=c?d", b"/a?b=c?d"), ("/#/a", b"/")],
)
def test_a_host_ends_where_its_path_or_query_begins_and_a_fragment_stays_here(
    pool: HttpPool, rest: str, target: bytes
) -> None:
    seen: list[bytes] = []

    def note(exchange: Exchange) -> None:
        seen.append(exchange.head.split()[1])
        exchange.reply(200, b"hello")

    with serving(note) as server:
        assert get(pool, server.url + rest) == (200, b"hello")

    assert seen == [target]


def test_a_certificate_of_a_trusted_authority_is_accepted(tmp_path: Path) -> None:
    authority, tls = certified(tmp_path, "127.0.0.1")

    pool = trusting(authority)

    with serving(hello, tls) as server:
        assert [get(pool, server.url) for _ in range(2)] == [(200, b"hello")] * 2

    assert server.connections == 1


def test_an_untrusted_authority_is_refused_before_anything_is_sent(tmp_path: Path, pool: HttpPool) -> None:
    _, tls = certified(tmp_path, "127.0.0.1")

    with serving(hello, tls) as server, pytest.raises(NoAnswer, match="unable to get local issuer") as refused:
        get(pool, server.url)

    assert (refused.value.was_sent, server.requests) == (False, [])


def test_a_certificate_for_another_host_is_refused(tmp_path: Path) -> None:
    authority, tls = certified(tmp_path, "elsewhere.example")

    with serving(hello, tls) as server, pytest.raises(NoAnswer, match="mismatch") as refused:
        get(trusting(authority), server.url)

    assert (refused.value.was_sent, server.requests) == (False, [])


def test_a_redirect_is_an_answer_like_any_other(pool: HttpPool) -> None:
    with serving(hello) as elsewhere:
        away: Callable[[Exchange], None] = lambda exchange: exchange.reply(302, b"", f"Location: {elsewhere.url}")  # noqa: E731 - a stand-in of one line
        with serving(away) as server:
            assert get(pool, server.url)[0] == 302

        assert elsewhere.requests == []


# When a connection is used again


def test_a_connection_is_kept_and_each_host_has_its_own(pool: HttpPool) -> None:
    with serving(hello) as one, serving(hello) as other:
        for server in (one, other, one, other):
            assert get(pool, server.url) == (200, b"hello")

    assert (one.connections, other.connections) == (1, 1)


def test_a_connection_that_the_other_side_closed_is_not_used_again(pool: HttpPool) -> None:
    def then_close(exchange: Exchange) -> None:
        exchange.reply(200, b"bye")
        raise ConnectionAbortedError

    with serving(then_close) as server:
        assert get(pool, server.url) == (200, b"bye")
        threading.Event().wait(0.05)  # its farewell is on the way
        assert get(pool, server.url) == (200, b"bye")

    assert server.connections == 2


def test_a_connection_that_was_idle_for_long_is_not_used_again(pool: HttpPool, clock: MovableClock) -> None:
    with serving(hello) as server:
        get(pool, server.url)
        clock.advance(LONGEST_IDLE - 1)
        get(pool, server.url)
        assert server.connections == 1
        clock.advance(LONGEST_IDLE)
        get(pool, server.url)

    assert server.connections == 2


def test_the_connections_of_a_burst_go_when_they_are_idle(pool: HttpPool, clock: MovableClock) -> None:
    together = threading.Barrier(8)

    def all_at_once(exchange: Exchange) -> None:
        if server.connections <= 8 and not together.broken:
            together.wait(5)
        hello(exchange)

    with serving(all_at_once) as server:
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda _: get(pool, server.url), range(8)))
        assert server.connections == 8
        together.abort()
        clock.advance(LONGEST_IDLE / 2)
        get(pool, server.url)  # the newest one is used again, the others age
        clock.advance(LONGEST_IDLE / 2)
        get(pool, server.url)

        assert server.connections == 8
        assert sum(map(len, pool._idle.values())) == 1  # noqa: SLF001 - nobody outside sees a connection that waits


def test_an_answer_that_nobody_read_gives_its_connection_up(pool: HttpPool) -> None:
    with serving(hello) as server:
        for _ in range(2):
            with pool.send("GET", server.url, {}, None, FAR) as answer:
                assert answer.status == 200

    assert server.connections == 2


def test_an_answer_without_a_body_needs_no_reading(pool: HttpPool) -> None:
    with serving(lambda exchange: exchange.reply(204)) as server:
        for _ in range(2):
            with pool.send("GET", server.url, {}, None, FAR) as answer:
                assert answer.status == 204

    assert server.connections == 1


def test_many_threads_share_the_connections(pool: HttpPool) -> None:
    with serving(hello) as server, ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: get(pool, server.url), range(64)))

    assert answers == [(200, b"hello")] * 64
    assert server.connections <= 8


# What can go wrong


def hangs_up(exchange: Exchange) -> None:
    raise ConnectionAbortedError(exchange.path)


FAULTS = [
    pytest.param(hangs_up, id="hung-up"),
    pytest.param(lambda exchange: exchange.send(b"what?\r\n\r\n"), id="not-http"),
    pytest.param(Exchange.hang, id="nothing"),
    pytest.param(lambda exchange: exchange.trickle(b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n"), id="a-head-by-the-byte"),
    pytest.param(
        lambda exchange: exchange.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), id="bad-chunks"
    ),
    pytest.param(
        lambda exchange: exchange.trickle(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + b" " * 99), id="a-drip"
    ),
    pytest.param(
        lambda exchange: exchange.send(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 2000 + b"\r\n"), id="too-many-headers"
    ),
    pytest.param(
        lambda exchange: exchange.send(b"HTTP/1.1 200 OK\r\nA: " + b"b" * 100_000 + b"\r\n\r\n"), id="a-long-header"
    ),
]


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_behind_the_request_is_no_answer(pool: HttpPool, fault: Callable[[Exchange], None]) -> None:
    with serving(fault) as server, pytest.raises(NoAnswer) as lost:
        get(pool, server.url, SOON)

    assert lost.value.was_sent
    assert len(server.requests) == 1


def test_a_request_that_nobody_takes_is_given_up(pool: HttpPool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(NoAnswer, match="ReadTimeout") as lost:
        pool.send("PUT", f"http://127.0.0.1:{silent.getsockname()[1]}", {}, MUCH, SOON)

    assert lost.value.was_sent


def test_a_long_answer_is_not_read_to_its_end(pool: HttpPool) -> None:
    with serving(lambda exchange: exchange.reply(200, b"x" * 2000)) as server:
        with pytest.raises(NoAnswer, match="AnswerTooLarge"):
            get(pool, server.url)
        assert get(pool, server.url, most=2000) == (200, b"x" * 2000)

    assert server.connections == 2


def test_where_nobody_listens_nothing_was_sent(pool: HttpPool) -> None:
    with pytest.raises(NoAnswer, match="ConnectionError") as lost:
        get(pool, f"http://{NOWHERE}/secret")

    assert not lost.value.was_sent
    assert "secret" not in str(lost.value)


@pytest.mark.parametrize(
    "fault",
    [
        socket.gaierror(-2, "Name or service not known"),
        http.client.BadStatusLine("no"),
        http.client.IncompleteRead(b""),
        http.client.InvalidURL(),
        http.client.LineTooLong("header line"),
        http.client.UnknownProtocol("HTTP/9"),
        http.client.UnknownTransferEncoding(),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_the_log_may_name_the_fault_of_a_line(fault: Exception) -> None:
    told = str(NoAnswer(fault, was_sent=False))

    assert loggable_text(told) == told


def test_a_handshake_that_never_ends_is_given_up(tmp_path: Path, pool: HttpPool) -> None:
    del tmp_path
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(NoAnswer, match="ConnectTimeout") as lost:
        get(pool, f"https://127.0.0.1:{silent.getsockname()[1]}", SOON)

    assert not lost.value.was_sent


def test_what_a_burst_opened_is_closed_though_nobody_asks_again(pool: HttpPool, clock: MovableClock) -> None:
    all_here = threading.Barrier(5)

    def together(exchange: Exchange) -> None:
        all_here.wait(10)
        hello(exchange)

    with serving(together) as server, ThreadPoolExecutor(5) as callers:
        list(callers.map(lambda _: get(pool, server.url), range(5)))
        pool.shrink()
        kept = pool.idle
        clock.advance(LONGEST_IDLE)
        pool.shrink()

    assert (kept, pool.idle) == (5, 0)
