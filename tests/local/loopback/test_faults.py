"""Hold the faults to what they say: what is done, what is answered, what the client meets."""

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from local.loopback.fault_json import read
from local.loopback.faults import Drip, Elsewhere, Fault, Flood, Hang, LostAnswer, Reset, Says, Slow
from local.loopback.messages import Request, Response
from local.loopback.server import LoopbackServer
from local.microsoft.server.neighbour import Neighbour
from local.microsoft.simulator import Microsoft


class Counting:
    """A neighbour whose one effect is to count."""

    def __init__(self) -> None:
        self.done = 0
        self.neighbour = Neighbour("counting", self._answer)
        self.server = LoopbackServer()
        self.url = f"{self.server.url}/"

    def _answer(self, request: Request) -> Response:
        self.done += 1
        return Response(202, {"done": self.done, "got": request.body.decode()})


@pytest.fixture
def counting() -> Iterator[Counting]:
    counting = Counting()
    with counting.server.start(counting.neighbour.serve):
        yield counting


def ask(counting: Counting, timeout: float = 5.0) -> requests.Response:
    return requests.post(counting.url, data="x", timeout=timeout, allow_redirects=False)


def test_statuses_come_in_turn_and_then_the_truth(counting: Counting) -> None:
    counting.neighbour.will_answer(503, 429, 202, 500)

    assert [ask(counting).status_code for _ in range(6)] == [503, 429, 202, 500, 202, 202]
    assert counting.done == 3
    assert len(counting.neighbour.seen) == 6


def test_a_fault_may_stay_until_it_behaves_again(counting: Counting) -> None:
    counting.neighbour.will_always_answer(503)
    assert {ask(counting).status_code for _ in range(3)} == {503}

    counting.neighbour.behaves()

    assert ask(counting).status_code == 202


def test_a_refusal_says_when_to_come_back_and_in_what_form(counting: Counting) -> None:
    counting.neighbour.will_answer(Says(429, retry_after="7"), Says(502, html=True), Says(200, body=b"[" * 100_000))

    throttled, proxy, evil = ask(counting), ask(counting), ask(counting)

    assert throttled.headers["Retry-After"] == "7"
    assert throttled.json()["error"]["code"] == "429"
    assert proxy.headers["Content-Type"].startswith("text/html")
    assert evil.content == b"[" * 100_000
    assert counting.done == 0


@pytest.mark.parametrize(("fault", "done"), [(Reset(), 0), (LostAnswer(), 1)])
def test_a_reset_is_a_reset_with_or_without_the_effect(counting: Counting, fault: Fault, done: int) -> None:
    counting.neighbour.will_answer(fault)

    with pytest.raises(requests.ConnectionError, match="Connection reset by peer"):
        ask(counting)

    assert counting.done == done
    assert ask(counting).status_code == 202


def test_who_hangs_does_nothing(counting: Counting) -> None:
    counting.neighbour.will_answer(Hang(0.3), Hang(60))

    with pytest.raises(requests.ConnectionError, match="closed connection without response"):
        ask(counting)
    with pytest.raises(requests.ReadTimeout):
        ask(counting, timeout=0.1)

    assert counting.done == 0


def test_who_is_slow_has_done_it_before_answering(counting: Counting) -> None:
    counting.neighbour.will_answer(Slow(60), Slow(0.01))

    with pytest.raises(requests.ReadTimeout):
        ask(counting, timeout=0.5)
    assert counting.done == 1

    assert ask(counting).json()["done"] == 2


def test_a_drip_outlives_a_read_timeout_and_is_whole_in_the_end(counting: Counting) -> None:
    counting.neighbour.will_answer(Drip(0.001))

    assert ask(counting, timeout=0.5).json() == {"done": 1, "got": "x"}


def test_stopping_does_not_wait_for_faults(counting: Counting) -> None:
    before = set(threading.enumerate())
    counting.neighbour.will_answer(Drip(60.0), Hang(60.0))
    address = ("127.0.0.1", counting.server.port)
    with socket.create_connection(address) as one, socket.create_connection(address) as two:
        for connection in (one, two):
            connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        while len(counting.neighbour.seen) < 2:
            time.sleep(0.001)

        serving = set(threading.enumerate()) - before
        counting.server.stop()

        assert len(serving) >= 2
        for thread in serving:
            thread.join(10)
            assert not thread.is_alive()


def test_elsewhere_is_a_redirect_to_another_host(counting: Counting) -> None:
    counting.neighbour.will_answer(Elsewhere("http://127.0.0.1:9/caught"))

    got = ask(counting)

    assert (got.status_code, got.headers["Location"]) == (302, "http://127.0.0.1:9/caught")


def test_a_flood_is_as_long_as_it_says_and_no_json(counting: Counting) -> None:
    counting.neighbour.will_answer(Flood(megabytes=3))

    answer = ask(counting)

    assert (answer.status_code, len(answer.content), counting.done) == (200, 3_000_000, 0)
    with pytest.raises(requests.JSONDecodeError):
        answer.json()
    assert ask(counting).status_code == 202


def test_each_neighbour_fails_in_its_own_shape() -> None:
    with Microsoft() as microsoft:
        for neighbour in microsoft.neighbours.values():
            neighbour.will_answer(503)
        token = microsoft.login_url + f"/{microsoft.tenant}/oauth2/v2.0/token"

        graph = requests.post(f"{microsoft.url}/v1.0/communications/calls/x/redirect", json={}, timeout=5)
        entra = requests.post(token, data={}, timeout=5, verify=str(microsoft.ca_file))
        keys = requests.get(f"{microsoft.url}/v1/.well-known/keys", timeout=5)

    assert [got.status_code for got in (graph, entra, keys)] == [503, 503, 503]
    assert graph.json()["error"]["code"] == "ServiceUnavailable"
    assert entra.json()["error"] == "temporarily_unavailable"


def test_entra_resets_through_tls() -> None:
    with Microsoft() as microsoft:
        microsoft.login.will_answer(Reset(), 200)
        address = f"{microsoft.login_url}/{microsoft.tenant}/v2.0/.well-known/openid-configuration"

        with pytest.raises(requests.ConnectionError):
            requests.get(address, timeout=5, verify=str(microsoft.ca_file))

        assert requests.get(address, timeout=5, verify=str(microsoft.ca_file)).status_code == 200


@pytest.mark.parametrize(
    ("asked", "fault"),
    [
        pytest.param(503, 503, id="status"),
        pytest.param("reset", Reset(), id="reset"),
        pytest.param("lostAnswer", LostAnswer(), id="lost-answer"),
        pytest.param({"says": 429, "retryAfter": 1}, Says(429, retry_after="1"), id="retry-after"),
        pytest.param({"says": 200, "body": "x", "html": True}, Says(200, b"x", html=True), id="body"),
        pytest.param({"hang": 5}, Hang(5), id="hang"),
        pytest.param({"slow": 0.5}, Slow(0.5), id="slow"),
        pytest.param({"drip": 1}, Drip(1), id="drip"),
        pytest.param({"flood": 50}, Flood(50), id="flood"),
        pytest.param({"elsewhere": "http://127.0.0.1:9"}, Elsewhere("http://127.0.0.1:9"), id="elsewhere"),
    ],
)
def test_faults_can_be_written_in_json(asked: Any, fault: int | Fault) -> None:
    assert read([asked]) == [fault]


@pytest.mark.parametrize("asked", [True, "explode", {}, {"hang": "5"}, None, 5.0])
def test_what_is_no_fault_is_refused(asked: Any) -> None:
    with pytest.raises(ValueError, match="no fault"):
        read([asked])
