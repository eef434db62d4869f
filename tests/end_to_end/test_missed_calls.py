"""Missed calls, told by the app in its own process to a receiver on loopback that answers as a workflow does."""

import ssl
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import requests
from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import TableServiceClient, UpdateMode

from local.azurite import azurite
from local.loopback.faults import Hang, Says
from local.microsoft.exchange.call_script import Busy, Delivery, Identity, IncomingCall, PicksUp, Silent
from local.microsoft.simulator import Microsoft
from local.processes import running_host
from local.workflows import Workflows
from tests.support.stack import BASE_URL, Stack, seed, today
from tests.support.tables import ANNA, LINE, SECOND_LINE, route, target

SALES = Identity("applicationInstance", LINE)
NOBODY = Identity("applicationInstance", SECOND_LINE)
_HALF_AN_HOUR = timedelta(minutes=30)


@contextmanager
def playing(**settings: str) -> Iterator[tuple[Stack, Workflows]]:
    with azurite() as server, Microsoft(speed=50) as microsoft:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(microsoft.ca_file.parent / "server.pem")
        with (
            Workflows(tls) as flow,
            TableServiceClient.from_connection_string(server.connection_string) as tables,
        ):
            seed(tables, "targets", [target(ANNA, "sales", Name="Anna Berg")])
            seed(tables, "routes", [route(LINE, "any", Ring="sales", Name="Sales"), route(SECOND_LINE, Ring="empty")])
            storage = {"TABLES_CONNECTION_STRING": server.connection_string, "PUBLIC_BASE_URL": BASE_URL}
            wanted = {"MISSED_CALL_WEBHOOK": flow.address, "TIME_ZONE": "Europe/Vienna"}
            with running_host(microsoft.settings() | storage | wanted | settings) as host:
                microsoft.exchange.delivers_to(host.url)
                yield Stack(microsoft, host, tables), flow


@pytest.fixture
def stage() -> Iterator[tuple[Stack, Workflows]]:
    with playing() as made:
        yield made


def ring(stack: Stack, called: Identity, **script: Any) -> str:
    call = stack.microsoft.exchange.ring(
        IncomingCall(called=called, caller=Identity("phone", "+436641234567"), **script)
    ).wait()
    return str(call.id)


def ring_until_it_ends(stack: Stack, code: int, subcode: int) -> str:
    """Let phones ring, and tell the end once the record has who was rung: an end can be sooner than that."""
    script = IncomingCall(
        called=SALES, caller=Identity("phone", "+436641234567"), everyone=Silent(), delivery=Delivery(terminated=0)
    )
    call = str(stack.microsoft.exchange.ring(script).id)
    assert stack.host.wait_until(lambda: stack.has_record(call) and "Rung" in stack.record(call), 20)
    data = {"state": "terminated", "resultInfo": {"code": code, "subcode": subcode}}
    entry = {"changeType": "deleted", "resourceUrl": f"/communications/calls/{call}", "resourceData": data}
    assert stack.post({"value": [entry]}, path=f"/api/calls/{today()}/{call}").status_code == 202
    return call


def beat(stack: Stack) -> Mapping[str, Any]:
    before = len(stack.host.events("app.alive"))
    assert requests.post(f"{stack.host.url}/admin/functions/heartbeat", json={}, timeout=20).status_code == 202
    assert stack.host.wait_until(lambda: len(stack.host.events("app.alive")) > before, 20)
    return stack.host.events("app.alive")[-1]


def waiting(stack: Stack) -> int:
    rows = stack.tables.get_table_client("state").query_entities("PartitionKey eq 'missed' and Told eq false")
    try:
        return len(list(rows))
    except ResourceNotFoundError:  # the app makes the table for the first message
        return 0


def grow_old(stack: Stack) -> None:
    """Let what waits have come half an hour ago, and the last message too."""
    state = stack.tables.get_table_client("state")
    for row in list(state.list_entities()):
        if "At" in row:
            row["At"] -= _HALF_AN_HOUR
        if "Until" in row:
            row["Until"] -= _HALF_AN_HOUR
        state.update_entity(row, mode=UpdateMode.REPLACE)


def test_nobody_answers_and_somebody_is_told(stage: tuple[Stack, Workflows]) -> None:
    stack, flow = stage

    answered = ring(stack, SALES, phones={ANNA: PicksUp(after=1)})
    missed = ring_until_it_ends(stack, 486, 8540)

    assert stack.host.wait_until(lambda: bool(flow.cards), 10), stack.host.log[-20:]
    (card,) = flow.cards
    assert card.title == rf"Missed call: Sales \({LINE[:8]}\)"
    assert (card.facts["Caller"], card.facts["What"], card.facts["Rang"]) == ("…67", "Busy", "Anna Berg")
    assert "Europe/Vienna" in card.facts["When"]
    assert card.foot.endswith(missed)
    assert answered not in card.foot
    assert flow.address not in "\n".join(stack.host.log)
    assert "sig=" not in "\n".join(stack.host.log)


def test_a_call_that_nobody_could_ring_is_told_without_an_end(stage: tuple[Stack, Workflows]) -> None:
    stack, flow = stage

    call = ring(stack, NOBODY)

    assert stack.host.wait_until(lambda: bool(flow.cards), 10), stack.host.log[-20:]
    (card,) = flow.cards
    assert card.facts["What"] == "There was nobody to ring"
    assert "Rang" not in card.facts
    assert card.foot.endswith(call)


def test_a_caller_who_hung_up_is_told_of_as_one(stage: tuple[Stack, Workflows]) -> None:
    stack, flow = stage

    record = stack.record_in_state(ring_until_it_ends(stack, 487, 0), "done")

    assert record["Outcome"] == "caller_hung_up"
    assert stack.host.wait_until(lambda: bool(flow.cards), 10), stack.host.log[-20:]
    (card,) = flow.cards
    assert card.title == rf"Unanswered call: Sales \({LINE[:8]}\)"
    seconds = record["RingSeconds"]
    assert card.facts["What"] == (f"Hung up after {seconds} s of ringing" if seconds else "The caller hung up")
    assert card.facts["Rang"] == "Anna Berg"


def test_a_call_that_graph_would_not_take_is_told_by_the_heartbeat_unless_it_was_answered_after_all(
    stage: tuple[Stack, Workflows],
) -> None:
    stack, flow = stage
    stack.microsoft.graph.will_always_answer(403)
    rung = [stack.microsoft.exchange.ring(IncomingCall(called=SALES)) for _ in range(2)]
    lost, saved = (str(call.id) for call in rung)
    assert [stack.record_in_state(call, "failed")["Outcome"] for call in (lost, saved)] == ["failed"] * 2
    assert stack.host.wait_until(lambda: waiting(stack) == 2, 10)
    assert flow.cards == []
    calls = stack.tables.get_table_client("calls")
    row = stack.record(saved) | {"State": "done", "Outcome": "answered"}
    calls.update_entity(row, mode=UpdateMode.REPLACE)

    grow_old(stack)
    beat(stack)

    assert stack.host.wait_until(lambda: bool(flow.cards), 10), stack.host.log[-20:]
    (card,) = flow.cards
    assert card.facts["What"] == "The call could not be redirected"
    assert card.foot.endswith(lost)
    assert stack.host.wait_until(lambda: waiting(stack) == 0, 10)


@pytest.mark.slow
def test_a_storm_of_200_missed_calls_is_two_messages() -> None:
    with playing() as (stack, flow):
        with ThreadPoolExecutor(20) as threads:
            calls = list(threads.map(lambda _: ring(stack, SALES, everyone=Busy()), range(200)))
        for call in calls:
            stack.record_in_state(call, "done", within=60)
        assert stack.host.wait_until(lambda: bool(flow.cards), 10)
        at_once = len(flow.cards)
        grow_old(stack)
        in_all = at_once + 1
        beat(stack)
        assert stack.host.wait_until(lambda: len(flow.cards) == in_all, 20), stack.host.log[-20:]
        assert stack.host.wait_until(lambda: waiting(stack) == 0, 20)
        grow_old(stack)
        beat(stack)

        told = sum(one["calls"] for one in stack.host.events("message.sent"))
        assert told == len(set(calls)) == 200
        assert len(flow.cards) == in_all


@pytest.mark.parametrize(
    ("fault", "event", "left"),
    [
        (Says(429, retry_after="90"), "message.delayed", 1),
        (Says(400), "message.refused", 0),
        (Says(401), "message.refused", 0),
        (Hang(20), "message.delayed", 1),
    ],
)
def test_a_receiver_in_trouble_costs_no_record(fault: Any, event: str, left: int) -> None:
    with playing() as (stack, flow):
        flow.faults.will_answer(fault)

        call = ring(stack, SALES, everyone=Busy())

        assert stack.record_in_state(call, "done")["Outcome"] == "busy"
        assert stack.host.wait_until(lambda: bool(stack.host.events(event)), 10), stack.host.log[-20:]
        assert waiting(stack) == left
        assert flow.cards == []
        grow_old(stack)
        beat(stack)
        assert stack.host.wait_until(lambda: waiting(stack) == 0, 10)


def test_json_goes_to_whatever_reads_it() -> None:
    with playing(MISSED_CALL_FORMAT="json", MISSED_CALL_CALLER="full") as (stack, flow):
        ring(stack, SALES, everyone=Busy())

        assert stack.host.wait_until(lambda: bool(flow.accepted), 10), stack.host.log[-20:]
        told = flow.accepted[0].json
        assert (told["type"], told["outcome"], told["line"]) == ("missed_call", "busy", {"id": LINE, "name": "Sales"})
        assert told["caller"] == {"kind": "phone", "number": "+436641234567"}
        assert "4567" not in "\n".join(stack.host.log)
