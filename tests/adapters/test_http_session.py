"""Every outgoing connection: whom it trusts, what it refuses to follow or keep, and how long it waits."""

import gzip
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from azure.core.pipeline.transport import HttpRequest, RequestsTransport

from local.loopback.certificate import certified
from shared.adapters import http_session
from shared.adapters.tls import tls_context
from tests.support.clock import MovableClock
from tests.support.servers import Exchange, serving

FAR = 5.0  # longer than any of these tests may take
SOON = 0.25


@pytest.fixture(scope="module")
def roots() -> ssl.SSLContext:
    return tls_context()


@pytest.fixture
def http(roots: ssl.SSLContext) -> Iterator[requests.Session]:
    with http_session.http_session(roots) as session:
        yield session


def session_trusting(authority: Path) -> requests.Session:
    return http_session.http_session(ssl.create_default_context(cafile=str(authority)))


def hello(exchange: Exchange) -> None:
    exchange.reply(200, b"hello", "Set-Cookie: a=b; Path=/")


def test_a_certificate_of_a_trusted_authority_is_accepted(tmp_path: Path) -> None:
    authority, tls = certified(tmp_path, "127.0.0.1")

    with serving(hello, tls) as server, session_trusting(authority) as http:
        answer = http.get(server.url, timeout=(FAR, FAR))

    assert answer.content == b"hello"


@pytest.mark.parametrize("verify", [True, False, None])
def test_an_untrusted_authority_is_refused_whatever_the_caller_asks_for(
    tmp_path: Path, http: requests.Session, *, verify: bool | None
) -> None:
    _, tls = certified(tmp_path, "127.0.0.1")

    with serving(hello, tls) as server, pytest.raises(requests.exceptions.SSLError, match="CERTIFICATE_VERIFY_FAILED"):
        http.get(server.url, timeout=(FAR, FAR), verify=verify)

    assert server.requests == []


def test_a_bundle_that_the_caller_names_is_not_trusted(tmp_path: Path, http: requests.Session) -> None:
    authority, tls = certified(tmp_path, "127.0.0.1")

    with serving(hello, tls) as server, pytest.raises(requests.exceptions.SSLError, match="CERTIFICATE_VERIFY_FAILED"):
        http.get(server.url, timeout=(FAR, FAR), verify=str(authority))


@pytest.mark.parametrize("verify", [True, False])
def test_a_certificate_for_another_host_is_refused(tmp_path: Path, *, verify: bool) -> None:
    authority, tls = certified(tmp_path, "elsewhere.example")

    with (
        serving(hello, tls) as server,
        session_trusting(authority) as http,
        pytest.raises(requests.exceptions.SSLError, match=r"match|mismatch"),
    ):
        http.get(server.url, timeout=(FAR, FAR), verify=verify)

    assert server.requests == []


def test_turning_verification_off_on_the_session_changes_nothing(tmp_path: Path, http: requests.Session) -> None:
    _, tls = certified(tmp_path, "127.0.0.1")
    http.verify = False

    with serving(hello, tls) as server, pytest.raises(requests.exceptions.SSLError):
        http.get(server.url, timeout=(FAR, FAR))


def test_a_refusal_does_not_open_the_door_for_the_next_connection(tmp_path: Path) -> None:
    authority, tls = certified(tmp_path, "elsewhere.example")

    with serving(hello, tls) as server, session_trusting(authority) as http:
        for verify in (False, True, False):
            with pytest.raises(requests.exceptions.SSLError):
                http.get(server.url, timeout=(FAR, FAR), verify=verify)


def test_the_file_that_openssl_is_told_of_is_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority, tls = certified(tmp_path, "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))

    with serving(hello, tls) as server, http_session.http_session(tls_context()) as http:
        answer = http.get(server.url, timeout=(FAR, FAR))

    assert answer.ok


def test_a_machine_without_roots_gets_those_of_certifi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))

    context = tls_context()

    assert context.cert_store_stats()["x509_ca"] > 50
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("allow", [True, False])
def test_a_redirect_is_handed_back_and_never_followed(
    http: requests.Session, method: str, status: int, *, allow: bool
) -> None:
    with serving(hello) as other:

        def go_there(exchange: Exchange) -> None:
            exchange.reply(status, b"", f"Location: {other.url}/taken")

        with serving(go_there) as server:
            answer = http.request(
                method,
                server.url,
                headers={"Authorization": "Bearer x"},
                timeout=(FAR, FAR),
                allow_redirects=allow,
            )

    assert answer.status_code == status
    assert other.connections == 0


def test_the_body_of_a_redirect_is_not_read_for_a_caller_who_does_not_ask(http: requests.Session) -> None:
    def endless(exchange: Exchange) -> None:
        exchange.send(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 999999\r\n\r\n")
        exchange.hang()

    with serving(endless) as server:
        answer = http.post(server.url, timeout=(FAR, FAR), stream=True, allow_redirects=False)
        answer.close()

    assert answer.status_code == 302


def test_no_cookie_is_kept_or_sent_back(http: requests.Session) -> None:
    heads: list[bytes] = []

    def listen(exchange: Exchange) -> None:
        heads.append(exchange.head)
        hello(exchange)

    with serving(listen) as server:
        http.get(server.url, timeout=(FAR, FAR))
        http.get(server.url, timeout=(FAR, FAR))

    assert len(heads) == 2
    assert not any(b"cookie" in head.lower() for head in heads)
    assert len(http.cookies) == 0


def test_proxies_of_the_environment_are_not_used(http: requests.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    with serving(hello) as server:
        answer = http.get(server.url, timeout=(FAR, FAR))

    assert answer.ok


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
def test_one_connection_serves_one_request_after_the_other(tmp_path: Path, *, secure: bool) -> None:
    authority, tls = certified(tmp_path, "127.0.0.1")

    with serving(hello, tls if secure else None) as server, session_trusting(authority) as http:
        answers = [http.get(server.url, timeout=(FAR, FAR)).content for _ in range(3)]

    assert answers == [b"hello"] * 3
    assert server.connections == 1


def test_a_slow_answer_leaves_no_short_time_out_to_the_next(http: requests.Session) -> None:
    def slowly(exchange: Exchange) -> None:
        exchange.trickle(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", pause=0.003)

    with serving(slowly) as server:
        for _ in range(3):
            assert http.get(server.url, timeout=(SOON, SOON)).content == b"x"

    assert server.connections == 1


def test_a_chunked_answer_is_read_whole_and_its_connection_kept(http: requests.Session) -> None:
    def in_chunks(exchange: Exchange) -> None:
        exchange.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        exchange.send(b"5\r\nhello\r\n6\r\n again\r\n0\r\n\r\n")

    with serving(in_chunks) as server:
        answers = [http.get(server.url, timeout=(FAR, FAR)).content for _ in range(3)]

    assert answers == [b"hello again"] * 3
    assert server.connections == 1


def test_an_answer_that_ends_with_the_connection_is_read_whole(http: requests.Session) -> None:
    def then_hang_up(exchange: Exchange) -> None:
        exchange.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello")
        raise ConnectionAbortedError

    with serving(then_hang_up) as server:
        assert http.get(server.url, timeout=(FAR, FAR)).content == b"hello"


TRICKLES = [
    pytest.param(b"HTTP/1.1 200 OK", id="status-line"),
    pytest.param(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100, id="headers"),
    pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n" * 20, id="continue-for-ever"),
    pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n|" + b"z" * 1000, id="body"),
    pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n|" + b"1\r\nz\r\n" * 200, id="chunks"),
    pytest.param(b"HTTP/1.1 200 OK\r\n\r\n|" + b"z" * 1000, id="body-without-length"),
]


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("answer", TRICKLES)
def test_an_answer_byte_by_byte_ends_with_the_read_time_out(tmp_path: Path, answer: bytes, *, secure: bool) -> None:
    authority, tls = certified(tmp_path, "127.0.0.1")
    at_once, bar, rest = answer.partition(b"|")
    sent_all: list[bool] = []

    def slowly(exchange: Exchange) -> None:
        if bar:
            exchange.send(at_once)
        exchange.trickle(rest if bar else at_once, pause=0.05)
        sent_all.append(True)
        exchange.hang()

    with serving(slowly, tls if secure else None) as server, session_trusting(authority) as http:
        with pytest.raises(requests.RequestException, match=r"timed out|took too long"):
            http.get(server.url, timeout=(FAR, SOON))

        assert sent_all == []


def test_the_last_byte_counts_as_much_as_the_first(http: requests.Session) -> None:
    def each_pause_shorter_than_the_time_out(exchange: Exchange) -> None:
        exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
        exchange.trickle(b"ok", pause=SOON * 0.8)

    with (
        serving(each_pause_shorter_than_the_time_out) as server,
        pytest.raises(requests.RequestException, match="timed out"),
    ):
        http.get(server.url, timeout=(FAR, SOON))


def test_a_caller_who_names_no_time_out_waits_no_longer_than_the_session_says(roots: ssl.SSLContext) -> None:
    with (
        serving(Exchange.hang) as server,
        http_session.http_session(roots, default_timeout=(FAR, SOON)) as http,
        pytest.raises(requests.exceptions.ReadTimeout),
    ):
        http.get(server.url)


def test_a_server_that_never_answers_ends_with_the_read_time_out(http: requests.Session) -> None:
    with serving(Exchange.hang) as server, pytest.raises(requests.exceptions.ReadTimeout):
        http.get(server.url, timeout=(FAR, SOON))


def test_a_connection_whose_answer_took_too_long_is_not_used_again(http: requests.Session) -> None:
    def first_hang(exchange: Exchange) -> None:
        if exchange.path == "/hang":
            exchange.hang()
        hello(exchange)

    with serving(first_hang) as server:
        with pytest.raises(requests.exceptions.ReadTimeout):
            http.get(f"{server.url}/hang", timeout=(FAR, SOON))
        answer = http.get(server.url, timeout=(FAR, FAR))

    assert answer.content == b"hello"
    assert server.connections == 2


def test_a_request_is_sent_once_however_it_fails(http: requests.Session) -> None:
    def hang_up(exchange: Exchange) -> None:
        raise ConnectionAbortedError(exchange.path)

    with serving(hang_up) as server, pytest.raises(requests.exceptions.ConnectionError):
        http.get(f"{server.url}/once", timeout=(FAR, FAR))

    assert server.requests == ["/once"]


def test_a_body_up_to_the_limit_is_read(http: requests.Session) -> None:
    with serving(hello) as server:
        answer = http.get(server.url, timeout=(FAR, FAR), stream=True)

        assert http_session.read_body(answer, 5) == b"hello"


def test_a_body_over_the_limit_is_refused_and_its_connection_dropped(http: requests.Session) -> None:
    def hello_then_more(exchange: Exchange) -> None:
        exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n" + b"x" * 5000)
        exchange.hang()

    with serving(hello_then_more) as server:
        answer = http.get(server.url, timeout=(FAR, FAR), stream=True)
        with pytest.raises(http_session.AnswerTooLarge, match="more than 4096 bytes"):
            http_session.read_body(answer, 4096)

        assert answer.raw.closed


def test_a_body_is_measured_unpacked(http: requests.Session) -> None:
    bomb = gzip.compress(bytes(10_000_000))

    def packed(exchange: Exchange) -> None:
        exchange.reply(200, bomb, "Content-Encoding: gzip")

    with serving(packed) as server:
        answer = http.get(server.url, timeout=(FAR, FAR), stream=True)
        with pytest.raises(http_session.AnswerTooLarge):
            http_session.read_body(answer, 100_000)


# Idle connections


class Forgetful:
    """A neighbour behind a load balancer that has forgotten the connections of before, and drops what comes on them."""

    def __init__(self) -> None:
        self.forgotten: set[int] = set()
        self._ports: set[int] = set()

    def forget(self) -> None:
        self.forgotten |= self._ports

    def __call__(self, exchange: Exchange) -> None:
        self._ports.add(exchange.client_port)
        if exchange.client_port in self.forgotten:
            exchange.hang()
        exchange.reply(200, b"hello")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_connection_that_the_network_has_forgotten_is_not_used_again(tmp_path: Path, scheme: str) -> None:
    authority, tls = certified(tmp_path, "127.0.0.1")
    clock, neighbour = MovableClock(), Forgetful()
    context = ssl.create_default_context(cafile=str(authority))

    with (
        serving(neighbour, tls if scheme == "https" else None) as server,
        http_session.http_session(context, clock=clock.monotonic) as http,
    ):
        http.get(server.url, timeout=(FAR, FAR))
        clock.advance(240)
        neighbour.forget()

        answer = http.get(server.url, timeout=(FAR, SOON))

    assert (answer.content, server.connections) == (b"hello", 2)


def test_the_tables_give_up_a_forgotten_connection_too(roots: ssl.SSLContext) -> None:
    clock, neighbour = MovableClock(), Forgetful()

    with serving(neighbour) as server, http_session.http_session(roots, clock=clock.monotonic) as http:
        transport = RequestsTransport(session=http, session_owner=False)
        ask = HttpRequest("GET", server.url)
        transport.send(ask, connection_timeout=FAR, read_timeout=FAR)
        clock.advance(240)
        neighbour.forget()

        answer = transport.send(ask, connection_timeout=FAR, read_timeout=SOON)

    assert (answer.status_code, server.connections) == (200, 2)


@pytest.mark.parametrize(("idle", "connections"), [(179, 1), (180, 2)])
def test_a_connection_lasts_as_long_as_it_is_used(roots: ssl.SSLContext, idle: float, connections: int) -> None:
    clock = MovableClock()

    with serving(hello) as server, http_session.http_session(roots, clock=clock.monotonic) as http:
        for _ in range(2):
            http.get(server.url, timeout=(FAR, FAR))
            clock.advance(idle)

    assert server.connections == connections


def test_the_kernel_asks_often_enough_that_no_balancer_forgets_a_connection(http: requests.Session) -> None:
    with serving(hello) as server:
        answer = http.get(server.url, timeout=(FAR, FAR), stream=True)
        connection: socket.socket = vars(answer.raw)["_connection"].sock  # nobody else can be asked for it
        assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        idle, every, times = (
            connection.getsockopt(socket.IPPROTO_TCP, option)
            for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
        )
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1

    assert idle + every * times < 240
