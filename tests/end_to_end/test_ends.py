"""How calls ended, as Microsoft told people who run bots, played over HTTP against the running app.

The bodies are synthetic; their codes were reported in microsoft-graph-comms-samples issues 410, 433, 664, 667,
graph-docs-contrib issue 63 and Azure/Communication issue 353.
"""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from local.loopback.faults import Says
from tests.support.stack import Stack, running_stack

pytestmark = pytest.mark.usefixtures("in_every_form")

ANNA = "98da8a1a-1b87-452c-a713-65d3f10b1253"
ROUTES: list[dict[str, object]] = [{"PartitionKey": "any", "RowKey": "any", "Timeout": 15}]


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_stack(targets=[{"PartitionKey": "default", "RowKey": ANNA}], routes=ROUTES, forms=()) as stack:
        yield stack


def ended(stack: Stack, **told: Any) -> dict[str, Any]:
    """Let a call ring and end, and give its record."""
    call = str(uuid.uuid4())
    ringing = {"@odata.type": "#microsoft.graph.call", "state": "incoming", "id": call}
    entry = {"changeType": "created", "resourceUrl": f"/communications/calls/{call}", "resourceData": ringing}
    stack.microsoft.graph.will_answer(Says(202))
    assert stack.post({"value": [entry]}).status_code == 202
    end = {"@odata.type": "#microsoft.graph.call", "state": "terminated"} | told
    entry = entry | {"changeType": "deleted", "resourceData": end}
    path = "/api/calls/" + stack.sent(call)[0]["callbackUri"].partition("/api/calls/")[2]
    assert stack.post({"value": [entry]}, path=path).status_code == 202
    return stack.record(call)


@pytest.mark.parametrize(
    ("code", "subcode", "message", "outcome"),
    [
        (500, 3003, "Server Internal Error. DiagCode: 500#3003.@", "failed"),
        (500, 7106, "Server Internal Error. DiagCode: 3003#7106.@", "failed"),
        (410, 3101, "", "unreachable"),
        (410, 301005, "", "failed"),
        (400, 2203, "Bad Request. DiagCode: 400#2203", "failed"),
        (400, 8541, "DiagCode: 480#10076", "unreachable"),
        (430, None, "", "unreachable"),
        (503, None, "", "failed"),
        (504, 560504, "", "failed"),
        (600, None, "", "busy"),
        (604, 560604, "", "unreachable"),
        (497, 560487, "", "caller_hung_up"),
        (480, None, "DiagCode: 480#10076", "unreachable"),
        (200, 540000, "", "ended"),
        ("200", "5002", "", "ended"),
    ],
)
def test_an_end_is_what_a_person_would_say(
    stack: Stack, code: object, subcode: object, message: str, outcome: str
) -> None:
    record = ended(stack, resultInfo={"code": code, "subcode": subcode, "message": message})

    assert (record["State"], record["Outcome"], record["Code"]) == ("done", outcome, int(str(code)))
    assert (record["Seconds"], record.get("RingSeconds")) == (0, None if outcome == "ended" else 0)


def test_who_answered_counts_and_how_long_it_rang_is_not_known(stack: Stack) -> None:
    record = ended(stack, answeredBy={"identity": {"user": {"id": ANNA}}}, resultInfo={"code": 200, "subcode": 5002})

    assert (record["Outcome"], record["AnsweredBy"], record.get("RingSeconds")) == ("answered", ANNA, None)
    assert "EndedAt" in record
