"""Hold the simulated Graph to the limits and the errors of the real one."""

import json
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from local.loopback.messages import Request, Response
from local.loopback.server import LoopbackServer
from local.microsoft.exchange.call import Call
from local.microsoft.exchange.call_script import TENANT, IncomingCall, Silent
from local.microsoft.graph.body_rules import Invalid, check_redirect, check_reject
from local.microsoft.simulator import Microsoft

OTHER_TENANT = "9b0d1e52-6f43-4c7a-8e21-000000000001"
CALLBACK = "https://bot.contoso.com/api/calls/24701998-1a73-4d42-8085-bf46ed0ae039"


def target(kind: str = "user", who: str = "98da8a1a-1b87-452c-a713-65d3f10b1253", **leaf: str) -> dict[str, Any]:
    return {
        "@odata.type": "#microsoft.graph.invitationParticipantInfo",
        "identity": {
            "@odata.type": "#microsoft.graph.identitySet",
            kind: {"@odata.type": "#microsoft.graph.identity", "id": who, **leaf},
        },
    }


# The three request bodies of the API page.
PAGE: list[dict[str, Any]] = [
    {
        "targets": [target("application", "22bfd41f-550e-477d-8789-f6f7bd2a5e8b", displayName="test bot 2")],
        "callbackUri": CALLBACK,
    },
    {
        "targets": [
            target("user", "98da8a1a-1b87-452c-a713-65d3f10b1253", displayName="test user"),
            target("user", "bf5aae9a-d11d-47a8-93b1-782504c9c3f3", displayName="test user 2"),
        ],
        "routingPolicies": ["disableForwarding"],
        "callbackUri": CALLBACK,
    },
    {"targets": [target("phone", "+12345678901")], "callbackUri": CALLBACK},
]


def many(count: int) -> list[dict[str, Any]]:
    return [target("user", str(uuid.uuid4())) for _ in range(count)]


def untyped(level: int) -> dict[str, Any]:
    one = target()
    untyped = [one, one["identity"], one["identity"]["user"]][level]
    del untyped["@odata.type"]
    return one


@pytest.fixture
def microsoft() -> Iterator[Microsoft]:
    # A bot that says 202 and leaves the redirecting to the test.
    with LoopbackServer() as bot, Microsoft(other_tenants=[OTHER_TENANT], speed=1000) as microsoft:
        bot.start(lambda connection: connection.respond(Response(202)))
        microsoft.exchange.delivers_to(bot.url)
        yield microsoft


class Bot:
    """The bot's side: a token, and requests to Graph with it."""

    def __init__(self, microsoft: Microsoft, tenant: str = TENANT) -> None:
        self._microsoft = microsoft
        form = {
            "grant_type": "client_credentials",
            "client_id": microsoft.bot,
            "client_secret": "made-up-secret",
            "scope": f"{microsoft.url}/.default",
        }
        address = f"/{tenant}/oauth2/v2.0/token"
        got = microsoft.entra.token(Request("POST", address, {}, urlencode(form).encode()))
        self.headers = {"Authorization": f"Bearer {got.body['access_token']}"}

    def post(self, call_id: str, body: Any, operation: str = "redirect", **headers: str) -> requests.Response:
        return requests.post(
            f"{self._microsoft.url}/v1.0/communications/calls/{call_id}/{operation}",
            data=body if isinstance(body, str) else json.dumps(body),
            headers={**self.headers, "Content-Type": "application/json", **headers},
            timeout=5,
        )


@pytest.mark.parametrize("number", [1, 2, 3])
def test_the_api_pages_own_requests_pass(microsoft: Microsoft, number: int) -> None:
    call = microsoft.exchange.ring(IncomingCall.example(number))

    got = Bot(microsoft).post(call.id, PAGE[number - 1], **{"client-request-id": "our-own"})

    assert got.status_code == 202
    assert got.content == b""
    assert str(uuid.UUID(got.headers["request-id"])) == got.headers["request-id"]
    assert got.headers["client-request-id"] == "our-own"
    assert call.happened("redirected")[0].facts["requestId"] == got.headers["request-id"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"targets": many(25)}, id="25-targets"),
        pytest.param({"targets": [target()], "timeout": 15}, id="shortest-timeout"),
        pytest.param({"targets": [target()], "timeout": 90}, id="longest-timeout"),
        pytest.param({"targets": [target()]}, id="no-callback"),
        pytest.param({"targets": [target("applicationInstance")]}, id="resource-account"),
    ],
)
def test_what_is_within_the_limits_passes(body: dict[str, Any]) -> None:
    check_redirect(body)


@pytest.mark.parametrize(
    ("body", "where"),
    [
        pytest.param([], "the body", id="no-object"),
        pytest.param({}, "targets", id="no-targets"),
        pytest.param({"targets": []}, "targets", id="empty-targets"),
        pytest.param({"targets": target()}, "targets", id="one-target-bare"),
        pytest.param({"targets": many(26)}, "targets", id="26-targets"),
        pytest.param({"targets": [target()], "timeout": 14}, "timeout", id="timeout-14"),
        pytest.param({"targets": [target()], "timeout": 91}, "timeout", id="timeout-91"),
        pytest.param({"targets": [target()], "timeout": "30"}, "timeout", id="timeout-text"),
        pytest.param({"targets": [target()], "timeout": 30.0}, "timeout", id="timeout-float"),
        pytest.param({"targets": [target()], "timeout": True}, "timeout", id="timeout-bool"),
        pytest.param({"targets": [target()], "callbackUri": "http://bot.contoso.com/"}, "callbackUri", id="http"),
        pytest.param({"targets": [target()], "callbackUri": "https:///api"}, "callbackUri", id="no-host"),
        pytest.param({"targets": [target()], "callbackUri": "https://[bot/"}, "callbackUri", id="no-uri"),
        pytest.param({"targets": [target()], "callbackUri": 7}, "callbackUri", id="number"),
        pytest.param({"targets": [target()], "maskCaller": True}, "maskCaller", id="beta-only"),
        pytest.param({"targets": [target()], "routingPolicies": "none"}, "routingPolicies", id="bare-policy"),
        pytest.param({"targets": [target()], "routingPolicies": ["ringTwice"]}, "routingPolicies", id="policy"),
        pytest.param({"targets": [untyped(0)]}, "targets[0]: @odata.type", id="untyped-target"),
        pytest.param({"targets": [untyped(1)]}, "targets[0].identity: @odata.type", id="untyped-identity-set"),
        pytest.param({"targets": [untyped(2)]}, "targets[0].identity.user: @odata.type", id="untyped-identity"),
        pytest.param({"targets": [target(), {}]}, "targets[1]", id="empty-target"),
        pytest.param({"targets": [target("user", "+12345678901")]}, "identity.user.id", id="number-as-user"),
        pytest.param({"targets": [target("user", "anna@contoso.com")]}, "identity.user.id", id="address-as-user"),
        pytest.param({"targets": [target("phone", "12345678901")]}, "identity.phone.id", id="no-plus"),
        pytest.param({"targets": [target("phone", "+1 234 567 8901")]}, "identity.phone.id", id="spaces"),
        pytest.param({"targets": [target("phone", "+1234567890\u0661")]}, "identity.phone.id", id="digit-not-ascii"),
        pytest.param({"targets": [target("phone", "+12345678901\n")]}, "identity.phone.id", id="newline"),
        pytest.param({"targets": [target("guest")]}, "identity.guest", id="unknown-kind"),
    ],
)
def test_what_is_beyond_the_limits_says_where(body: Any, where: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_redirect(body)

    assert where in str(caught.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


def spoil(body: Any, draw: st.DrawFn) -> Any:
    """Replace one value, somewhere in the body, by anything."""
    if not body or not isinstance(body, dict | list) or draw(st.integers(0, 4)) == 0:
        return draw(json_values)
    place = draw(st.sampled_from(list(body) if isinstance(body, dict) else range(len(body))))
    spoiled = body.copy()
    spoiled[place] = spoil(body[place], draw)
    return spoiled


@st.composite
def spoiled_bodies(draw: st.DrawFn) -> Any:
    return spoil(draw(st.sampled_from([*PAGE, {"reason": "busy", "callbackUri": CALLBACK}])), draw)


@given(spoiled_bodies())
def test_whatever_comes_is_valid_or_invalid(body: Any) -> None:
    for check in (check_redirect, check_reject):
        try:
            check(body)
        except Invalid as exc:
            assert str(exc)  # noqa: PT017 - the other outcome is no exception at all


def test_an_invalid_redirect_is_400_in_graphs_shape_and_the_call_rings_on(microsoft: Microsoft) -> None:
    call = microsoft.exchange.ring()

    got = Bot(microsoft).post(call.id, {"targets": []})

    assert got.status_code == 400
    error = got.json()["error"]
    assert error["code"] == "8523"
    assert set(error["innerError"]) == {"date", "request-id", "client-request-id"}
    assert error["innerError"]["request-id"] == got.headers["request-id"]
    assert Bot(microsoft).post(call.id, PAGE[0]).status_code == 202


def test_a_body_that_is_not_json_is_400(microsoft: Microsoft) -> None:
    call = microsoft.exchange.ring()

    got = Bot(microsoft).post(call.id, "{,}")

    assert (got.status_code, got.json()["error"]["code"]) == (400, "BadRequest")


def test_json_has_to_say_that_it_is(microsoft: Microsoft) -> None:
    call = microsoft.exchange.ring()

    assert Bot(microsoft).post(call.id, PAGE[0], **{"Content-Type": "text/plain"}).status_code == 415


def test_routing_policies_may_be_refused(microsoft: Microsoft) -> None:
    microsoft.graph_api.takes_routing_policies = False
    call = microsoft.exchange.ring()

    assert _code(Bot(microsoft).post(call.id, PAGE[1])) == (400, "8523")
    assert Bot(microsoft).post(call.id, PAGE[0]).status_code == 202


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer a.b.c", "Basic Og==", "MICROSOFT"])
def test_only_entras_token_opens_graph(microsoft: Microsoft, authorization: str) -> None:
    call = microsoft.exchange.ring()
    if authorization == "MICROSOFT":  # genuine, but of the other direction
        authorization = f"Bearer {microsoft.signing.token(aud=microsoft.url)}"

    got = Bot(microsoft).post(call.id, PAGE[0], Authorization=authorization)

    assert _code(got) == (401, "InvalidAuthenticationToken")


def test_a_token_of_another_tenant_is_a_mismatch(microsoft: Microsoft) -> None:
    call = microsoft.exchange.ring(IncomingCall(tenant=OTHER_TENANT))

    assert _code(Bot(microsoft).post(call.id, PAGE[0])) == (403, "7505")
    assert Bot(microsoft, OTHER_TENANT).post(call.id, PAGE[0]).status_code == 202


def test_without_consent_there_is_no_redirect_but_a_reject(microsoft: Microsoft) -> None:
    microsoft.entra.roles = []
    call = microsoft.exchange.ring()

    assert _code(Bot(microsoft).post(call.id, PAGE[0])) == (403, "7504")
    assert Bot(microsoft).post(call.id, {"reason": "busy"}, "reject").status_code == 202


def test_a_call_is_redirected_once(microsoft: Microsoft) -> None:
    call = microsoft.exchange.ring(IncomingCall(everyone=Silent()))
    bot = Bot(microsoft)

    assert bot.post(call.id, PAGE[0]).status_code == 202
    assert _code(bot.post(call.id, PAGE[0])) == (404, "8522")
    assert _code(bot.post(call.id, {"reason": "busy"}, "reject")) == (404, "8522")
    assert len(call.happened("redirected")) == 1


def test_a_call_that_is_over_or_was_never_there_is_not_found(microsoft: Microsoft) -> None:
    hung_up = microsoft.exchange.ring(IncomingCall(hangs_up_after=0.0)).wait()
    bot = Bot(microsoft)

    assert _code(bot.post(hung_up.id, PAGE[0])) == (404, "8522")
    assert _code(bot.post(str(uuid.uuid4()), PAGE[0])) == (404, "8522")


def test_after_the_window_the_call_is_not_found() -> None:
    call = Call(IncomingCall(), window=0.0)

    assert not call.rings
    assert not call.decide("redirect", PAGE[0], "any")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param({"reason": "busy"}, 202, id="busy"),
        pytest.param({"reason": "None", "callbackUri": CALLBACK}, 202, id="as-the-page-spells-it"),
        pytest.param({"reason": "tired"}, 400, id="unknown-reason"),
        pytest.param({"reason": "busy", "targets": []}, 400, id="unknown-key"),
    ],
)
def test_a_reject_has_its_own_limits(microsoft: Microsoft, body: dict[str, Any], status: int) -> None:
    call = microsoft.exchange.ring()

    assert Bot(microsoft).post(call.id, body, "reject").status_code == status


def test_other_paths_and_methods_are_refused(microsoft: Microsoft) -> None:
    call = microsoft.exchange.ring()
    address = f"{microsoft.url}/v1.0/communications/calls/{call.id}"

    assert _code(Bot(microsoft).post(call.id, PAGE[0], "answer")) == (404, "ResourceNotFound")
    assert requests.get(f"{address}/redirect", headers=Bot(microsoft).headers, timeout=5).status_code == 405
    assert requests.get(f"{microsoft.url}/beta/", timeout=5).status_code == 404


def test_every_request_is_on_record(microsoft: Microsoft) -> None:
    call = microsoft.exchange.ring()

    Bot(microsoft).post(call.id, PAGE[0])

    [seen] = microsoft.seen("graph")
    assert (seen.method, seen.path) == ("POST", f"/v1.0/communications/calls/{call.id}/redirect")
    assert seen.json == PAGE[0]
    assert seen.headers["authorization"].startswith("Bearer ")


def _code(got: requests.Response) -> tuple[int, str]:
    return got.status_code, got.json()["error"]["code"]
