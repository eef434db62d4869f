"""Everything goes wrong with recognisable secrets, numbers and names in it: none is in a log or an answer."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from azure.data.tables import TableServiceClient

from local.azurite import azurite
from local.faultproxy import FaultProxy
from local.loopback.faults import DoneBut, Elsewhere, LostAnswer, Reset, Says
from local.microsoft.exchange.call_script import Identity, IncomingCall, ResultInfo, Silent
from local.microsoft.simulator import Microsoft
from local.processes import Running, running_host
from tests.support.stack import BASE_URL, sample, seed, today

SECRET = "hush-5f1c8e2d-secret"
CALLER, TARGET, DUTY, FALLBACK = "+43664555000111", "+43664555000222", "+43664555000333", "+43664555000444"
NAMES = ("Zebedee Quillfeather", "Wilhelmina Oakenshott", "Thaddeus Marrowby", "Ottoline Fanshawe")
IN_AN_ERROR = "Xylophonia"
LIST, DASHED, WIDE, BROKEN = (
    "+43664555000555",
    "+43 664 555\u2013000\u2013666",
    "\uff0b43664555000777",
    "+43\u200b664555\u200b000888",
)
PERSON = "Philippa Wetherby"  # as the name of a list, and where a caller's id should be
ANNA = "98da8a1a-1b87-452c-a713-65d3f10b1253"
TARGETS: list[dict[str, object]] = [
    {"PartitionKey": "team", "RowKey": ANNA, "Name": NAMES[0]},
    {"PartitionKey": "team", "RowKey": TARGET, "Name": NAMES[1], "Note": NAMES[2]},
    {"PartitionKey": "team", "RowKey": DUTY[1:], "Name": NAMES[1]},  # no +: left out, and named
    {"PartitionKey": "team", "RowKey": f"{NAMES[2].replace(' ', '.')}@contoso.com"},  # an address: the same
    {"PartitionKey": "default", "RowKey": DUTY, "Enabled": DUTY, "Order": DUTY, "Kind": DUTY},
    # More than can ring, whose keys are named, by signs that no hunt for digits knew.
    *({"PartitionKey": LIST, "RowKey": f"+4366455{number:05}", "Order": 1} for number in range(25)),
    *({"PartitionKey": LIST, "RowKey": key, "Order": 900, "Hours": key} for key in (DASHED, WIDE, BROKEN)),
    {"PartitionKey": PERSON, "RowKey": ANNA, PERSON.replace(" ", ""): DASHED},
]
ROUTES: list[dict[str, object]] = [
    {"PartitionKey": "any", "RowKey": "any", "Ring": "team"},
    {"PartitionKey": "any", "RowKey": CALLER, "Ring": "team", "Timeout": DUTY},
    {"PartitionKey": "any", "RowKey": CALLER[:6], "Ring": "nobody"},
    {"PartitionKey": "any", "RowKey": f"{DUTY} {NAMES[3]}", "Ring": "team"},
    {"PartitionKey": "any", "RowKey": "+44", "Ring": LIST, "TimeZone": PERSON},
    {"PartitionKey": "any", "RowKey": "+45", "Ring": PERSON, "Hours": f"{PERSON} {WIDE}"},
    {"PartitionKey": "any", "RowKey": "+46", "Ring": f"{PERSON}x"},  # did you mean the list of that name?
]
QUOTED = f'{{"error":{{"code":"7505","message":"target {TARGET} of {NAMES[0]}"}}}}'.encode()


class Played:
    """What all of it left behind: the answers that came back, and every line that the app wrote."""

    def __init__(self, answers: list[requests.Response], host: Running, microsoft: Microsoft, key: str) -> None:
        self.answers = [f"{answer.headers}\n{answer.text}" for answer in answers]
        self.lines = host.printed + host.log
        self.events = {event["event"] for event in host.events()}
        self.microsoft = microsoft
        self.key = key


@pytest.fixture(scope="module")
def played() -> Iterator[Played]:
    with azurite() as storage, Microsoft(secret=SECRET, speed=20.0, window=15.0) as microsoft:
        answers: list[requests.Response] = []
        port = int(storage.endpoint.rpartition(":")[2].partition("/")[0])
        with TableServiceClient.from_connection_string(storage.connection_string) as tables:
            seed(tables, "targets", TARGETS)
            seed(tables, "routes", ROUTES)
        with FaultProxy(port) as proxy:
            settings = microsoft.settings() | {
                "TABLES_CONNECTION_STRING": proxy.through(storage.connection_string),
                "PUBLIC_BASE_URL": BASE_URL,
                "FALLBACK_TARGETS": FALLBACK,
                "CONFIG_TTL_SECONDS": "0",
            }
            with running_host(settings) as host:
                microsoft.exchange.delivers_to(host.url)
                _strangers(host, microsoft, answers)
                _calls(microsoft, proxy)
                _broken_bodies(host, microsoft, answers)
                host.wait_for_event("call.unrecorded")
        key = storage.connection_string.partition("AccountKey=")[2].partition(";")[0]
        yield Played(answers, host, microsoft, key)


def _strangers(host: Running, microsoft: Microsoft, answers: list[requests.Response]) -> None:
    """Knock with tokens of every kind: none of them may be seen again."""
    make = microsoft.signing.token
    tokens = [
        make(key=microsoft.signing.stranger),
        make(aud="another"),
        make(expires_in=-4000),
        make(alg="none"),
        make(tid="99999999-9999-4999-8999-999999999999"),
        make(header={"kid": "nobody-published-this"}),
        f"not-a-token-{SECRET}",
    ]
    answers += [_post(host, sample("seed-example-1-incoming"), token) for token in tokens]


def _calls(microsoft: Microsoft, proxy: FaultProxy) -> None:
    """Let people call while each neighbour fails in turn, saying what should never be repeated."""
    login = json.dumps({"error": "invalid_client", "error_description": f"AADSTS7000215: {SECRET} is wrong"}).encode()
    microsoft.token.will_answer(Says(500, SECRET.encode()), Says(429, SECRET.encode(), retry_after="1"))
    for trouble in (Says(403, QUOTED), Says(400, QUOTED), Says(503, QUOTED), LostAnswer(), Reset(), 401):
        microsoft.graph.will_answer(trouble)
        _ring(microsoft)
    microsoft.graph.will_answer(Elsewhere(f"http://127.0.0.1:9/{SECRET}"), Says(200, SECRET.encode(), html=True))
    _ring(microsoft)
    for away in (Says(503), Says(403), Reset(), DoneBut(504)):
        proxy.spoils(away, times=12)
        _ring(microsoft)
        proxy.behaves()
    proxy.refuses()
    _ring(microsoft)
    proxy.behaves()
    proxy.refuses()
    for caller in (
        Identity("phone", PERSON, PERSON),
        Identity("phone", DASHED, PERSON),
        Identity("user", PERSON),
        Identity("guest", DASHED, PERSON),
    ):
        _ring(microsoft, caller)
    proxy.behaves()
    for number in ("+441632960123", "+4532123456", "+46812345678"):
        _ring(microsoft, Identity("phone", number))
    microsoft.entra.revoke()
    microsoft.token.will_answer(Says(401, login))
    _ring(microsoft)


def _ring(microsoft: Microsoft, caller: Identity | None = None) -> None:
    said = ResultInfo(603, 0, f"{NAMES[1]} at {TARGET} declined")
    caller = caller or Identity("phone", CALLER, NAMES[3])
    called = Identity("applicationInstance", "7629bdce-046c-4903-86b4-a8f718277e1a", NAMES[2])
    call = microsoft.exchange.ring(
        IncomingCall(caller=caller, called=called, result=said, everyone=Silent(), hangs_up_after=2)
    )
    call.wait_for("notified", 20)


def _broken_bodies(host: Running, microsoft: Microsoft, answers: list[requests.Response]) -> None:
    token = microsoft.signing.token()
    odd: list[Any] = [
        {"value": [{"resourceData": {"state": "incoming", "id": f"{CALLER}/../{NAMES[0]}"}}]},
        {"value": [{"resourceUrl": NAMES[0], "resourceData": {"state": CALLER, "@odata.type": IN_AN_ERROR}}]},
        {"value": CALLER},
        {"value": [NAMES[0], CALLER]},
        {CALLER: NAMES[0]},
        f"{CALLER} {NAMES[0]} {IN_AN_ERROR}",
        {"value": [{"resourceData": {"state": "incoming", "id": "a", "callChainId": f"{CALLER}\n{NAMES[0]}"}}]},
        {"value": [{"resourceData": {"state": "incoming", "id": "b", "callChainId": NAMES[1].replace(" ", "-")}}]},
        {"value": [{"resourceData": {"state": "incoming", "id": "c", "callChainId": CALLER[1:]}}]},
    ]
    answers += [_post(host, body, token) for body in odd]
    answers += [_post(host, body, token, f"/api/calls/{today()}/x") for body in odd]
    answers.append(_post(host, odd[0], token, f"/api/calls/{today()}/{CALLER}"))
    answers.append(_post(host, odd[0], token, f"/api/calls/{CALLER}/{ANNA}"))


def _post(host: Running, body: object, token: str, path: str = "/api/calls") -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return requests.post(host.url + path, json=body, headers=headers, timeout=20)


def test_what_was_played_did_go_wrong(played: Played) -> None:
    expected = {
        "call.failed",
        "call.redirected",
        "call.unrecorded",
        "caller.refused",
        "directory.problem",
        "graph.token_failed",
        "notification.unreadable",
        "storage.away",
    }

    assert expected <= played.events
    assert "internal.error" not in played.events


@pytest.mark.parametrize("number", [CALLER, TARGET, DUTY, FALLBACK, LIST, DASHED, WIDE, BROKEN])
def test_no_line_and_no_answer_has_a_number(played: Played, number: str) -> None:
    digits = re.sub(r"\D", "", number)[-6:]

    # Not the moments: 20:00:07.77 is nobody's number.
    kept = [re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+", "", line) for line in played.lines + played.answers]
    assert [line for line in kept if digits in re.sub(r"(?:\\u[0-9a-f]{4}|\W)", "", line)] == []


@pytest.mark.parametrize("word", [word for name in (*NAMES, PERSON) for word in name.split()] + [IN_AN_ERROR])
def test_no_line_and_no_answer_has_a_name(played: Played, word: str) -> None:
    assert [line for line in played.lines + played.answers if word.lower() in line.lower()] == []


def test_no_line_and_no_answer_has_a_secret(played: Played) -> None:
    secrets = [SECRET, SECRET[:12], played.key, played.key[:20], "SharedKey", "client_secret"]

    assert [line for line in played.lines + played.answers if any(secret in line for secret in secrets)] == []


def test_no_line_and_no_answer_has_a_token_or_a_part_of_one(played: Played) -> None:
    parts = {
        part[:24]
        for request in [*played.microsoft.seen("graph"), *played.microsoft.seen("token")]
        for part in request.headers.get("Authorization", "").removeprefix("Bearer ").split(".")
        if part
    }
    every = [
        line
        for line in played.lines + played.answers
        if re.search(r"eyJ[A-Za-z0-9_-]{10}|[Bb]earer (?!error=)[A-Za-z0-9]", line)
    ]

    assert every == []
    assert [line for line in played.lines + played.answers if any(part in line for part in parts)] == []


def test_every_line_of_the_app_is_one_event(played: Played) -> None:
    odd = [line for line in played.lines if '{"' in line and not re.search(r'\{"event":"[a-z_.]+".*\}$', line)]

    assert odd == []
    assert not any("Traceback" in line for line in played.lines)
