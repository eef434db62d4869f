"""Hold the exchange to its timelines, and its notifications to the API page and to a good signature."""

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import jwt
import pytest
import requests

from local.loopback.messages import Request, Response
from local.loopback.server import LoopbackServer
from local.microsoft.exchange.call_script import (
    BOT,
    TENANT,
    Busy,
    Declines,
    Delivery,
    Identity,
    IncomingCall,
    PicksUp,
    ResultInfo,
    Silent,
)
from local.microsoft.exchange.courier import LeavesThisMachine
from local.microsoft.identity.token_forms import TokenForm
from local.microsoft.server.neighbour import Neighbour
from local.microsoft.simulator import Microsoft
from tests.support.paths import SAMPLES

ANNA = "98da8a1a-1b87-452c-a713-65d3f10b1253"
BEN = "bf5aae9a-d11d-47a8-93b1-782504c9c3f3"
PHONE = "+12345678901"
CALLBACK = "https://bot.contoso.com/api/calls/2025-01-01/"


class Bot:
    """A bot that asks Graph for what it was told to, while the incoming notification waits for its answer."""

    def __init__(self, microsoft: Microsoft) -> None:
        self._microsoft = microsoft
        self.targets = [ANNA]
        self.extra: dict[str, Any] = {}
        self.operation: str | None = "redirect"
        self.neighbour = Neighbour("bot", self._answer)
        self.server = LoopbackServer()
        self.refusals: list[int] = []

    @contextmanager
    def listening(self) -> Iterator[None]:
        self.server.start(self.neighbour.serve)
        self._microsoft.exchange.delivers_to(self.server.url)
        try:
            yield
        finally:
            self.server.stop()

    @property
    def at_callbacks(self) -> list[Request]:
        return [request for request in self.neighbour.seen if request.path != "/api/calls"]

    @property
    def announced(self) -> list[Request]:
        return [request for request in self.neighbour.seen if request.path == "/api/calls"]

    def _answer(self, request: Request) -> Response:
        [entry] = request.json["value"]
        if entry["changeType"] == "created" and self.operation:
            call_id = entry["resourceData"]["id"]
            status = self._ask_graph(call_id)
            if status != 202:
                self.refusals.append(status)
        return Response(202)

    def _ask_graph(self, call_id: str) -> int:
        body: dict[str, Any] = {"callbackUri": f"{CALLBACK}{call_id}", **self.extra}
        if self.operation == "redirect":
            body["targets"] = [_target(who) for who in self.targets]
        address = f"/{TENANT}/oauth2/v2.0/token"
        form = f"grant_type=client_credentials&client_id={BOT}&client_secret=made-up-secret"
        form += f"&scope={self._microsoft.url}/.default"
        token = self._microsoft.entra.token(Request("POST", address, {}, form.encode()))
        return requests.post(
            f"{self._microsoft.url}/v1.0/communications/calls/{call_id}/{self.operation}",
            json={key: value for key, value in body.items() if value is not None},
            headers={"Authorization": f"Bearer {token.body['access_token']}"},
            timeout=5,
        ).status_code


@pytest.fixture
def microsoft() -> Iterator[Microsoft]:
    with Microsoft(speed=1000) as microsoft:
        yield microsoft


@pytest.fixture
def unhurried() -> Iterator[Microsoft]:
    with Microsoft() as microsoft:
        yield microsoft


@pytest.fixture
def bot(microsoft: Microsoft) -> Iterator[Bot]:
    bot = Bot(microsoft)
    with bot.listening():
        yield bot


def test_a_call_rings_is_redirected_picked_up_and_told(microsoft: Microsoft, bot: Bot) -> None:
    call = microsoft.exchange.ring().wait()

    assert [event.what for event in call.timeline if event.what != "notified"] == [
        "rang",
        "redirected",
        "ringing",
        "pickedUp",
        "ended",
        "told",
    ]
    assert call.notified == 202
    assert call.happened("redirected")[0].facts["targets"] == [ANNA]
    assert call.happened("ended")[0].facts == {"how": "answered"}
    assert call.happened("told")[0].facts["to"] == f"{CALLBACK}{call.id}"
    assert [event.at for event in call.timeline] == sorted(event.at for event in call.timeline)
    assert microsoft.timeline(call.id) == call.timeline
    assert [request.path for request in bot.at_callbacks] == [f"/api/calls/2025-01-01/{call.id}"]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_its_notifications_are_the_api_pages_in_the_form_of_example_3(
    microsoft: Microsoft, bot: Bot, number: int
) -> None:
    microsoft.exchange.ring(IncomingCall.example(number)).wait()

    [incoming], [terminated] = bot.announced, bot.at_callbacks
    answered = {"answeredBy": _data_of(_page(3, "terminated"))["answeredBy"]}
    assert _shape(incoming.json, without=_NOT_ON_THE_PAGE) == _shape(_in_the_form_of_3(number, "incoming"))
    assert _shape(terminated.json, without=_NOT_ON_THE_PAGE | answered.keys()) == _shape(
        _in_the_form_of_3(number, "terminated"), without=answered.keys()
    )


def test_who_answers_is_told_as_on_the_api_page(microsoft: Microsoft, bot: Bot) -> None:
    bot.targets = [PHONE]

    microsoft.exchange.ring(IncomingCall.example(3)).wait()

    assert _shape(_data(bot.at_callbacks[0])["answeredBy"]) == _shape(_data_of(_page(3, "terminated"))["answeredBy"])


def test_its_notifications_are_signed_and_headed_as_microsofts(microsoft: Microsoft, bot: Bot) -> None:
    microsoft.exchange.ring(IncomingCall(hangs_up_after=None)).wait()

    keys = jwt.PyJWKSet.from_dict(microsoft.signing.legacy.document())
    for request in bot.neighbour.seen:
        token = request.headers["Authorization"].removeprefix("Bearer ")
        key = keys[jwt.get_unverified_header(token)["kid"]]
        assert jwt.decode(token, key, algorithms=["RS256"], audience=BOT)["tid"] == TENANT
        assert request.headers["User-Agent"].startswith("Microsoft-Skype/3.0")
        assert request.headers["X-Microsoft-Skype-Message-ID"]
    chain = bot.announced[0].json["value"][0]["resourceData"]["callChainId"]
    assert {request.headers["X-Microsoft-Skype-Chain-ID"] for request in bot.neighbour.seen} == {chain}


def forms(bot: Bot) -> list[str]:
    """Give the form of each token that came, by what tells them apart."""
    tokens = [request.headers["Authorization"].removeprefix("Bearer ") for request in bot.neighbour.seen]
    claims = [jwt.decode(token, options={"verify_signature": False}) for token in tokens]
    return [f"entra-v{one['ver'][0]}" if "ver" in one else "legacy" for one in claims]


def test_it_signs_in_each_of_its_forms_in_turn(microsoft: Microsoft, bot: Bot) -> None:
    microsoft.exchange.signs_in(*TokenForm)

    calls = [microsoft.exchange.ring().wait() for _ in range(2)]

    assert forms(bot) == ["legacy", "entra-v1", "entra-v2", "legacy"]
    signed = [call.happened(what)[0].facts["form"] for call in calls for what in ("notified", "told")]
    assert signed == forms(bot)


def test_a_call_may_have_a_form_of_its_own(microsoft: Microsoft, bot: Bot) -> None:
    microsoft.exchange.ring(IncomingCall(form=TokenForm.ENTRA_V2)).wait()

    assert forms(bot) == ["entra-v2", "entra-v2"]


def test_without_a_form_no_call_can_be_placed(microsoft: Microsoft, bot: Bot) -> None:
    microsoft.exchange.signs_in()

    with pytest.raises(RuntimeError, match="which form"):
        microsoft.exchange.ring()
    assert microsoft.exchange.ring(IncomingCall(form=TokenForm.LEGACY)).wait().notified == 202
    assert forms(bot) == ["legacy", "legacy"]


@pytest.mark.parametrize(
    ("phones", "how", "code", "subcode", "by"),
    [
        pytest.param({ANNA: PicksUp(2), BEN: PicksUp(1)}, "answered", None, None, BEN, id="the-first-wins"),
        pytest.param({ANNA: Declines(1), BEN: PicksUp(2)}, "answered", None, None, BEN, id="one-declines"),
        pytest.param({ANNA: Silent(), BEN: Silent()}, "noAnswer", 487, 10004, None, id="nobody"),
        pytest.param({ANNA: PicksUp(70), BEN: Silent()}, "noAnswer", 487, 10004, None, id="too-slow"),
        pytest.param({ANNA: Declines(1), BEN: Declines(1)}, "declined", 487, 10024, None, id="all-decline"),
        pytest.param({ANNA: Busy(), BEN: Busy()}, "busy", 486, 8539, None, id="all-busy"),
        pytest.param({ANNA: Busy(), BEN: Silent()}, "noAnswer", 487, 10004, None, id="one-busy"),
    ],
)
def test_how_a_simulring_ends(  # noqa: PLR0917 - a table's columns
    microsoft: Microsoft,
    bot: Bot,
    phones: dict[str, Any],
    how: str,
    code: int | None,
    subcode: int | None,
    by: str | None,
) -> None:
    bot.targets = [ANNA, BEN]

    call = microsoft.exchange.ring(IncomingCall(phones=phones)).wait()

    assert call.happened("ended")[0].facts["how"] == how
    assert [event.facts["by"] for event in call.happened("pickedUp")] == ([by] if by else [])
    data = _data(bot.at_callbacks[0])
    assert data["state"] == "terminated"
    assert data.get("resultInfo", {}).get("code") == code
    assert data.get("resultInfo", {}).get("subcode") == subcode
    assert data.get("answeredBy", {}).get("identity", {}).get("user", {}).get("id") == by


@pytest.mark.parametrize(
    ("phone", "code", "subcode"),
    [
        pytest.param(Silent(), 480, 560480, id="no-answer"),
        pytest.param(Busy(), 486, 560486, id="busy"),
        pytest.param(Declines(), 603, 0, id="declined"),
    ],
)
def test_how_a_call_to_one_phone_ends(microsoft: Microsoft, bot: Bot, phone: Any, code: int, subcode: int) -> None:
    bot.targets = [PHONE]
    microsoft.exchange.phones[PHONE] = phone

    microsoft.exchange.ring().wait()

    result = _data(bot.at_callbacks[0])["resultInfo"]
    assert (result["code"], result["subcode"]) == (code, subcode)


def test_a_phone_that_answers_stays_encrypted(microsoft: Microsoft, bot: Bot) -> None:
    bot.targets = [PHONE]

    microsoft.exchange.ring().wait()

    assert "encrypted" in _data(bot.at_callbacks[0])["answeredBy"]["identity"]
    assert PHONE.encode() not in bot.at_callbacks[0].body


def test_the_redirects_timeout_is_kept(microsoft: Microsoft, bot: Bot) -> None:
    bot.extra = {"timeout": 15}

    call = microsoft.exchange.ring(IncomingCall(phones={ANNA: PicksUp(16)})).wait()

    assert call.happened("ended")[0].facts["how"] == "noAnswer"


def test_a_caller_who_gives_up_before_the_redirect_is_told_at_the_webhook(microsoft: Microsoft, bot: Bot) -> None:
    bot.operation = None

    call = microsoft.exchange.ring(IncomingCall(caller=Identity("phone", "+441234567890"), hangs_up_after=0.05)).wait()

    assert call.happened("ended")[0].facts == {"how": "hungUp", "code": 487, "subcode": 540487}
    assert [_data(request)["state"] for request in bot.announced] == ["incoming", "terminated"]
    assert bot.at_callbacks == []


def test_a_caller_who_gives_up_after_the_redirect_is_told_at_the_callback(unhurried: Microsoft) -> None:
    bot = Bot(unhurried)
    with bot.listening():
        call = unhurried.exchange.ring(IncomingCall(everyone=Silent(), hangs_up_after=0.7)).wait()

    assert call.happened("ended")[0].facts == {"how": "hungUp", "code": 487, "subcode": 0}
    assert len(bot.at_callbacks) == 1


def test_a_bot_that_does_nothing_loses_the_call_when_the_window_closes(bot: Bot) -> None:
    bot.operation = None
    with Microsoft(window=0.1) as microsoft:
        microsoft.exchange.delivers_to(f"http://127.0.0.1:{bot.server.port}")

        call = microsoft.exchange.ring().wait()

    assert call.happened("ended")[0].facts["how"] == "windowClosed"
    assert _data(bot.announced[-1])["state"] == "terminated"


def test_a_rejected_call_is_told_without_a_state(microsoft: Microsoft, bot: Bot) -> None:
    bot.operation, bot.extra = "reject", {"reason": "busy"}

    call = microsoft.exchange.ring().wait()

    assert call.happened("rejected")[0].facts["reason"] == "busy"
    assert call.happened("ended")[0].facts["how"] == "rejected"
    assert bot.at_callbacks[0].json["value"][0]["changeType"] == "deleted"
    assert "state" not in _data(bot.at_callbacks[0])


def test_without_a_callback_uri_the_webhook_is_told(microsoft: Microsoft, bot: Bot) -> None:
    bot.extra = {"callbackUri": None}

    microsoft.exchange.ring().wait()

    assert [_data(request)["state"] for request in bot.announced] == ["incoming", "terminated"]


def test_a_sparse_end_has_no_id_and_says_what_it_was_told_to(microsoft: Microsoft, bot: Bot) -> None:
    said = ResultInfo(200, 5002, "The conversation has ended.")

    microsoft.exchange.ring(IncomingCall(terminated="sparse", result=said)).wait()

    data = _data(bot.at_callbacks[0])
    assert set(data) == {"@odata.type", "state", "resultInfo", "callChainId"}
    assert data["resultInfo"]["subcode"] == 5002


def test_duplicates_make_one_redirect(microsoft: Microsoft, bot: Bot) -> None:
    call = microsoft.exchange.ring(IncomingCall(delivery=Delivery(incoming=20, terminated=3))).wait()

    assert (len(bot.announced), len(bot.at_callbacks)) == (20, 3)
    assert len(call.happened("redirected")) == 1
    assert bot.refusals == [404] * 19


def test_a_lost_notification_never_arrives(microsoft: Microsoft, bot: Bot) -> None:
    call = microsoft.exchange.ring(IncomingCall(delivery=Delivery(terminated=0))).wait()

    assert bot.at_callbacks == []
    assert call.happened("lost")[0].facts == {"notification": "told"}


def test_the_end_may_come_first(microsoft: Microsoft, bot: Bot) -> None:
    microsoft.exchange.ring(IncomingCall(delivery=Delivery(terminated_first=True))).wait()

    assert [_data(request)["state"] for request in bot.announced] == ["terminated", "incoming"]
    assert bot.refusals == [404]


def test_nothing_leaves_this_machine(bot: Bot) -> None:
    with Microsoft(webhook=f"http://127.0.0.1:{bot.server.port}/api/calls") as microsoft:
        with pytest.raises(LeavesThisMachine, match=r"bot\.contoso\.com"):
            microsoft.courier.post("https://bot.contoso.com/api/calls", {}, "a.b.c")

        assert bot.neighbour.seen == []


def test_a_bot_that_is_not_there_is_on_the_timeline() -> None:
    with Microsoft(window=0.05) as microsoft:
        microsoft.exchange.delivers_to("http://127.0.0.1:9")

        call = microsoft.exchange.ring().wait()

    assert call.notified is None
    assert "ConnectionError" in call.happened("notified")[0].facts["error"]


def test_a_call_cannot_be_placed_without_a_bot_or_twice(microsoft: Microsoft, bot: Bot) -> None:
    once = IncomingCall()
    microsoft.exchange.ring(once)

    with pytest.raises(ValueError, match="placed before"):
        microsoft.exchange.ring(once)
    with Microsoft() as nowhere, pytest.raises(RuntimeError, match="where the bot is"):
        nowhere.exchange.ring()
    assert bot.server.port


def test_stopping_ends_ringing_calls_at_once(bot: Bot) -> None:
    with Microsoft() as microsoft:
        bot.operation = None
        microsoft.exchange.delivers_to(f"http://127.0.0.1:{bot.server.port}")
        waiting = microsoft.exchange.ring()
        waiting.wait_for("notified")

    assert waiting.over
    assert waiting.happened("ended")[0].facts["how"] == "stopped"


def test_two_hundred_calls_ring_at_once(microsoft: Microsoft, bot: Bot) -> None:
    calls = [microsoft.exchange.ring() for _ in range(200)]

    endings = [call.wait(30).happened("ended")[0].facts["how"] for call in calls]

    assert endings == ["answered"] * 200
    assert len(bot.at_callbacks) == 200


def _target(who: str) -> dict[str, Any]:
    kind = "phone" if who.startswith("+") else "user"
    leaf = {"@odata.type": "#microsoft.graph.identity", "id": who}
    identity = {"@odata.type": "#microsoft.graph.identitySet", kind: leaf}
    return {"@odata.type": "#microsoft.graph.invitationParticipantInfo", "identity": identity}


def _data(request: Request) -> dict[str, Any]:
    return _data_of(request.json)


def _data_of(body: dict[str, Any]) -> dict[str, Any]:
    [entry] = body["value"]
    data: dict[str, Any] = entry["resourceData"]
    return data


def _page(number: int, which: str) -> Any:
    found = sorted(SAMPLES.rglob(f"*example-{number}-{which}.json"))
    if not found:
        pytest.fail(f"no sample of example {number}, {which}")
    return json.loads(found[0].read_text())


def _in_the_form_of_3(number: int, which: str) -> Any:
    """Give an example's notification as Microsoft sends it: who calls whom is its own, all else is the third's."""
    body = _page(3, which)
    ours, its = _data_of(body), _data_of(_page(number, which))
    ours["source"]["identity"] = its["source"]["identity"]
    ours["targets"][0]["identity"] = its["targets"][0]["identity"]
    return body


# In captured bodies, and in none of the page.
_NOT_ON_THE_PAGE = frozenset({"resource", "callChainId"})
# What is another in each call.
_FRESH = frozenset({"resourceUrl", "callbackUri", "myParticipantId"})


def _shape(body: Any, without: Collection[str] = ()) -> Any:
    """Give a body with the ids that belong to one call blanked out."""
    match body:
        case dict():
            blank = body.get("@odata.type") == "#microsoft.graph.call" or "endpointType" in body or "encrypted" in body
            return {
                key: "…" if key in _FRESH or (blank and key == "id") else _shape(value, without)
                for key, value in body.items()
                if key not in without
            } | ({"encrypted": "…"} if "encrypted" in body else {})
        case list():
            return [_shape(item, without) for item in body]
        case _:
            return body
