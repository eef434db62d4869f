"""One call, delivered more than once: at once, out of order, to two processes, after a kill. It is redirected once."""

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pytest
import requests
from azure.data.tables import TableServiceClient

from local.azurite import Azurite
from local.loopback.faults import Fault, Hang, Says, Slow
from local.microsoft.exchange import notifications
from local.microsoft.exchange.call import Call
from local.microsoft.exchange.call_script import Delivery, IncomingCall, Silent
from local.microsoft.simulator import Microsoft
from local.processes import Running, running_host
from shared.adapters.call_memory import MemoryCalls
from shared.core.ids import CallId
from shared.core.record.record import CallKey, Record, State
from tests.faults.line import ROUTES, TARGETS, Line, line
from tests.support.stack import BASE_URL, seed, today

pytestmark = pytest.mark.slow

RING_WINDOW = 15.0


@dataclass(frozen=True, slots=True)
class TwoHosts:
    """Two processes of the app on one table server, as two instances are in Azure."""

    microsoft: Microsoft
    tables: TableServiceClient
    first: Running
    second: Running

    def deliver(self, call: Call, host: Running) -> int:
        headers = {"Authorization": f"Bearer {self.microsoft.signing.token()}"}
        body = notifications.incoming(call, BASE_URL)
        return requests.post(f"{host.url}/api/calls", json=body, headers=headers, timeout=20).status_code

    def record(self, call: Call) -> Mapping[str, Any]:
        return self.tables.get_table_client("calls").get_entity(today(), call.id)

    def redirects(self, call: Call) -> int:
        path = f"/v1.0/communications/calls/{call.id}/redirect"
        return sum(seen.path == path for seen in self.microsoft.seen("graph"))


@pytest.fixture
def two(storage: Azurite) -> Iterator[TwoHosts]:
    with ExitStack() as parts:
        microsoft = parts.enter_context(Microsoft(speed=20.0))
        tables = parts.enter_context(TableServiceClient.from_connection_string(storage.connection_string))
        seed(tables, "targets", TARGETS)
        seed(tables, "routes", ROUTES)
        settings = microsoft.settings() | {
            "TABLES_CONNECTION_STRING": storage.connection_string,
            "PUBLIC_BASE_URL": BASE_URL,
            "WARM_UP": "true",
        }
        starting = [running_host(settings), running_host(settings)]
        with ThreadPoolExecutor(2) as starters:  # each takes a second
            hosts = list(starters.map(parts.enter_context, starting))
        for host in hosts:  # on a busy machine a first call may find that nothing was ever read
            assert host.wait_until(lambda: bool(host.events("directory.changed")), 30)  # noqa: B023 - asked at once
        microsoft.exchange.delivers_to(hosts[0].url)
        yield TwoHosts(microsoft, tables, *hosts)


@pytest.fixture
def app(storage: Azurite, microsoft: Microsoft) -> Iterator[Line]:
    with line(storage, microsoft, waits=True) as app:
        app.warm()
        yield app


def unannounced() -> IncomingCall:
    """Give a call whose notifications the test delivers itself."""
    return IncomingCall(delivery=Delivery(incoming=0), everyone=Silent(), hangs_up_after=60)


def test_two_processes_redirect_a_call_once_however_often_each_hears_of_it(two: TwoHosts) -> None:
    calls = [two.microsoft.exchange.ring(unannounced()) for _ in range(5)]
    deliveries = [(call, host) for call in calls for host in (two.first, two.second) * 5]

    with ThreadPoolExecutor(len(deliveries)) as couriers:
        answers = list(couriers.map(lambda delivery: two.deliver(*delivery), deliveries))

    assert answers == [202] * len(deliveries)
    assert [two.redirects(call) for call in calls] == [1] * 5


@pytest.mark.parametrize("first", [Says(429, retry_after="4"), Says(503, retry_after="5"), Hang(6)])
def test_an_owner_that_graph_keeps_waiting_stays_the_only_one_or_stops(two: TwoHosts, first: Fault) -> None:
    two.microsoft.graph.will_answer(first)
    call = two.microsoft.exchange.ring(unannounced())

    with ThreadPoolExecutor(10) as couriers:
        answers = list(couriers.map(lambda host: two.deliver(call, host), (two.first, two.second) * 5))

    assert answers == [202] * 10
    assert two.redirects(call) == 2
    assert len(call.happened("redirected")) == 1


def test_another_process_knows_what_the_first_has_done(two: TwoHosts) -> None:
    call = two.microsoft.exchange.ring(IncomingCall(hangs_up_after=8))
    call.wait_for("notified")
    two.first.process.kill()

    again = two.deliver(call, two.second)

    assert (again, two.redirects(call)) == (202, 1)


def test_a_call_whose_process_was_killed_is_redirected_by_the_next(two: TwoHosts) -> None:
    # One dies before Graph has done anything, the other after it has, and before anybody wrote that down.
    two.microsoft.graph.will_answer(Hang(30), Slow(30))
    waiting = two.microsoft.exchange.ring(IncomingCall(everyone=Silent()))
    _reached(two, waiting)
    ringing = two.microsoft.exchange.ring(IncomingCall(everyone=Silent()))
    _reached(two, ringing)
    claimed = [two.record(call)["State"] for call in (waiting, ringing)]
    two.first.process.kill()

    with ThreadPoolExecutor(2) as couriers:
        answers = list(couriers.map(lambda call: two.deliver(call, two.second), (waiting, ringing)))

    assert (claimed, answers) == (["claimed"] * 2, [202] * 2)
    for call in (waiting, ringing):
        record = two.record(call)
        assert len(call.happened("redirected")) == 1
        assert record["State"] in {"redirected", "done"}
        assert _seconds(record["ReceivedAt"], record["ClaimedAt"]) + record["RedirectMs"] / 1000 < RING_WINDOW


def test_deliveries_during_a_slow_redirect_wait_for_it_and_add_none(app: Line) -> None:
    app.microsoft.graph.will_answer(Slow(0.4))
    call = app.microsoft.exchange.ring(unannounced())

    with ThreadPoolExecutor(20) as couriers:
        answers = list(couriers.map(lambda _: app.deliver(call), range(20)))

    assert (answers, len(app.sent(call.id))) == ([202] * 20, 1)


def test_deliveries_of_a_call_that_failed_share_the_next_attempt(app: Line) -> None:
    app.microsoft.graph.will_answer(503, 503, 503, 503)
    call = app.microsoft.exchange.ring(unannounced())
    failed = app.deliver(call)
    app.microsoft.graph.will_answer(Slow(0.2))

    with ThreadPoolExecutor(10) as couriers:
        answers = list(couriers.map(lambda _: app.deliver(call), range(10)))

    assert (failed, answers) == (503, [202] * 10)
    assert len(app.sent(call.id)) == 5
    assert len(call.happened("redirected")) == 1


@pytest.mark.parametrize("ends", [1, 3])
def test_an_end_between_the_claim_and_the_late_answer_stays(app: Line, ends: int) -> None:
    app.microsoft.graph.will_answer(Slow(0.4))  # done at once: the phones ring, and end, before the app hears of it

    call = app.ring(IncomingCall(delivery=Delivery(terminated=ends), hangs_up_after=8)).wait()

    record = app.record(call.id)
    assert record is not None
    assert {event.facts["status"] for event in call.happened("told")} == {202}
    assert (record["State"], record["Outcome"], record["Attempts"]) == ("done", "answered", 1)


def test_memory_keeps_the_newest_two_thousand_calls_and_grows_no_further() -> None:
    memory = MemoryCalls()
    keys = [CallKey(date(2026, 11, 22), CallId(f"call-{number}")) for number in range(2_001)]
    for key in keys:
        memory.note(Record(key=key, state=State.REDIRECTED))

    assert [memory.read(key) is None for key in (keys[0], keys[1], keys[-1])] == [True, False, False]


def _reached(two: TwoHosts, call: Call) -> None:
    end = time.monotonic() + RING_WINDOW
    while not two.redirects(call):
        assert time.monotonic() < end, "the call never reached Graph"
        time.sleep(0.01)


def _seconds(first: datetime, then: datetime) -> float:
    return (then - first).total_seconds()
