"""What the neighbours do wrong, and what becomes of the call.

All of it comes after the gate, and much of it takes seconds: so the forms of tokens take turns here, notification by
notification, where the tests beside this one run in each of them.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from local.loopback.faults import Fault, Hang, LostAnswer, Reset, Says
from local.microsoft.exchange import notifications
from local.microsoft.exchange.call import Call
from local.microsoft.exchange.call_script import Delivery, IncomingCall
from local.processes import free_port, running_host
from tests.support.stack import BASE_URL, Stack, running_stack

ANNA = "98da8a1a-1b87-452c-a713-65d3f10b1253"
NUMBER = "+12345678901"
TARGETS: list[dict[str, object]] = [
    {"PartitionKey": "team", "RowKey": ANNA},
    {"PartitionKey": "team", "RowKey": "bf5aae9a-d11d-47a8-93b1-782504c9c3f3"},
    {"PartitionKey": "default", "RowKey": NUMBER},
]
ROUTES: list[dict[str, object]] = [{"PartitionKey": "any", "RowKey": "any", "Ring": "team"}]


@pytest.fixture(scope="module")
def shared_stack() -> Iterator[Stack]:
    with running_stack(targets=TARGETS, routes=ROUTES) as stack:
        yield stack


@pytest.fixture
def stack(shared_stack: Stack) -> Iterator[Stack]:
    yield shared_stack
    shared_stack.microsoft.graph.behaves()
    shared_stack.microsoft.token.behaves()


def ring(stack: Stack, *answers: int | Fault) -> tuple[Call, dict[str, Any]]:
    """Ring while Graph answers so, and give the call with its record once the app has answered."""
    stack.microsoft.graph.will_answer(*answers)
    call = stack.microsoft.exchange.ring(IncomingCall(hangs_up_after=8))
    call.wait_for("notified", 15)
    return call, stack.record(call.id)


def error(code: str) -> bytes:
    return f'{{"error":{{"code":"{code}","message":"m","innerError":{{"request-id":"r-1"}}}}}}'.encode()


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param([503], id="503"),
        pytest.param([500, 502], id="500-then-502"),
        pytest.param([Reset()], id="a-reset"),
        pytest.param([Says(429, retry_after="1")], id="throttled-for-a-second"),
        pytest.param([Says(429, retry_after="soon")], id="throttled-without-a-time"),
        pytest.param([Says(200, html=True)], id="a-proxys-page"),
        pytest.param([401], id="the-token-is-refused"),
    ],
)
def test_a_passing_fault_costs_time_but_not_the_call(stack: Stack, answers: list[int | Fault]) -> None:
    call, record = ring(stack, *answers)

    assert call.notified == 202
    assert (record["Attempts"], len(stack.sent(call.id))) == (len(answers) + 1, len(answers) + 1)
    assert call.happened("redirected")


THREE = [ANNA, "bf5aae9a-d11d-47a8-93b1-782504c9c3f3", "deadbeef-0000-4000-8000-000000000001"]


@pytest.mark.parametrize("bad", THREE)
def test_two_good_people_of_three_ring_whichever_graph_refuses(bad: str) -> None:
    targets = [{"PartitionKey": "default", "RowKey": one} for one in THREE]
    good = [one for one in THREE if one != bad]
    with running_stack(targets=targets) as stack:
        stack.microsoft.graph_api.strangers.add(bad)
        call = stack.microsoft.exchange.ring(IncomingCall(hangs_up_after=8)).wait()

        record = stack.record(call.id)
        stack.host.wait_until(lambda: bool(stack.host.events("list.bad_target")), 5)
        (said,) = stack.host.events("list.bad_target")

    assert call.happened("redirected")[0].facts["targets"] == good
    assert (record["Rung"], record["GraphCode"]) == (" ".join(good), "7505")
    assert record["Skipped"] == f"{bad}: left out after Graph refused the list (7505)"
    assert (said["list"], said["code"], said["left_out"], said["targets"]) == ("default", "7505", 1, bad)


def test_silence_is_answered_with_another_attempt(stack: Stack) -> None:
    call, record = ring(stack, Hang(8))

    assert (call.notified, record["Attempts"]) == (202, 2)


def test_an_answer_lost_after_its_effect_is_known_by_the_refusal_that_follows(stack: Stack) -> None:
    call, record = ring(stack, LostAnswer())

    assert (call.notified, record["Attempts"], record["GraphStatus"]) == (202, 2, 404)
    assert record["State"] in {"redirected", "done"}
    assert len(call.happened("redirected")) == 1


def test_503_for_ever_ends_in_a_record_that_says_so(stack: Stack) -> None:
    call, record = ring(stack, 503, 503, 503, 503, 503, 503)

    assert call.notified == 503
    assert (record["State"], record["Outcome"], record["Attempts"]) == ("failed", "failed", 4)
    assert record["GraphStatus"] == 503


def test_a_time_out_longer_than_the_ring_window_is_not_waited_for(stack: Stack) -> None:
    call, record = ring(stack, Says(429, retry_after="60"))

    assert (call.notified, record["Attempts"], record["Outcome"]) == (503, 1, "failed")


def test_a_call_that_is_gone_is_late_and_no_fault(stack: Stack) -> None:
    call, record = ring(stack, Says(404, error("8522")))

    assert (call.notified, record["State"], record["Outcome"], record["GraphCode"]) == (202, "failed", "late", "8522")
    assert (record["Attempts"], record["RequestId"]) == (1, "r-1")


def test_refused_policies_are_left_out_and_the_phones_ring_too_briefly_for_a_voicemail(stack: Stack) -> None:
    call, record = ring(stack, 400)

    first, second = stack.sent(call.id)
    assert first["routingPolicies"] == ["disableForwarding"]
    assert "routingPolicies" not in second
    assert (second["timeout"], record["Timeout"], call.notified) == (20, 20, 202)


def test_targets_that_graph_refuses_are_followed_by_the_next_list(stack: Stack) -> None:
    call, record = ring(stack, *[Says(403, error("7505"))] * 3)

    assert [len(body["targets"]) for body in stack.sent(call.id)] == [2, 1, 1, 1]
    assert (call.notified, record["List"], record["Rung"]) == (202, "default", NUMBER)


def test_where_no_target_would_do_the_caller_hears_so_and_the_operator_too(stack: Stack) -> None:
    call, record = ring(stack, Says(403, error("7504")))

    assert len(stack.sent(call.id)) == 1
    assert len(stack.sent(call.id, "reject")) == 1
    assert (call.notified, record["Outcome"], record["GraphCode"]) == (202, "failed", "7504")
    assert "consent" in record["Hint"]


def test_a_second_401_is_the_last(stack: Stack) -> None:
    call, record = ring(stack, 401, 401, 401)

    assert (call.notified, record["Attempts"], record["Outcome"]) == (503, 2, "failed")


def test_a_failed_call_is_taken_over_by_its_next_delivery(stack: Stack) -> None:
    call, _ = ring(stack, 503, 503, 503, 503)
    again = stack.post(notifications.incoming(call, BASE_URL))

    assert again.status_code == 202
    assert len(call.happened("redirected")) == 1
    assert stack.record(call.id)["State"] in {"redirected", "done"}


def test_twenty_deliveries_of_one_call_make_one_redirect(stack: Stack) -> None:
    call = stack.microsoft.exchange.ring(IncomingCall(delivery=Delivery(incoming=20))).wait()

    assert {event.facts["status"] for event in call.happened("notified")} == {202}
    assert len(stack.sent(call.id)) == 1


def test_without_storage_from_the_start_the_fallback_rings() -> None:
    closed = (
        f"DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;TableEndpoint=http://127.0.0.1:{free_port()}/a;"
    )
    with running_stack() as stack:
        settings = stack.microsoft.settings() | {
            "TABLES_CONNECTION_STRING": closed,
            "PUBLIC_BASE_URL": BASE_URL,
            "FALLBACK_TARGETS": NUMBER,
        }
        with running_host(settings) as host:
            stack.microsoft.exchange.delivers_to(host.url)
            call = stack.microsoft.exchange.ring(IncomingCall()).wait(20)  # its record is tried until 12 s

            host.wait_until(lambda: len(host.events("call.unrecorded")) == 2, 5)
            rows = [event["row"] for event in host.events("call.unrecorded")]

    assert call.happened("redirected")[0].facts["targets"] == [NUMBER]
    assert {event.facts["status"] for event in call.happened("told")} == {503}
    assert sorted(row["state"] for row in rows) == ["done", "redirected"]
    assert {row["rung"] for row in rows} == {"…01"}
