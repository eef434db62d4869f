"""One attempt at Graph, over real sockets: what is sent, what an answer or its absence becomes, and for how long."""

import json
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from local.loopback.certificate import certified
from shared.adapters.graph import GraphClient
from shared.adapters.http_pool import HttpPool
from shared.adapters.tls import tls_context
from shared.core.budgets import Budgets
from shared.core.graph.verdicts import GraphResult, NoReply, Reply
from shared.core.ids import CallId, TenantId
from shared.core.notification.calls import RingingCall
from tests.support.clock import NOON
from tests.support.nowhere import NOWHERE
from tests.support.servers import UNTRUSTED, Exchange, Loopback, serving

CALL = RingingCall(CallId("491f0b00-ffff-4bc9-a43e-b226498ec22a"), TenantId("t"), chain_id="chain-1")
BODY = b'{"targets":[]}'
BRIEF = Budgets(connect=0.2, read=0.3)
JSON, HTML = "Content-Type: application/json", "Content-Type: text/html; charset=utf-8"


@pytest.fixture(scope="module")
def http() -> HttpPool:
    return HttpPool(tls_context())


def calls(http: HttpPool, url: str, budgets: Budgets | None = None) -> GraphClient:
    return GraphClient(http, url, budgets or Budgets(), now=lambda: NOON, new_id=lambda: "request-1")


@contextmanager
def graph(answer: object) -> Iterator[Loopback]:
    """Serve this answer: a function of the exchange, or what to reply with."""
    act = answer if callable(answer) else (lambda exchange: exchange.reply(*answer))  # type: ignore[misc]  # a tuple
    with serving(act) as server:
        yield server


def post(
    http: HttpPool, url: str, *, within: float = 5.0, budgets: Budgets | None = None, call: RingingCall = CALL
) -> GraphResult:
    return calls(http, url, budgets).post(call, "redirect", BODY, "token-1", within=within)


def said(code: str = "8522", message: str = "m", status: int = 404) -> tuple[int, bytes, str]:
    error = {"error": {"code": code, "message": message, "innerError": {"request-id": "r-inner"}}}
    return status, json.dumps(error).encode(), JSON


# What is sent


def test_a_call_is_asked_for_by_the_id_as_it_came(http: HttpPool) -> None:
    seen: list[Exchange] = []

    def answer(exchange: Exchange) -> None:
        seen.append(exchange)
        exchange.reply(202)

    with graph(answer) as server:
        post(http, server.url, call=replace(CALL, graph_id=CALL.id.upper()))

    assert seen[0].path == f"/v1.0/communications/calls/{CALL.id.upper()}/redirect"


@pytest.mark.parametrize(
    ("chain", "scenario"), [pytest.param("chain-1", "chain-1", id="known"), pytest.param("", "request-1", id="unknown")]
)
def test_the_request_is_graphs_own(http: HttpPool, chain: str, scenario: str) -> None:
    seen: list[Exchange] = []

    def answer(exchange: Exchange) -> None:
        seen.append(exchange)
        exchange.reply(202)

    with graph(answer) as server:
        post(http, server.url, call=RingingCall(CALL.id, CALL.tenant, chain_id=chain))

    (exchange,) = seen
    head = exchange.head.decode().lower()
    assert exchange.head.startswith(b"POST /v1.0/communications/calls/491f0b00-ffff-4bc9-a43e-b226498ec22a/redirect ")
    assert exchange.body == BODY
    for line in (
        "authorization: bearer token-1",
        "content-type: application/json; charset=utf-8",
        "client-request-id: request-1",
        f"scenario-id: {scenario}",
    ):
        assert f"\r\n{line}\r\n" in head
    assert "cookie" not in head


# What an answer says


@pytest.mark.parametrize(
    ("answer", "reply"),
    [
        pytest.param((202, b"", "request-id: r-1"), Reply(202, request_id="r-1"), id="taken"),
        pytest.param((204,), Reply(204), id="taken-without-a-body"),
        pytest.param(said(), Reply(404, "8522", "r-inner"), id="the-code-of-an-error"),
        pytest.param(
            said("UnknownError", '{"errorCode":"7503","message":"Application is not registered in our store."}', 403),
            Reply(403, "7503", "r-inner"),
            id="the-code-inside-the-message",
        ),
        pytest.param((404, b"{", JSON), Reply(404), id="half-a-body"),
        pytest.param((404, b"\xff\x00", JSON), Reply(404), id="not-utf-8"),
        pytest.param((404, b"[" * 60_000, JSON), Reply(404), id="brackets"),
        pytest.param((500, b"x" * 65_537, JSON, "request-id: r-1"), Reply(500, request_id="r-1"), id="too-much"),
        pytest.param((502, b"<html>", HTML), Reply(502, is_html=True), id="a-gateways-page"),
        pytest.param((200, b"<html>", HTML), Reply(200, is_html=True), id="a-proxys-page"),
        pytest.param((503, b"", "request-id: " + "x" * 100), Reply(503), id="a-long-id"),
        pytest.param((500, b"rubbish", "Content-Encoding: gzip"), Reply(500), id="a-broken-encoding"),
    ],
)
def test_what_an_answer_says(http: HttpPool, answer: object, reply: Reply) -> None:
    with graph(answer) as server:
        assert post(http, server.url) == reply


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("1", 1.0),
        ("0", 0.0),
        ("60", 60.0),
        ("1.5", 1.5),
        ("Sun, 22 Nov 2026 12:00:04 GMT", 4.0),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-1", None),
        ("nan", None),
        ("", None),
    ],
)
def test_the_time_to_wait_is_in_seconds_whatever_its_form(http: HttpPool, header: str, seconds: float | None) -> None:
    with graph((429, b"", f"Retry-After: {header}")) as server:
        assert post(http, server.url) == Reply(429, retry_after=seconds)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirection_is_an_answer_and_never_followed(http: HttpPool, status: int) -> None:
    with graph((200,)) as elsewhere, graph((status, b"", f"Location: {elsewhere.url}/")) as server:
        answer = post(http, server.url)

    assert (answer, elsewhere.connections, len(server.requests)) == (Reply(status), 0, 1)


@pytest.mark.parametrize("status", [401, 429, 500, 503])
def test_an_attempt_is_one_request_whatever_comes_back(http: HttpPool, status: int) -> None:
    with graph((status, b"", "Retry-After: 0", "WWW-Authenticate: Bearer")) as server:
        assert isinstance(post(http, server.url), Reply)

    assert len(server.requests) == 1


# Silence


def lost(exchange: Exchange) -> None:
    raise ConnectionAbortedError(exchange.path)


def half_an_answer(exchange: Exchange) -> None:
    exchange.send(b"HTTP/1.1 20")
    raise ConnectionAbortedError


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lost, id="hung-up"),
        pytest.param(half_an_answer, id="hung-up-in-the-middle"),
        pytest.param(Exchange.hang, id="nothing"),
        pytest.param(lambda exchange: exchange.trickle(b"HTTP/1.1 202 Accepted\r\n\r\n"), id="a-byte-at-a-time"),
        pytest.param(lambda exchange: exchange.send(b"what?\r\n\r\n"), id="not-http"),
        pytest.param(lambda exchange: exchange.send(b"HTTP/1.1 202 Accepted\r\n" + b"x: y\r\n" * 200), id="no-end"),
    ],
)
def test_silence_after_the_request_may_have_been_heard(http: HttpPool, answer: object) -> None:
    with graph(answer) as server:
        silence = post(http, server.url, budgets=BRIEF)

    assert isinstance(silence, NoReply)
    assert (silence.was_sent, len(server.requests)) == (True, 1)


def test_a_refused_connection_was_never_heard(http: HttpPool) -> None:
    assert post(http, f"http://{NOWHERE}") == NoReply("ConnectionError", was_sent=False)


def test_a_host_that_does_not_exist_was_never_asked(http: HttpPool) -> None:
    silence = post(http, "http://graph.invalid")

    assert isinstance(silence, NoReply)
    assert not silence.was_sent


def test_a_connection_that_is_not_accepted_was_never_heard(http: HttpPool) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)  # noqa: FBT003 - the standard library's own signature
            one.connect_ex(("127.0.0.1", port))

        silence = post(http, f"http://127.0.0.1:{port}", budgets=BRIEF)
        for one in waiting:
            one.close()

    assert silence == NoReply("ConnectTimeout", was_sent=False)


def test_a_certificate_that_is_not_trusted_gets_no_request(http: HttpPool, tmp_path: Path) -> None:
    _, tls = certified(tmp_path, "127.0.0.1")

    with serving(lambda exchange: exchange.reply(202), tls) as server:
        silence = post(http, server.url)

    assert (silence, server.requests) == (NoReply(f"SSLError: {UNTRUSTED}", was_sent=False), [])


def test_a_fault_of_tls_in_the_answer_may_have_been_heard(tmp_path: Path) -> None:
    authority, tls = certified(tmp_path, "127.0.0.1")
    pool = HttpPool(ssl.create_default_context(cafile=str(authority)))

    with serving(lambda exchange: exchange.send_past_tls(b"HTTP/1.1 202 OK\r\n\r\n"), tls) as server:
        silence = post(pool, server.url)

    assert (silence, len(server.requests)) == (NoReply("SSLError", was_sent=True), 1)


# Time


@pytest.mark.parametrize("within", [0.3, 0.6])
def test_an_attempt_never_takes_longer_than_it_may(http: HttpPool, within: float) -> None:
    def late(exchange: Exchange) -> None:
        time.sleep(1.0)
        exchange.reply(202)

    with graph(late) as server:
        silence = post(http, server.url, within=within)

    assert silence == NoReply("ReadTimeout", was_sent=True)


def test_an_error_whose_body_drips_still_counts_by_its_status(http: HttpPool) -> None:
    def drips(exchange: Exchange) -> None:
        exchange.send(b"HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n")
        exchange.trickle(b" " * 500)

    with graph(drips) as server:
        assert post(http, server.url, budgets=BRIEF) == Reply(403)


@pytest.mark.parametrize("head", [b"Content-Length: 500\r\n", b"Transfer-Encoding: chunked\r\n", b""])
def test_a_success_whose_body_never_ends_is_a_success(http: HttpPool, head: bytes) -> None:
    def drips(exchange: Exchange) -> None:
        exchange.send(b"HTTP/1.1 202 Accepted\r\n" + head + b"\r\n")
        exchange.hang()

    with graph(drips) as server:
        assert post(http, server.url, budgets=BRIEF) == Reply(202)


# Connections


def chunked(exchange: Exchange) -> None:
    exchange.send(b"HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")


def no_content(exchange: Exchange) -> None:
    exchange.send(b"HTTP/1.1 204 No Content\r\n\r\n")


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param((202,), id="taken"),
        pytest.param(chunked, id="taken-in-no-chunk"),
        pytest.param(no_content, id="taken-without-a-length"),
        pytest.param(said(), id="an-error"),
        pytest.param((503, b"<html>", HTML), id="a-page"),
    ],
)
def test_the_connection_serves_the_next_attempt(http: HttpPool, answer: object) -> None:
    with graph(answer) as server:
        for _ in range(3):
            post(http, server.url)

    assert (server.connections, len(server.requests)) == (1, 3)


def test_a_connection_that_was_warmed_serves_the_first_attempt(http: HttpPool) -> None:
    with graph((202,)) as server:
        calls(http, server.url).warm()
        post(http, server.url)

    assert (server.connections, server.requests[0]) == (1, "/")


def test_warming_a_graph_that_is_away_is_no_fault(http: HttpPool) -> None:
    calls(http, f"http://{NOWHERE}").warm()
