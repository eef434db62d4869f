"""The three examples of https://learn.microsoft.com/graph/api/call-redirect, from the ring to the record."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from local.microsoft.exchange.call_script import Identity, IncomingCall, PicksUp
from tests.support.stack import Stack, running_stack, sample

pytestmark = pytest.mark.usefixtures("in_every_form")

LINES = {
    1: "11111111-1111-4111-8111-111111111111",
    2: "22222222-2222-4222-8222-222222222222",
    3: "7629bdce-046c-4903-86b4-a8f718277e1a",  # the page's own resource account
}
TARGETS: list[dict[str, object]] = [
    {
        "PartitionKey": "bot",
        "RowKey": "22bfd41f-550e-477d-8789-f6f7bd2a5e8b",
        "Kind": "application",
        "Name": "test bot 2",
    },
    {"PartitionKey": "both", "RowKey": "98da8a1a-1b87-452c-a713-65d3f10b1253", "Name": "test user", "Order": 1},
    {"PartitionKey": "both", "RowKey": "bf5aae9a-d11d-47a8-93b1-782504c9c3f3", "Name": "test user 2", "Order": 2},
    {"PartitionKey": "mobile", "RowKey": "+12345678901"},
]
ROUTES: list[dict[str, object]] = [
    {"PartitionKey": LINES[1], "RowKey": "any", "Ring": "bot"},
    {"PartitionKey": LINES[2], "RowKey": "any", "Ring": "both"},
    {"PartitionKey": LINES[3], "RowKey": "any", "Ring": "mobile"},
]


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_stack(targets=TARGETS, routes=ROUTES, forms=()) as stack:
        yield stack


def line(number: int) -> Identity:
    return Identity("applicationInstance", LINES[number])


@pytest.mark.parametrize("example", [1, 2, 3])
def test_the_request_is_the_pages_own_field_by_field(stack: Stack, example: int) -> None:
    call = stack.microsoft.exchange.ring(IncomingCall(called=line(example))).wait()

    bodies = stack.sent(call.id)

    assert [without_callback(body) for body in bodies] == [without_callback(sample(f"seed-example-{example}-redirect"))]


def test_each_call_has_a_callback_address_of_its_own(stack: Stack) -> None:
    calls = [stack.microsoft.exchange.ring(IncomingCall(called=line(3))).wait() for _ in range(2)]

    addresses = [stack.sent(call.id)[0]["callbackUri"] for call in calls]

    days = [stack.record(call.id)["PartitionKey"] for call in calls]
    assert addresses == [
        f"https://bot.contoso.com/api/calls/{day}/{call.id}" for day, call in zip(days, calls, strict=True)
    ]


def test_the_record_says_who_was_rung_why_and_how_it_ended(stack: Stack) -> None:
    second = "bf5aae9a-d11d-47a8-93b1-782504c9c3f3"

    call = stack.microsoft.exchange.ring(IncomingCall(called=line(2), phones={second: PicksUp(after=1)})).wait()

    record = stack.record_in_state(call.id, "done")
    expected = {
        "Called": LINES[2],
        "Caller": "8d1e6ab6-26c5-4e22-a1bc-06ea7343958e",
        "CallerKind": "user",
        "Route": f"{LINES[2]}/any",
        "List": "both",
        "Rung": f"98da8a1a-1b87-452c-a713-65d3f10b1253 {second}",
        "Forwarding": False,
        "Attempts": 1,
        "GraphStatus": 202,
        "Outcome": "answered",
        "AnsweredBy": second,
        "AnsweredKind": "user",
    }
    assert {name: record.get(name) for name in expected} == expected


@pytest.mark.parametrize("example", [1, 2, 3])
def test_the_pages_own_bodies_go_all_the_way(stack: Stack, example: int) -> None:
    call = str(uuid.uuid4())
    incoming, terminated = (
        sample(f"seed-example-{example}-incoming", call),
        sample(f"seed-example-{example}-terminated"),
    )

    arrived = stack.post(incoming)
    # The page's second example names another call in its last notification: the path decides.
    ended = stack.post(terminated, path=f"/api/calls/{stack.record_in_state(call, 'failed')['PartitionKey']}/{call}")

    assert (arrived.status_code, ended.status_code) == (202, 202)
    assert stack.record(call)["Outcome"] == ("answered" if example == 3 else "late")


def without_callback(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != "callbackUri"}
