"""What must not get in, and what must not stop the rest, played over HTTP against the running app."""

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import requests

from local.microsoft.exchange.call_script import Identity, IncomingCall
from local.microsoft.identity.token_forms import TokenForm
from tests.support.stack import Stack, running_stack, sample, seed, today

pytestmark = pytest.mark.usefixtures("in_every_form")

ANNA = "98da8a1a-1b87-452c-a713-65d3f10b1253"
OTHER_TENANT = "99999999-9999-4999-8999-999999999999"
OTHER_BOT = "88888888-8888-4888-8888-888888888888"
NUMBER = "+12345678901"

LINES = {
    "empty": "aaaaaaaa-0000-4000-8000-000000000001",
    "missing": "aaaaaaaa-0000-4000-8000-000000000002",
    "broken": "aaaaaaaa-0000-4000-8000-000000000003",
    "disabled": "aaaaaaaa-0000-4000-8000-000000000004",
    "nobody": "aaaaaaaa-0000-4000-8000-000000000005",
}
TARGETS: list[dict[str, object]] = [
    {"PartitionKey": "default", "RowKey": ANNA},
    {"PartitionKey": "broken", "RowKey": "98da8a1a-1b87-452c-a713-65d3f10b125"},
    {"PartitionKey": "broken", "RowKey": NUMBER},
    {"PartitionKey": "disabled", "RowKey": NUMBER, "Enabled": "no"},
]
ROUTES: list[dict[str, object]] = [
    {"PartitionKey": LINES["empty"], "RowKey": "any", "Ring": "empty"},
    {"PartitionKey": LINES["missing"], "RowKey": "any", "Ring": "slaes"},
    {"PartitionKey": LINES["broken"], "RowKey": "any", "Ring": "broken"},
    {"PartitionKey": LINES["disabled"], "RowKey": "any", "Ring": "disabled"},
    {"PartitionKey": LINES["nobody"], "RowKey": "any", "Ring": "disabled", "Empty": "disabled"},
]


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_stack(targets=TARGETS, routes=ROUTES, forms=()) as stack:
        yield stack


def incoming() -> tuple[str, dict[str, Any]]:
    call = str(uuid.uuid4())
    return call, sample("seed-example-1-incoming", call)


def reason(answer: requests.Response) -> str:
    return str(answer.json()["error"]["reason"])


# Whether it came


@pytest.mark.parametrize("path", ["/api/calls", f"/api/calls/{today()}/491f0b00-ffff-4bc9-a43e-b226498ec22a"])
def test_a_body_that_the_host_drops_is_not_taken_for_an_empty_one(stack: Stack, path: str) -> None:
    call, body = incoming()
    headers = {"Authorization": f"Bearer {stack.microsoft.signing.token()}", "Content-Type": "application/json"}
    before = len(stack.host.events("notification.dropped"))

    chunks = iter([json.dumps(body).encode()])  # requests sends what has no length in chunks
    answer = requests.post(stack.host.url + path, data=chunks, headers=headers, timeout=20)

    assert (answer.status_code, reason(answer)) == (503, "body_dropped")
    assert stack.host.wait_until(lambda: len(stack.host.events("notification.dropped")) == before + 1, 5)
    assert not stack.has_record(call)


def test_a_body_that_was_empty_from_the_start_is_taken(stack: Stack) -> None:
    assert stack.post(b"").status_code == 202


def test_a_strangers_body_in_chunks_is_a_strangers(stack: Stack) -> None:
    before = len(stack.host.events("notification.dropped"))

    answer = requests.post(f"{stack.host.url}/api/calls", data=iter([b"{}"]), timeout=20)

    assert (answer.status_code, len(stack.host.events("notification.dropped"))) == (401, before)


@pytest.mark.parametrize("path", ["/api/calls", "/API/Calls/", f"/api/calls/{today()}/x"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_who_looks_at_a_webhook_is_told_that_it_is_one(stack: Stack, method: str, path: str) -> None:
    answer = requests.request(method, stack.host.url + path, timeout=20)

    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    if method == "GET":
        assert reason(answer) == "method_not_allowed"


CHAT = {
    "type": "message",
    "id": "1485983408511",
    "serviceUrl": "https://smba.trafficmanager.net/emea/",
    "channelId": "msteams",
    "from": {"id": "29:made-up", "name": "Anna Berg"},
    "conversation": {"id": "a:made-up"},
    "recipient": {"id": "28:made-up"},
    "text": "hello",
}


@pytest.mark.parametrize(
    ("token", "event", "status"),
    [
        pytest.param("a.b.c", "caller.refused", 401, id="with-a-token-of-chats"),
        pytest.param(None, "notification.unreadable", 400, id="with-a-token-of-calls"),
    ],
)
def test_a_chat_message_at_the_calling_webhook_says_what_is_wrong(
    stack: Stack, token: str | None, event: str, status: int
) -> None:
    answer = stack.post(CHAT, token=token)

    assert answer.status_code == status
    named = "a Bot Framework message, not a call"
    assert stack.host.wait_until(lambda: any(named in said["why"] for said in stack.host.events(event)), 5)
    assert "Anna" not in json.dumps(stack.host.events())


# Who


def forged(stack: Stack, form: TokenForm) -> dict[str, str]:
    signing = stack.microsoft.signing
    token = partial(signing.token, form)
    others = signing.entra if form is TokenForm.LEGACY else signing.legacy
    return {
        "no token": "",
        "a stranger's key": token(key=signing.stranger),
        "the other publisher's key": token(key=others.current),
        "the key for consumers alone": token(key=signing.consumers),
        "another bot's": token(aud=OTHER_BOT),
        "another issuer's": token(iss="https://sts.windows.net/x/"),
        "bound to a key": token(cnf={}),
        "expired": token(expires_in=-400),
        "unsigned": token(alg="none"),
        "an unknown kid": token(header={"kid": "unknown"}),
        "no tenant": token(without=("tid",)),
        "rubbish": "a.b.c",
    }


def not_asked_for_by_the_calling_service(stack: Stack, form: TokenForm) -> list[str]:
    """Give tokens that Entra signs for any app of the tenant, the bot itself included."""
    caller = {TokenForm.ENTRA_V1: "appid", TokenForm.ENTRA_V2: "azp"}[form]
    bots_own: dict[str, Any] = {caller: stack.microsoft.bot}
    return [
        stack.microsoft.signing.token(form, **bots_own),
        stack.microsoft.signing.token(form, without=(caller,)),
    ]


@pytest.mark.parametrize("path", ["/api/calls", f"/api/calls/{today()}/491f0b00-ffff-4bc9-a43e-b226498ec22a"])
def test_every_token_that_is_not_microsofts_gets_the_same_answer_and_reaches_nothing(
    stack: Stack, token_form: TokenForm, path: str
) -> None:
    call, body = incoming()

    answers = [stack.post(body, path=path, token=token) for token in forged(stack, token_form).values()]

    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    challenges = [answer.headers["WWW-Authenticate"] for answer in answers]
    assert challenges == ["Bearer", *['Bearer error="invalid_token"'] * (len(answers) - 1)]
    assert not stack.has_record(call)
    assert stack.sent(call) == []


@pytest.mark.parametrize("token_form", [TokenForm.ENTRA_V1, TokenForm.ENTRA_V2], indirect=True)
def test_what_entra_signs_for_another_app_is_not_microsofts(stack: Stack, token_form: TokenForm) -> None:
    call, body = incoming()

    answers = [stack.post(body, token=token) for token in not_asked_for_by_the_calling_service(stack, token_form)]

    assert [answer.status_code for answer in answers] == [401, 401]
    assert not stack.has_record(call)


def test_a_key_that_names_no_issuer_signs_for_any_tenant(stack: Stack) -> None:
    call, body = incoming()
    signing = stack.microsoft.signing

    answer = stack.post(body, token=signing.token(TokenForm.ENTRA_V2, key=signing.without_issuer))

    assert (answer.status_code, stack.has_record(call)) == (202, True)


def test_a_genuine_token_of_another_tenant_is_told_so(stack: Stack, token_form: TokenForm) -> None:
    call, body = incoming()

    answer = stack.post(body, token=stack.microsoft.signing.token(token_form, tid=OTHER_TENANT))

    assert (answer.status_code, reason(answer)) == (403, "tenant_not_allowed")
    assert not stack.has_record(call)


def test_the_size_is_looked_at_before_the_token(stack: Stack) -> None:
    answer = stack.post(b" " * (256 * 1024 + 1), token="")

    assert (answer.status_code, reason(answer)) == (413, "too_large")


def test_the_token_is_looked_at_before_the_body(stack: Stack) -> None:
    assert stack.post(b"not JSON", token="").status_code == 401


# What


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"not JSON", id="not-json"),
        pytest.param(b"\xff\xfe\x00", id="not-utf-8"),
        pytest.param(b"[" * 100_000, id="a-hundred-thousand-brackets"),
        pytest.param(b"[]", id="a-list"),
        pytest.param(b'"value"', id="a-text"),
        pytest.param(b"{}", id="an-empty-object"),
        pytest.param(b'{"value": {}}', id="value-is-an-object"),
        pytest.param(b'{"value": ["x", 1, null]}', id="entries-of-another-kind"),
    ],
)
def test_a_body_of_another_shape_is_400(stack: Stack, body: bytes) -> None:
    answer = stack.post(body)

    assert (answer.status_code, reason(answer)) == (400, "unreadable")


def test_a_legacy_body_is_204_so_that_it_comes_again(stack: Stack) -> None:
    body = {"callState": "incoming", "participants": [], "isMultiparty": False}

    assert stack.post(body).status_code == 204


@pytest.mark.parametrize("call", ["a/b", "a%2Fb", "..", "a%00", "a\r\nb", "a b", "x" * 1000, "é"])
def test_a_call_id_that_is_not_plain_reaches_nothing(stack: Stack, call: str) -> None:
    before = len(stack.microsoft.seen("graph"))

    answer = stack.post(sample("seed-example-1-incoming", call))

    assert answer.status_code == 400
    assert len(stack.microsoft.seen("graph")) == before


def test_one_bad_entry_never_hides_the_next(stack: Stack) -> None:
    call = stack.microsoft.exchange.ring(IncomingCall(hangs_up_after=3.0))
    call.wait_for("notified")
    other, body = incoming()
    body["value"] = ["rubbish", {"resourceData": {"state": "incoming"}}, *body["value"], 7]

    answer = stack.post(body)

    assert answer.status_code == 202
    assert stack.record(other)["State"] == "failed"  # it rang nowhere: Graph does not know it


# The tables' own mistakes


@pytest.mark.parametrize(
    ("line", "rung"),
    [
        pytest.param("empty", [ANNA], id="a-list-without-rows"),
        pytest.param("missing", [ANNA], id="a-list-that-does-not-exist"),
        pytest.param("broken", [NUMBER], id="a-row-with-a-broken-id"),
        pytest.param("disabled", [ANNA], id="everybody-switched-off"),
    ],
)
def test_a_mistake_in_a_table_does_not_silence_the_line(stack: Stack, line: str, rung: list[str]) -> None:
    called = Identity("applicationInstance", LINES[line])

    call = stack.microsoft.exchange.ring(IncomingCall(called=called)).wait()

    assert call.happened("redirected")[0].facts["targets"] == rung
    assert stack.record_in_state(call.id, "done")["Outcome"] == "answered"


def test_where_nobody_can_ring_the_caller_hears_so_at_once(stack: Stack) -> None:
    called = Identity("applicationInstance", LINES["nobody"])

    call = stack.microsoft.exchange.ring(IncomingCall(called=called)).wait()

    record = stack.record_in_state(call.id, "done")
    assert [body["reason"] for body in stack.sent(call.id, "reject")] == ["busy"]
    assert stack.sent(call.id, "reject")[0]["callbackUri"].endswith(f"/{call.id}")
    assert (record["Outcome"], record["Skipped"]) == ("no_target", f"{NUMBER}: disabled")
    (said,) = [event for event in stack.host.events("call.rejected") if event["call"] == call.id]
    assert (said["outcome"], said["targets"]) == ("no_target", 0)


# The end of a call


def terminated(call: str, **data: object) -> dict[str, Any]:
    body = sample("seed-example-1-terminated", call)
    body["value"][0]["resourceData"] |= data
    return body


def test_an_end_of_a_call_never_seen_makes_a_record(stack: Stack) -> None:
    call = str(uuid.uuid4())

    answer = stack.post(terminated(call), path=f"/api/calls/{today()}/{call}")

    assert answer.status_code == 202
    assert (stack.record(call)["State"], stack.record(call)["Outcome"]) == ("done", "ended")


def test_a_caller_who_hangs_up_first_is_never_redirected(stack: Stack) -> None:
    call = str(uuid.uuid4())
    body = terminated(call, resultInfo={"code": 487, "subcode": 0})

    ended, rang = stack.post(body), stack.post(sample("seed-example-1-incoming", call))

    assert (ended.status_code, rang.status_code) == (202, 202)
    assert stack.sent(call) == []
    assert stack.record(call)["Outcome"] == "caller_hung_up"


def test_an_end_at_the_webhook_finds_the_record_of_yesterday(stack: Stack) -> None:
    call, yesterday = str(uuid.uuid4()), (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    seed(stack.tables, "calls", [{"PartitionKey": yesterday, "RowKey": call, "State": "redirected"}])

    stack.post(terminated(call))

    assert stack.record(call, day=yesterday)["State"] == "done"
    assert not stack.has_record(call)


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/api/calls/yesterday/491f0b00-ffff-4bc9-a43e-b226498ec22a", id="no-day"),
        pytest.param("/api/calls/2026-01-01/491f0b00-ffff-4bc9-a43e-b226498ec22a", id="a-day-long-ago"),
        pytest.param(f"/api/calls/{today()}/a%252Fb", id="a-percent-sign"),
        pytest.param(f"/api/calls/{today()}/a%0D%0Ab", id="a-line-break"),
        pytest.param(f"/api/calls/{today()}/a%2Fb", id="a-slash"),
    ],
)
def test_an_address_that_we_cannot_have_made_is_400(stack: Stack, path: str) -> None:
    answer = stack.post(terminated("491f0b00-ffff-4bc9-a43e-b226498ec22a"), path=path)

    assert (answer.status_code, reason(answer)) == (400, "unreadable")


def test_the_token_must_be_of_the_records_tenant(stack: Stack) -> None:
    call = str(uuid.uuid4())
    row = {"PartitionKey": today(), "RowKey": call, "State": "redirected", "Tenant": OTHER_TENANT}
    seed(stack.tables, "calls", [row])

    answer = stack.post(terminated(call), path=f"/api/calls/{today()}/{call}")

    assert (answer.status_code, reason(answer)) == (403, "tenant_not_allowed")
    assert stack.record(call)["State"] == "redirected"


def test_the_health_of_the_app_is_told_to_anyone_and_nothing_else(stack: Stack) -> None:
    answer = requests.get(f"{stack.host.url}/api/health", timeout=5)

    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "build": "dev"})


def test_an_error_says_what_and_why_and_nothing_of_the_body(stack: Stack) -> None:
    answer = stack.post(json.dumps({"secret": NUMBER}).encode())

    assert set(answer.json()["error"]) == {"reason", "message"}
    assert NUMBER not in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
