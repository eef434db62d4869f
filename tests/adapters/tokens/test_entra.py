"""Tokens for Graph: who is asked, how often, how long a call waits, and what a refusal says."""

import io
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, override

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

from local.loopback.faults import Elsewhere, Fault, Hang, Reset, Says, Slow
from local.microsoft.exchange.call_script import BOT, TENANT
from local.microsoft.simulator import Microsoft
from shared.adapters import http_session
from shared.adapters.tokens.entra import GraphTokens
from shared.adapters.tokens.msal_http import RetryBudget
from shared.adapters.tokens.token_cache import CachedToken, IssuedToken, IssuerUnavailable, TokenRefused
from shared.core.errors import TokenPending, TokenUnavailable
from shared.core.ids import AppId, TenantId
from tests.support.clock import MovableClock
from tests.support.scripted import Heard
from tests.support.servers import UNTRUSTED

SECRET = "a-secret~that.nobody-may-read"
OTHER_TENANT = TenantId("0a1b2c3d-0000-4000-8000-00000000beef")
HOME = TenantId(TENANT)
FAR = 10.0  # longer than any of these tests may take
PATIENCE = RetryBudget(connect=0.8, read=0.8)


@pytest.fixture(scope="module")
def world() -> Iterator[Microsoft]:
    with Microsoft(secret=SECRET, other_tenants=[OTHER_TENANT]) as microsoft:
        yield microsoft


@pytest.fixture
def microsoft(world: Microsoft) -> Iterator[Microsoft]:
    yield world
    world.token.behaves()
    world.login.behaves()
    world.entra.secret, world.entra.secret_expired, world.entra.expires_in = SECRET, False, 3599


@pytest.fixture
def http(microsoft: Microsoft) -> Iterator[requests.Session]:
    with http_session.http_session(ssl.create_default_context(cafile=str(microsoft.ca_file))) as session:
        yield session


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def tokens(microsoft: Microsoft, http: requests.Session, clock: MovableClock, heard: Heard) -> GraphTokens:
    return graph_tokens(microsoft, http, clock, heard)


@pytest.fixture
def asked(microsoft: Microsoft) -> Iterator[Callable[[], int]]:
    """Give how many requests for a token this test has caused so far; it may cause none for where tokens are."""
    before, discovered = len(microsoft.seen("token")), len(microsoft.seen("login"))
    yield lambda: len(microsoft.seen("token")) - before
    assert len(microsoft.seen("login")) == discovered


type Asked = Callable[[], int]


def graph_tokens(
    microsoft: Microsoft,
    http: requests.Session,
    clock: MovableClock,
    heard: Heard,
    *,
    credential: str | Callable[[], str] = SECRET,
    patience: RetryBudget = PATIENCE,
) -> GraphTokens:
    return GraphTokens(
        AppId(BOT),
        credential,
        login=microsoft.login_url,
        graph=microsoft.url,
        http=http,
        events=heard,
        retry_budget=patience,
        clock=clock.monotonic,
        sleep=clock.sleep,
    )


def eventually(happened: Callable[[], bool]) -> bool:
    """Look again and again, for what another thread does."""
    pause = threading.Event()
    return any(happened() or pause.wait(0.01) for _ in range(500))


def refusal(status: int, number: int, error: str = "invalid_client") -> Says:
    description = f"AADSTS{number}: Refused, for the secret was '{SECRET}'. Trace ID: 1"
    return Says(status, json.dumps({"error": error, "error_description": description}).encode())


def test_a_token_is_for_graph_and_for_the_tenant_of_the_call(tokens: GraphTokens, microsoft: Microsoft) -> None:
    given = {tenant: tokens.token(tenant, FAR) for tenant in (HOME, OTHER_TENANT)}

    claims = {tenant: microsoft.entra.claims(token) or {} for tenant, token in given.items()}
    assert {tenant: claim["tid"] for tenant, claim in claims.items()} == {HOME: HOME, OTHER_TENANT: OTHER_TENANT}
    assert microsoft.seen("token")[-1].path == f"/{OTHER_TENANT}/oauth2/v2.0/token"


def test_a_kept_token_asks_nobody(tokens: GraphTokens, asked: Asked) -> None:
    first = tokens.token(HOME, FAR)

    assert {tokens.token(HOME, 0) for _ in range(1000)} == {first}
    assert asked() == 1


def test_many_calls_into_a_cold_start_make_one_request(tokens: GraphTokens, microsoft: Microsoft, asked: Asked) -> None:
    microsoft.token.will_answer(Slow(0.2))
    together = threading.Barrier(128)

    def call(_: int) -> str:
        together.wait()
        return tokens.token(HOME, FAR)

    with ThreadPoolExecutor(128) as threads:
        given = set(threads.map(call, range(128)))

    assert len(given) == 1
    assert asked() == 1


def test_a_token_is_renewed_in_the_background_when_less_than_ten_minutes_are_left(
    tokens: GraphTokens, clock: MovableClock, asked: Asked
) -> None:
    first = tokens.token(HOME, FAR)
    clock.advance(3599 - 601)
    assert tokens.token(HOME, 0) == first
    assert asked() == 1

    clock.advance(2)

    assert tokens.token(HOME, 0) == first
    assert eventually(lambda: tokens.token(HOME, 0) != first)
    assert asked() == 2


def test_a_short_lived_token_is_not_renewed_with_every_call(
    tokens: GraphTokens, microsoft: Microsoft, asked: Asked
) -> None:
    microsoft.entra.expires_in = 300

    first = tokens.token(HOME, FAR)

    assert {tokens.token(HOME, 0) for _ in range(100)} == {first}
    tokens.token(OTHER_TENANT, FAR)  # time for a renewal that must not be
    assert asked() == 2


def test_a_renewal_that_fails_keeps_the_old_token_until_it_ends(
    tokens: GraphTokens, microsoft: Microsoft, clock: MovableClock, heard: Heard, asked: Asked
) -> None:
    first = tokens.token(HOME, FAR)
    microsoft.token.will_always_answer(503)
    clock.advance(3599 - 599)

    assert tokens.token(HOME, 0) == first
    assert eventually(lambda: len(heard.said) == 1)
    assert {tokens.token(HOME, 0) for _ in range(100)} == {first}
    with pytest.raises(IssuerUnavailable):
        tokens.token(OTHER_TENANT, FAR)  # time for a second renewal that must not be yet
    assert asked() == 11  # the first, five tries of one renewal, and the other tenant's

    clock.advance(600)
    with pytest.raises(IssuerUnavailable):
        tokens.token(HOME, FAR)
    microsoft.token.behaves()
    assert tokens.token(HOME, FAR) != first


def test_a_token_that_graph_refused_is_replaced(tokens: GraphTokens, asked: Asked) -> None:
    first = tokens.token(HOME, FAR)

    tokens.forget(HOME, first)

    second = tokens.token(HOME, FAR)
    assert second != first
    assert asked() == 2
    tokens.forget(HOME, first)  # another call that Graph refused with the old one
    assert tokens.token(HOME, FAR) == second
    assert asked() == 2


def test_to_forget_what_was_never_given_is_nothing(tokens: GraphTokens, asked: Asked) -> None:
    tokens.forget(OTHER_TENANT, "never-given")

    assert asked() == 0


@pytest.mark.parametrize(
    "faults",
    [
        pytest.param((503, 500), id="5xx"),
        pytest.param((Says(429, retry_after="1"), 429), id="throttled"),
        pytest.param((Says(429, retry_after="rubbish"),), id="throttled-with-rubbish"),
        pytest.param((Reset(), Reset()), id="resets"),
        pytest.param((Hang(2),), id="hangs"),
        pytest.param((Says(200, html=True), Says(400, html=True)), id="pages"),
        pytest.param((Says(200, b"[" * 100_000), Says(200, b"[]")), id="not-an-object"),
        pytest.param((Says(200, b" " * 300_000),), id="too-large"),
        pytest.param((refusal(400, 90033, "invalid_request"),), id="a-passing-number"),
        pytest.param((refusal(400, 1, "temporarily_unavailable"),), id="a-passing-word"),
    ],
)
def test_a_token_endpoint_in_trouble_is_asked_again(
    tokens: GraphTokens, microsoft: Microsoft, heard: Heard, asked: Asked, faults: tuple[int | Fault, ...]
) -> None:
    microsoft.token.will_answer(*faults)

    token = tokens.token(HOME, FAR)

    assert microsoft.entra.claims(token)
    assert asked() == len(faults) + 1
    assert heard.said == []


def test_retry_after_is_obeyed_where_it_fits(tokens: GraphTokens, microsoft: Microsoft, clock: MovableClock) -> None:
    microsoft.token.will_answer(Says(503, retry_after="4"), 503)

    tokens.token(HOME, FAR)

    assert clock.slept[0] == 4
    assert 0.64 <= clock.slept[1] <= 0.96


def test_trouble_of_some_seconds_is_outlasted(tokens: GraphTokens, microsoft: Microsoft, clock: MovableClock) -> None:
    microsoft.token.will_answer(500, 503, 429, 500)

    assert tokens.token(HOME, FAR)
    assert 4.8 <= sum(clock.slept) <= 7.2


def test_an_answer_without_a_token_is_asked_for_again(tokens: GraphTokens, microsoft: Microsoft, asked: Asked) -> None:
    microsoft.token.will_answer(Says(200, body=b'{"token_type": "Bearer"}'))

    assert tokens.token(HOME, FAR)
    assert asked() == 2


def test_retry_after_that_does_not_fit_ends_it(
    tokens: GraphTokens, microsoft: Microsoft, clock: MovableClock, asked: Asked
) -> None:
    microsoft.token.will_answer(Says(429, retry_after="60"))

    with pytest.raises(IssuerUnavailable, match="HTTP 429"):
        tokens.token(HOME, FAR)

    assert clock.slept == []
    assert asked() == 1


def test_trouble_that_lasts_is_told_after_five_tries_and_heals_at_once(
    tokens: GraphTokens, microsoft: Microsoft, heard: Heard
) -> None:
    before = len(microsoft.seen("token"))
    microsoft.token.will_always_answer(503)

    with pytest.raises(IssuerUnavailable, match="HTTP 503") as caught:
        tokens.token(HOME, FAR)

    assert len(microsoft.seen("token")) == before + 5
    facts = {"tenant": HOME, "code": "unavailable", "hint": caught.value.reason}
    assert heard.said == [("graph.token_failed", facts)]
    microsoft.token.behaves()
    assert tokens.token(HOME, FAR)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        pytest.param((401, 7000215), "BOT_CLIENT_SECRET is wrong", id="wrong-secret"),
        pytest.param((401, 7000222), "BOT_CLIENT_SECRET has expired", id="expired-secret"),
        pytest.param((400, 700016), "BOT_APP_ID", id="app-not-in-the-tenant"),
        pytest.param((400, 70021), "federated credential", id="no-federated-credential"),
        pytest.param((400, 700211), "issuer", id="federated-issuer"),
        pytest.param((400, 700212), "audience", id="federated-audience"),
        pytest.param((400, 700213), "principal id", id="federated-subject"),
        pytest.param((400, 7002137), "capitals count", id="federated-audience-in-other-letters"),
        pytest.param((400, 7002138), "capitals count", id="federated-subject-in-other-letters"),
        pytest.param((400, 90002), "ALLOWED_TENANT_IDS", id="no-such-tenant"),
        pytest.param((400, 53003), "Conditional Access", id="blocked"),
        pytest.param((400, 7654321), "error?code=7654321", id="a-number-not-in-the-table"),
    ],
)
def test_a_refusal_says_what_to_renew_and_never_what_was_sent(
    tokens: GraphTokens, microsoft: Microsoft, heard: Heard, answer: tuple[int, int], says: str
) -> None:
    microsoft.token.will_answer(refusal(*answer))

    with pytest.raises(TokenRefused) as caught:
        tokens.token(HOME, FAR)

    refused = caught.value
    assert refused.code == f"AADSTS{answer[1]}"
    assert says in refused.hint
    assert heard.said == [("graph.token_failed", {"tenant": HOME, "code": refused.code, "hint": refused.hint})]
    assert SECRET not in f"{refused} {refused!r} {heard.said}"


@pytest.mark.parametrize("status", [400, 401])
def test_a_refusal_is_kept_for_ten_seconds_and_no_longer(
    tokens: GraphTokens, microsoft: Microsoft, clock: MovableClock, asked: Asked, status: int
) -> None:
    microsoft.token.will_answer(refusal(status, 700213))

    for _ in range(100):
        with pytest.raises(TokenRefused):
            tokens.token(HOME, FAR)
    tokens.warm(HOME)
    tokens.token(OTHER_TENANT, FAR)  # time for a request that must not be

    assert asked() == 2
    clock.advance(10)  # msal by itself would repeat a 400 for a minute
    assert tokens.token(HOME, FAR)
    assert asked() == 3


def test_a_wrong_and_an_expired_secret_are_told_apart(
    microsoft: Microsoft, http: requests.Session, clock: MovableClock, heard: Heard
) -> None:
    wrong = graph_tokens(microsoft, http, clock, heard, credential="another-secret")
    expired = graph_tokens(microsoft, http, clock, heard)
    microsoft.entra.secret_expired = True

    for tokens in (wrong, expired):
        with pytest.raises(TokenRefused):
            tokens.token(HOME, FAR)

    assert [facts["code"] for _, facts in heard.said] == ["AADSTS7000215", "AADSTS7000222"]


def test_a_tenant_that_does_not_exist_is_refused(tokens: GraphTokens, asked: Asked) -> None:
    nowhere = TenantId("0a1b2c3d-0000-4000-8000-00000000dead")

    for _ in range(10):
        with pytest.raises(TokenRefused) as caught:
            tokens.token(nowhere, FAR)

    assert caught.value.code == "AADSTS90002"
    assert asked() == 1


@pytest.mark.parametrize(
    ("said", "code"),
    [
        pytest.param({"error": "invalid_client", "error_codes": [7000222, 1]}, "AADSTS7000222", id="by-list"),
        pytest.param({"error": "invalid_client", "error_codes": [True]}, "invalid_client", id="no-number"),
        pytest.param({"error": f"<{SECRET}>"}, "unknown", id="no-word"),
    ],
)
def test_the_code_of_a_refusal_is_entras_number_or_a_plain_word(
    tokens: GraphTokens, microsoft: Microsoft, said: dict[str, Any], code: str
) -> None:
    microsoft.token.will_answer(Says(400, json.dumps(said).encode()))

    with pytest.raises(TokenRefused) as caught:
        tokens.token(HOME, FAR)

    assert caught.value.code == code


def test_a_burst_of_calls_with_a_bad_secret_makes_one_request(
    tokens: GraphTokens, microsoft: Microsoft, heard: Heard, asked: Asked
) -> None:
    microsoft.entra.secret = "renewed-meanwhile"

    def refused(_: int) -> TokenUnavailable:
        with pytest.raises(TokenRefused) as caught:
            tokens.token(HOME, FAR)
        return caught.value

    with ThreadPoolExecutor(50) as threads:
        faults = list(threads.map(refused, range(200)))

    assert asked() == 1
    assert len(heard.said) == 1
    assert len({id(fault) for fault in faults}) == 200  # one for each, with its own traceback


def test_a_call_waits_no_longer_than_it_may_and_the_token_still_comes(
    tokens: GraphTokens, microsoft: Microsoft, asked: Asked
) -> None:
    microsoft.token.will_answer(Slow(0.1))

    with pytest.raises(TokenPending, match=r"within 0\.0 s"):
        tokens.token(HOME, 0.01)

    assert tokens.token(HOME, FAR)
    assert asked() == 1


def test_the_tries_of_one_token_end_with_its_whole_time(
    microsoft: Microsoft, http: requests.Session, clock: MovableClock, heard: Heard, asked: Asked
) -> None:
    tokens = graph_tokens(microsoft, http, clock, heard, patience=RetryBudget(whole=0.5, tries=10))
    microsoft.token.will_always_answer(500)

    with pytest.raises(IssuerUnavailable):
        tokens.token(HOME, FAR)

    assert asked() == 2  # 0.25 s of pause fit, 0.5 s more do not


def test_the_secret_follows_no_redirect(tokens: GraphTokens, microsoft: Microsoft) -> None:
    microsoft.token.will_always_answer(Elsewhere(f"{microsoft.url}/v1.0/elsewhere"))

    with pytest.raises(IssuerUnavailable, match="HTTP 302"):
        tokens.token(HOME, FAR)

    assert microsoft.seen("graph") == []


def test_a_certificate_that_is_not_trusted_gets_no_secret(
    microsoft: Microsoft, clock: MovableClock, heard: Heard, asked: Asked
) -> None:
    with http_session.http_session(ssl.create_default_context()) as http:
        tokens = graph_tokens(microsoft, http, clock, heard)

        with pytest.raises(IssuerUnavailable, match=f"SSLError: {UNTRUSTED}"):
            tokens.token(HOME, FAR)

    assert asked() == 0


def test_warming_up_waits_for_nothing_and_is_the_first_request(
    tokens: GraphTokens, microsoft: Microsoft, asked: Asked
) -> None:
    microsoft.token.will_answer(Slow(0.2))

    for _ in range(10):
        tokens.warm(HOME)

    assert microsoft.entra.claims(tokens.token(HOME, FAR))
    tokens.warm(HOME)
    assert asked() == 1


def test_what_is_kept_shows_no_token() -> None:
    assert "eyJ" not in f"{CachedToken('eyJ', 1, 2)!r} {IssuedToken('eyJ', 1)!r}"


class _Says(BaseAdapter):
    """A login host that finds its endpoints and then says one thing, without a network."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__()
        self._status, self._body = status, body

    @override
    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        discovery = dict.fromkeys(("authorization_endpoint", "token_endpoint"), "https://login.example/t/x")
        is_discovery = request.method == "GET"
        status, body = (200, json.dumps(discovery).encode()) if is_discovery else (self._status, self._body)
        response = requests.Response()
        response.status_code, response.raw = status, HTTPResponse(io.BytesIO(body), preload_content=False)
        return response

    @override
    def close(self) -> None:
        pass


FIELDS = ["access_token", "expires_in", "refresh_in", "error", "error_codes", "error_description", "id_token", "scope"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=3)
)
BODIES = st.one_of(
    st.binary(), st.dictionaries(st.sampled_from(FIELDS), JSON).map(lambda said: json.dumps(said).encode())
)


@settings(max_examples=150)
@given(status=st.sampled_from([200, 204, 302, 400, 401, 404, 429, 500]), body=BODIES)
def test_whatever_entra_says_is_a_token_or_a_token_error(status: int, body: bytes) -> None:
    clock, heard = MovableClock(), Heard()
    with requests.Session() as http:
        http.mount("https://", _Says(status, body))
        tokens = GraphTokens(
            AppId(BOT),
            SECRET,
            login="https://login.example",
            graph="https://graph.example",
            http=http,
            events=heard,
            clock=clock.monotonic,
            sleep=clock.sleep,
        )

        try:
            token = tokens.token(HOME, FAR)
        except TokenUnavailable as fault:
            assert SECRET not in f"{fault} {heard.said}"  # noqa: PT017 - either way is right
        else:
            assert token.isascii()
