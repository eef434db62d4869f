"""The managed identity: it proves the bot to Entra without a secret, and reads and writes the tables."""

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import jwt
import pytest
import requests
from azure.core.credentials import SupportsTokenInfo, TokenCredential
from azure.core.exceptions import ClientAuthenticationError
from azure.core.pipeline.transport import RequestsTransport
from azure.data.tables import TableServiceClient

from local.azurite import Tls, azurite
from local.loopback.certificate import certified
from local.loopback.faults import Fault, Hang, Reset, Says, Slow
from local.microsoft.exchange.call_script import BOT, TENANT
from local.microsoft.simulator import Microsoft
from shared.adapters import http_session
from shared.adapters.tokens.entra import GraphTokens
from shared.adapters.tokens.managed_identity import ManagedIdentity
from shared.adapters.tokens.msal_http import RetryBudget
from shared.adapters.tokens.token_cache import IssuerUnavailable, TokenRefused
from shared.core.ids import AppId, TenantId
from tests.support.clock import MovableClock
from tests.support.scripted import Heard

EXCHANGE = "api://AzureADTokenExchange"
STORAGE = "https://storage.azure.com/.default"
DAY = 86_400
HOME = TenantId(TENANT)
OTHER_TENANT = TenantId("0a1b2c3d-0000-4000-8000-00000000beef")
FAR = 10.0  # longer than any of these tests may take
PATIENCE = RetryBudget(connect=0.5, read=0.5)


@pytest.fixture(scope="module")
def world() -> Iterator[Microsoft]:
    with Microsoft(other_tenants=[OTHER_TENANT]) as microsoft:
        yield microsoft


@pytest.fixture
def microsoft(world: Microsoft, monkeypatch: pytest.MonkeyPatch) -> Iterator[Microsoft]:
    for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER"):  # where msal looks, as on the platform
        monkeypatch.setenv(name, world.identity_settings()[name])
    yield world
    world.identity.behaves()
    world.managed_identity.trusted_subject = world.managed_identity.principal_id


@pytest.fixture
def http(microsoft: Microsoft) -> Iterator[requests.Session]:
    with http_session.http_session(ssl.create_default_context(cafile=str(microsoft.ca_file))) as session:
        yield session


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def identity(microsoft: Microsoft, http: requests.Session, clock: MovableClock) -> ManagedIdentity:
    client_id = microsoft.managed_identity.client_id
    return ManagedIdentity(client_id, http, retry_budget=PATIENCE, clock=clock.monotonic, sleep=clock.sleep)


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def tokens(microsoft: Microsoft, http: requests.Session, identity: ManagedIdentity, heard: Heard) -> GraphTokens:
    return GraphTokens(
        AppId(BOT),
        lambda: identity.assertion(EXCHANGE),
        login=microsoft.login_url,
        graph=microsoft.url,
        http=http,
        events=heard,
        retry_budget=PATIENCE,
    )


@pytest.fixture
def asked(microsoft: Microsoft) -> Callable[[], int]:
    """Give how often this test has asked the identity endpoint so far."""
    before = len(microsoft.seen("identity"))
    return lambda: len(microsoft.seen("identity")) - before


type Asked = Callable[[], int]


def test_an_assertion_proves_the_bot_to_entra_without_a_secret(tokens: GraphTokens, microsoft: Microsoft) -> None:
    token = tokens.token(HOME, FAR)

    assert microsoft.entra.claims(token)
    form = microsoft.seen("token")[-1].form
    assert jwt.decode(form["client_assertion"], options={"verify_signature": False})["aud"] == EXCHANGE
    assert "client_secret" not in form


def test_one_assertion_serves_all_tenants(tokens: GraphTokens, asked: Asked) -> None:
    given = {tokens.token(tenant, FAR) for tenant in (HOME, OTHER_TENANT)}

    assert len(given) == 2
    assert asked() == 1


def test_the_identity_that_was_meant_is_asked_for(identity: ManagedIdentity, microsoft: Microsoft) -> None:
    identity.assertion(EXCHANGE)

    query = microsoft.seen("identity")[-1].query
    assert query["client_id"] == microsoft.managed_identity.client_id
    assert query["resource"] == EXCHANGE


def test_a_credential_that_names_another_subject_is_told_with_what_to_set(
    tokens: GraphTokens, microsoft: Microsoft, heard: Heard
) -> None:
    microsoft.managed_identity.trusted_subject = microsoft.managed_identity.client_id

    with pytest.raises(TokenRefused, match=r"AADSTS700213.*principal id"):
        tokens.token(HOME, FAR)

    assert [facts["code"] for _, facts in heard.said] == ["AADSTS700213"]


def test_an_identity_that_is_not_assigned_is_told_with_what_to_set(
    tokens: GraphTokens, microsoft: Microsoft, heard: Heard, asked: Asked
) -> None:
    microsoft.identity.will_always_answer(400)

    for _ in range(20):
        with pytest.raises(TokenRefused, match="identity_400: assign the identity"):
            tokens.token(HOME, FAR)

    assert asked() == 1
    assert [facts["code"] for _, facts in heard.said] == ["identity_400"]


def test_many_threads_make_one_request(identity: ManagedIdentity, microsoft: Microsoft, asked: Asked) -> None:
    microsoft.identity.will_answer(Slow(0.2))

    with ThreadPoolExecutor(50) as threads:
        given = set(threads.map(lambda _: identity.assertion(EXCHANGE), range(100)))

    assert len(given) == 1
    assert asked() == 1


def test_warming_up_is_the_first_request(identity: ManagedIdentity, asked: Asked) -> None:
    identity.warm(EXCHANGE)

    assert identity.assertion(EXCHANGE)
    assert asked() == 1


@pytest.mark.parametrize(
    "faults",
    [
        pytest.param((503, 429), id="5xx-and-throttled"),
        pytest.param((Reset(),), id="reset"),
        pytest.param((Hang(2),), id="hangs"),
        pytest.param((Says(200, html=True),), id="page"),
    ],
)
def test_an_endpoint_in_trouble_is_asked_again(
    identity: ManagedIdentity, microsoft: Microsoft, asked: Asked, faults: tuple[int | Fault, ...]
) -> None:
    microsoft.identity.will_answer(*faults)

    assert identity.assertion(EXCHANGE)
    assert asked() == len(faults) + 1


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({"access_token": "eyJ", "expires_on": "tomorrow"}, id="a-date"),
        pytest.param({"access_token": "eyJ", "expires_on": float("inf")}, id="endless"),
        pytest.param({"access_token": "eyJ", "expires_on": "1"}, id="long-gone"),
        pytest.param({"access_token": "eyJ\r\nX: y", "expires_on": "99999999999"}, id="another-header"),
        pytest.param({"access_token": ["eyJ"], "expires_on": "99999999999"}, id="a-list"),
        pytest.param({"message": "fine"}, id="nothing"),
    ],
)
def test_an_answer_without_a_usable_token_is_trouble_and_not_a_crash(
    identity: ManagedIdentity, microsoft: Microsoft, said: dict[str, object]
) -> None:
    microsoft.identity.will_answer(Says(200, json.dumps(said).encode()))

    with pytest.raises(IssuerUnavailable):
        identity.assertion(EXCHANGE)


@pytest.mark.parametrize(
    "form",
    [
        pytest.param("%Y-%m-%dT%H:%M:%S.1234567Z", id="iso-8601"),
        pytest.param("%m/%d/%Y %I:%M:%S %p +00:00", id="as-in-2017"),
        pytest.param("", id="seconds-alone"),
    ],
)
def test_an_expiry_in_another_form_gives_a_token(identity: ManagedIdentity, microsoft: Microsoft, form: str) -> None:
    expires = datetime.fromtimestamp(time.time() + DAY, UTC)
    said = {"expires_on": expires.strftime(form)} if form else {"expires_in": str(DAY)}
    microsoft.identity.will_answer(Says(200, json.dumps({"access_token": "eyJ"} | said).encode()))

    token = identity.credential(within=FAR).get_token(STORAGE)

    assert token.token == "eyJ"
    assert abs(token.expires_on - time.time() - DAY) <= 3


def test_the_credential_is_what_azure_core_asks_for(identity: ManagedIdentity, microsoft: Microsoft) -> None:
    credential = identity.credential()

    assert isinstance(credential, TokenCredential)
    assert isinstance(credential, SupportsTokenInfo)
    with credential:
        info = credential.get_token_info(STORAGE, options={"tenant_id": TENANT})
    token = credential.get_token(STORAGE, claims=None, tenant_id=TENANT, enable_cae=True)
    assert (token.token, token.expires_on) == (info.token, info.expires_on)
    assert jwt.decode(info.token, options={"verify_signature": False})["aud"] == "https://storage.azure.com"
    assert microsoft.seen("identity")[-1].query["resource"] == "https://storage.azure.com"
    assert info.token_type == "Bearer"
    assert abs(info.expires_on - time.time() - DAY) <= 2
    assert info.refresh_on is not None
    assert abs(info.expires_on - info.refresh_on - 600) <= 1


def test_the_credential_is_renewed_before_azure_core_has_to_wait(
    identity: ManagedIdentity, microsoft: Microsoft, clock: MovableClock, asked: Asked
) -> None:
    credential = identity.credential(within=FAR)
    first = credential.get_token(STORAGE)
    expires = int(time.time()) + 2 * DAY
    body = json.dumps({"access_token": "a-newer-one", "expires_on": f"{expires}"}).encode()
    microsoft.identity.will_answer(Says(200, body))

    clock.advance(DAY - 500)

    assert credential.get_token(STORAGE).token == first.token
    pause = threading.Event()
    assert any(credential.get_token(STORAGE).token == "a-newer-one" or pause.wait(0.01) for _ in range(500))
    assert asked() == 2


def test_azure_core_hears_that_there_is_no_token_as_its_own_error(
    identity: ManagedIdentity, microsoft: Microsoft
) -> None:
    microsoft.identity.will_always_answer(500)

    with pytest.raises(ClientAuthenticationError, match="HTTP 500"):
        identity.credential(within=FAR).get_token_info(STORAGE)


def test_a_request_to_a_table_waits_no_longer_than_it_may(identity: ManagedIdentity, microsoft: Microsoft) -> None:
    microsoft.identity.will_answer(Slow(0.3))

    with pytest.raises(ClientAuthenticationError, match="no token came within"):
        identity.credential(within=0.01).get_token_info(STORAGE)


def test_a_table_is_written_and_read_as_the_identity(
    identity: ManagedIdentity, microsoft: Microsoft, tmp_path: Path, asked: Asked
) -> None:
    microsoft.identity.will_answer(storage_token())
    authority, _ = certified(tmp_path, "127.0.0.1")
    tls = Tls(tmp_path / "server.pem", tmp_path / "server.pem")

    with (
        azurite(tls=tls) as tables,
        http_session.http_session(ssl.create_default_context(cafile=str(authority))) as session,
        TableServiceClient(
            tables.endpoint,
            credential=identity.credential(within=FAR),
            transport=RequestsTransport(session=session, session_owner=False),
        ) as service,
    ):
        table = service.create_table("targets")
        table.create_entity({"PartitionKey": "main", "RowKey": "1", "Target": "made-up"})

        assert table.get_entity("main", "1")["Target"] == "made-up"

    assert asked() == 1


def storage_token() -> Says:
    """Give a token as App Service gives for storage: of version 1, which Azurite insists on."""
    now = int(time.time())
    claims = {
        "aud": "https://storage.azure.com",
        "iss": f"https://sts.windows.net/{TENANT}/",
        "iat": now,
        "nbf": now,
        "exp": now + DAY,
    }
    token = jwt.encode(claims, "Azurite checks no signature, so any key will do")
    return Says(200, json.dumps({"access_token": token, "expires_on": str(now + DAY)}).encode())
