"""Who calls, in the forms that people who run telephone bots met, played over HTTP against the running app.

The bodies are synthetic: what is in them was reported in the threads that each case names.
"""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from local.loopback.faults import Says
from tests.support.stack import Stack, running_stack

pytestmark = pytest.mark.usefixtures("in_every_form")

ANNA, BO = "98da8a1a-1b87-452c-a713-65d3f10b1253", "bf5aae9a-d11d-47a8-93b1-782504c9c3f3"
STRANGER = "ec040873-8235-45fd-a403-c7259a5a548e"
LINE = "5a1e5000-0000-4000-8000-000000000001"
NUMBER = "+14255550123"
TARGETS: list[dict[str, object]] = [
    {"PartitionKey": "default", "RowKey": ANNA},
    {"PartitionKey": "default", "RowKey": BO},
]
ROUTES: list[dict[str, object]] = [
    {"PartitionKey": "any", "RowKey": "+1425", "Ring": "reject"},
    {"PartitionKey": "any", "RowKey": "0044", "Ring": "reject"},
    {"PartitionKey": "any", "RowKey": "anonymous", "Ring": "reject"},
]


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_stack(targets=TARGETS, routes=ROUTES, forms=()) as stack:
        yield stack


def rings(kind: str, caller: str, *, call: str = "", **data: Any) -> tuple[str, dict[str, Any]]:
    call = call or str(uuid.uuid4())
    ringing = {
        "@odata.type": "#microsoft.graph.call",
        "state": "incoming",
        "id": call,
        "source": {"identity": {kind: {"id": caller}}},
        "targets": [{"identity": {"applicationInstance": {"id": LINE}}}],
    }
    entry = {"changeType": "created", "resourceUrl": f"/communications/calls/{call}", "resourceData": ringing | data}
    return call, {"value": [entry]}


def taken(stack: Stack, body: object) -> int:
    """Post a call that the exchange did not place: Graph is told to take what it does not know."""
    stack.microsoft.graph.will_answer(Says(202))
    return stack.post(body).status_code


def rung(stack: Stack, call: str) -> list[list[str]]:
    return [[target["identity"]["user"]["id"] for target in body["targets"]] for body in stack.sent(call)]


# fusionpbx issue 5138, 2600hz/kazoo issue 1811, microsoft-graph-comms-samples issue 237
@pytest.mark.parametrize(
    "form",
    [
        *("tel:+14255550123", "4:+14255550123", "sip:+14255550123@sbc.example.com;user=phone", "0014255550123"),
        *("14255550123", "+14255550123;ext=12", "%2B14255550123", "\uff0b14255550123", "+1 (425) 555\u20130123"),
    ],
)
def test_a_rule_holds_for_a_number_in_every_form(stack: Stack, form: str) -> None:
    call, body = rings("phone", form)

    assert taken(stack, body) == 202
    record = stack.record(call)
    assert (record["State"], record["Route"], record["Caller"]) == ("rejected", "any/+1425", NUMBER)
    assert (len(stack.sent(call, "reject")), stack.sent(call)) == (1, [])


def test_a_rule_may_be_written_with_the_international_prefix(stack: Stack) -> None:
    call, body = rings("phone", "tel:+44-1632-960123")

    assert taken(stack, body) == 202
    assert stack.record(call)["Route"] == "any/+44"


# bmlt-enabled/yap issue 132, techmatters/flex-plugins pull request 4647, somleng issue 1820
@pytest.mark.parametrize(
    "form",
    [
        *("Anonymous", "sip:anonymous@anonymous.invalid", "Restricted", "PRIVATE", "unavailable", "unknown", ""),
        *("+266696687", "Anna Berg", "sip:unavailable@unknown.invalid", "0000000000"),
    ],
)
def test_a_rule_for_anonymous_callers_holds_however_they_withhold_their_number(stack: Stack, form: str) -> None:
    call, body = rings("phone", form)

    assert taken(stack, body) == 202
    record = stack.record(call)
    assert (record["State"], record["Route"], record.get("Caller")) == ("rejected", "any/anonymous", None)


def test_a_number_that_cannot_be_read_rings_and_stands_in_the_record_as_it_came(stack: Stack) -> None:
    call, body = rings("phone", "0664 123456")

    assert taken(stack, body) == 202
    assert rung(stack, call) == [[ANNA, BO]]
    assert stack.record(call)["Caller"] == "0664 123456"


# microsoft-graph-comms-samples issue 463, and a sequence as people play it
@pytest.mark.parametrize(
    ("caller", "data", "why"),
    [
        pytest.param(ANNA, {}, "is calling", id="who-calls"),
        pytest.param(f"8:orgid:{ANNA.upper()}", {}, "is calling", id="who-calls-by-the-platforms-id"),
        pytest.param(
            STRANGER,
            {"incomingContext": {"transferor": {"user": {"id": ANNA.upper()}}}},
            "transferred the call here",
            id="who-transferred-the-call",
        ),
    ],
)
def test_nobody_rings_themselves(stack: Stack, caller: str, data: dict[str, Any], why: str) -> None:
    call, body = rings("user", caller, **data)

    assert taken(stack, body) == 202
    assert rung(stack, call) == [[BO]]
    assert stack.record(call)["Skipped"] == f"{ANNA}: {why}"


@pytest.mark.parametrize("path", ["/api/calls", "/api/calls/{day}/{call}"])
def test_an_end_in_lower_case_finds_the_row_of_a_call_in_upper_case(stack: Stack, path: str) -> None:
    call = str(uuid.uuid4())
    _, body = rings("user", STRANGER, call=call.upper())
    assert taken(stack, body) == 202
    (redirect,) = stack.sent(call.upper())
    day = redirect["callbackUri"].split("/")[-2]
    end = {"@odata.type": "#microsoft.graph.call", "state": "terminated", "resultInfo": {"code": 486, "subcode": 0}}
    entry = {"changeType": "deleted", "resourceUrl": f"/communications/calls/{call}", "resourceData": end}

    assert stack.post({"value": [entry]}, path=path.format(day=day, call=call)).status_code == 202

    record = stack.record(call)
    assert redirect["callbackUri"].endswith(f"/{call}")
    assert (record["State"], record["Outcome"], record["List"]) == ("done", "busy", "default")
    assert not stack.has_record(call.upper())


def test_what_is_of_another_type_is_not_redirected(stack: Stack) -> None:
    call, body = rings("user", STRANGER, **{"@odata.type": "#microsoft.graph.onlineMeeting"})

    assert stack.post(body).status_code == 202
    assert (stack.sent(call), stack.has_record(call)) == ([], False)


def test_an_invitation_to_record_and_its_end_make_no_row(stack: Stack) -> None:
    call, body = rings("user", STRANGER, incomingContext={"observedParticipantId": "7"})
    end = {"changeType": "deleted", "resourceUrl": f"/communications/calls/{call}", "resourceData": {}}

    assert [stack.post(one).status_code for one in (body, {"value": [end]})] == [202, 202]
    assert (stack.sent(call), stack.has_record(call)) == ([], False)
