"""Hold the simulated Entra and managed identity to what msal needs of the real ones."""

import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator

import jwt
import msal  # type: ignore[import-untyped]  # it ships no types
import pytest
import requests

from local.microsoft.exchange.call_script import BOT, TENANT
from local.microsoft.identity.managed_identity import EXCHANGE
from local.microsoft.simulator import Microsoft

OTHER_TENANT = "9b0d1e52-6f43-4c7a-8e21-000000000001"
UNKNOWN_CALL = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def microsoft() -> Iterator[Microsoft]:
    with Microsoft(secret="the secret", other_tenants=[OTHER_TENANT]) as microsoft:
        yield microsoft


@pytest.fixture
def session(microsoft: Microsoft) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(microsoft.ca_file)
        yield session


def test_its_certificate_passes_strict_verification(microsoft: Microsoft) -> None:
    context = ssl.create_default_context(cafile=microsoft.settings()["SSL_CERT_FILE"])
    assert context.verify_flags & ssl.VERIFY_X509_STRICT

    for host in ("127.0.0.1", "localhost"):
        address = microsoft.login_url.replace("127.0.0.1", host)
        url = f"{address}/{TENANT}/v2.0/.well-known/openid-configuration"
        with urllib.request.urlopen(url, context=context) as got:  # noqa: S310 - loopback
            assert got.status == 200


def test_nobody_trusts_it_by_chance(microsoft: Microsoft) -> None:
    address = f"{microsoft.login_url}/{TENANT}/v2.0/.well-known/openid-configuration"

    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        urllib.request.urlopen(address, context=ssl.create_default_context())  # noqa: S310 - loopback


def test_msal_gets_a_token_by_secret_that_graph_knows(microsoft: Microsoft, session: requests.Session) -> None:
    app = _app(microsoft, session, "the secret")

    got = app.acquire_token_for_client([f"{microsoft.url}/.default"])

    assert got["expires_in"] == 3599
    assert _graph(microsoft, got["access_token"]) == (404, "8522")
    assert [request.form["grant_type"] for request in microsoft.seen("token")] == ["client_credentials"]


def test_msal_gets_a_token_by_managed_identity_and_federation(
    microsoft: Microsoft, session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = microsoft.identity_settings()
    for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER"):
        monkeypatch.setenv(name, settings[name])
    identity = msal.UserAssignedManagedIdentity(client_id=settings["MANAGED_IDENTITY_CLIENT_ID"])
    client = msal.ManagedIdentityClient(identity, http_client=session)
    app = _app(
        microsoft,
        session,
        {"client_assertion": lambda: client.acquire_token_for_client(resource=EXCHANGE)["access_token"]},
    )

    got = app.acquire_token_for_client([f"{microsoft.url}/.default"])

    assert "BOT_CLIENT_SECRET" not in settings
    assert _graph(microsoft, got["access_token"]) == (404, "8522")
    assert len(microsoft.seen("identity")) == 1


def test_the_identity_gives_tokens_for_storage_too(
    microsoft: Microsoft, session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = microsoft.identity_settings()
    for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER"):
        monkeypatch.setenv(name, settings[name])
    identity = msal.UserAssignedManagedIdentity(client_id=settings["MANAGED_IDENTITY_CLIENT_ID"])
    client = msal.ManagedIdentityClient(identity, http_client=session)

    got = client.acquire_token_for_client(resource="https://storage.azure.com/")

    assert _unverified(got["access_token"])["aud"] == "https://storage.azure.com"
    assert got["expires_in"] > 3600


@pytest.mark.parametrize(
    ("query", "headers", "status"),
    [
        pytest.param({}, {"X-IDENTITY-HEADER": "a guess"}, 401, id="wrong-header"),
        pytest.param({}, {"X-IDENTITY-HEADER": ""}, 401, id="no-header"),
        pytest.param({"api-version": "2017-09-01"}, {}, 400, id="old-api-version"),
        pytest.param({"client_id": UNKNOWN_CALL}, {}, 400, id="another-identity"),
        pytest.param({"resource": "https://vault.azure.net"}, {}, 500, id="unknown-resource"),
        pytest.param({"resource": "https://storage.azure.com/.default"}, {}, 200, id="as-a-scope"),
    ],
)
def test_the_identity_answers_as_app_service_does(
    microsoft: Microsoft, session: requests.Session, query: dict[str, str], headers: dict[str, str], status: int
) -> None:
    settings = microsoft.identity_settings()
    asked = {"api-version": "2019-08-01", "resource": EXCHANGE, **query}

    got = session.get(
        settings["IDENTITY_ENDPOINT"],
        params=asked,
        headers={"X-IDENTITY-HEADER": settings["IDENTITY_HEADER"], **headers},
    )

    assert got.status_code == status
    assert ("access_token" in got.json()) is (status == 200)


@pytest.mark.parametrize(
    ("changes", "tenant", "status", "error", "number"),
    [
        pytest.param({"client_secret": "a guess"}, TENANT, 401, "invalid_client", 7000215, id="wrong-secret"),
        pytest.param({"client_secret": None}, TENANT, 401, "invalid_client", 7000218, id="no-secret"),
        pytest.param({"client_id": UNKNOWN_CALL}, TENANT, 400, "unauthorized_client", 700016, id="unknown-client"),
        pytest.param({}, "contoso.example", 400, "invalid_request", 90002, id="unknown-tenant"),
        pytest.param({}, "common", 400, "invalid_request", 90002, id="common"),
        pytest.param({"grant_type": "password"}, TENANT, 400, "unsupported_grant_type", 70003, id="grant"),
        pytest.param(
            {"scope": "https://storage.azure.com/.default"}, TENANT, 400, "invalid_scope", 1002012, id="scope"
        ),
        pytest.param(
            {"client_secret": None, "client_assertion": "a.b.c"}, TENANT, 400, "invalid_request", 900144, id="no-type"
        ),
    ],
)
def test_entra_refuses_in_its_own_words(  # noqa: PLR0917 - a table's columns
    microsoft: Microsoft,
    session: requests.Session,
    changes: dict[str, str | None],
    tenant: str,
    status: int,
    error: str,
    number: int,
) -> None:
    got = session.post(f"{microsoft.login_url}/{tenant}/oauth2/v2.0/token", data=_form(microsoft) | changes)

    assert got.status_code == status
    assert got.json()["error"] == error
    assert got.json()["error_codes"] == [number]
    assert got.json()["error_description"].startswith(f"AADSTS{number}: ")


def test_graph_may_be_asked_for_by_the_name_it_has_in_the_world(
    microsoft: Microsoft, session: requests.Session
) -> None:
    got = _app(microsoft, session, "the secret").acquire_token_for_client(["https://graph.microsoft.com/.default"])

    assert _graph(microsoft, got["access_token"]) == (404, "8522")


def test_an_expired_secret_is_named(microsoft: Microsoft, session: requests.Session) -> None:
    microsoft.entra.secret_expired = True

    got = _app(microsoft, session, "the secret").acquire_token_for_client([f"{microsoft.url}/.default"])

    assert got["error_codes"] == [7000222]


def test_an_assertion_from_elsewhere_proves_nothing(microsoft: Microsoft, session: requests.Session) -> None:
    forged = microsoft.signing.token(aud=EXCHANGE, sub=microsoft.managed_identity.principal_id)
    genuine, of_storage = (
        _assertion(microsoft, session, EXCHANGE),
        _assertion(microsoft, session, "https://storage.azure.com/"),
    )

    assert [_by_assertion(microsoft, session, each) for each in (genuine, forged, of_storage)] == [200, 401, 401]

    microsoft.managed_identity.trusted_subject = "another principal"
    assert _by_assertion(microsoft, session, genuine) == 401


def test_a_token_is_good_for_its_own_tenant_and_until_it_is_revoked(
    microsoft: Microsoft, session: requests.Session
) -> None:
    token = session.post(f"{microsoft.login_url}/{OTHER_TENANT}/oauth2/v2.0/token", data=_form(microsoft)).json()[
        "access_token"
    ]
    assert _unverified(token)["tid"] == OTHER_TENANT
    assert _graph(microsoft, token) == (404, "8522")

    microsoft.entra.revoke()

    assert _graph(microsoft, token) == (401, "InvalidAuthenticationToken")


def test_a_token_ends_when_it_says(microsoft: Microsoft, session: requests.Session) -> None:
    microsoft.entra.expires_in = -1

    got = session.post(f"{microsoft.login_url}/{TENANT}/oauth2/v2.0/token", data=_form(microsoft)).json()

    assert _graph(microsoft, got["access_token"]) == (401, "InvalidAuthenticationToken")


def test_stopping_closes_the_ports_and_leaves_no_file(session: requests.Session) -> None:
    with Microsoft() as microsoft:
        session.get(f"{microsoft.url}/v1/.well-known/keys")  # and the connection stays open

    assert not microsoft.ca_file.parent.exists()
    with pytest.raises(requests.ConnectionError):
        session.get(f"{microsoft.url}/v1/.well-known/keys")


def _app(microsoft: Microsoft, session: requests.Session, credential: object) -> msal.ConfidentialClientApplication:
    return msal.ConfidentialClientApplication(
        BOT,
        authority=f"{microsoft.login_url}/{TENANT}",
        client_credential=credential,
        instance_discovery=False,
        http_client=session,
    )


def _form(microsoft: Microsoft) -> dict[str, str | None]:
    return {
        "grant_type": "client_credentials",
        "client_id": BOT,
        "client_secret": "the secret",
        "scope": f"{microsoft.url}/.default",
    }


def _assertion(microsoft: Microsoft, session: requests.Session, resource: str) -> str:
    settings = microsoft.identity_settings()
    got = session.get(
        settings["IDENTITY_ENDPOINT"],
        params={"api-version": "2019-08-01", "resource": resource},
        headers={"X-IDENTITY-HEADER": settings["IDENTITY_HEADER"]},
    )
    return str(got.json()["access_token"])


def _by_assertion(microsoft: Microsoft, session: requests.Session, assertion: str) -> int:
    form = _form(microsoft) | {
        "client_secret": None,
        "client_assertion": assertion,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    }
    return session.post(f"{microsoft.login_url}/{TENANT}/oauth2/v2.0/token", data=form).status_code


def _graph(microsoft: Microsoft, token: str) -> tuple[int, str]:
    """Redirect a call that does not exist: 404 means that the token was good."""
    with requests.Session() as session:
        got = session.post(
            f"{microsoft.url}/v1.0/communications/calls/{UNKNOWN_CALL}/redirect",
            json={},
            headers={"Authorization": f"Bearer {token}"},
        )
        return got.status_code, got.json()["error"]["code"]


def _unverified(token: str) -> dict[str, object]:
    claims: dict[str, object] = jwt.decode(token, options={"verify_signature": False})
    return claims
