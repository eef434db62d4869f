"""Hold each publisher's keys to being announced, rotated, withdrawn and forged without the other's noticing."""

from collections.abc import Iterator

import jwt
import pytest
import requests

from local.loopback.faults import Fault, Flood, Hang, Reset, Says
from local.microsoft.exchange.call_script import BOT, TENANT
from local.microsoft.identity.key_set import KeySet
from local.microsoft.identity.notification_tokens import CONSUMERS, Signing
from local.microsoft.identity.token_forms import TokenForm
from local.microsoft.simulator import Microsoft


@pytest.fixture
def microsoft() -> Iterator[Microsoft]:
    with Microsoft() as microsoft:
        yield microsoft


@pytest.fixture
def signing() -> Signing:
    return Signing(BOT, TENANT)


@pytest.fixture(params=["legacy", "entra"])
def keys(request: pytest.FixtureRequest, signing: Signing) -> KeySet:
    keys: KeySet = getattr(signing, request.param)
    return keys


def kids(keys: KeySet) -> list[str]:
    return [key["kid"] for key in keys.document()["keys"]]


def test_an_announced_key_is_published_and_does_not_sign_until_the_rotation(keys: KeySet) -> None:
    before, published = keys.current, kids(keys)

    keys.announce()

    assert keys.current is before
    (announced,) = set(kids(keys)) - set(published)
    assert keys.rotate().kid == announced
    assert len(kids(keys)) == len(published) + 1


def test_a_rotation_keeps_the_old_key_until_it_is_withdrawn(keys: KeySet) -> None:
    before = keys.current

    after = keys.rotate()

    assert keys.current is after
    assert {before.kid, after.kid} <= set(kids(keys))
    keys.withdraw()
    assert before.kid not in kids(keys)
    assert after.kid in kids(keys)


def test_a_rotation_of_one_publisher_leaves_the_other_as_it_is(signing: Signing) -> None:
    before = signing.legacy.document()

    signing.entra.rotate()

    assert signing.legacy.document() == before


def test_a_forged_key_stands_under_the_others_kid_and_is_another(signing: Signing) -> None:
    stolen = signing.legacy.current.kid

    forged = signing.entra.forge(stolen)

    token = signing.token(TokenForm.LEGACY, key=forged)
    by_entra, by_the_service = (
        jwt.PyJWKSet.from_dict(keys.document())[stolen] for keys in (signing.entra, signing.legacy)
    )
    assert jwt.decode(token, by_entra, algorithms=["RS256"], audience=BOT)
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(token, by_the_service, algorithms=["RS256"], audience=BOT)


def test_the_calling_services_keys_are_found_by_way_of_its_metadata(microsoft: Microsoft) -> None:
    metadata = requests.get(microsoft.settings()["OPENID_METADATA_URLS"], timeout=5).json()

    published = requests.get(metadata["jwks_uri"], timeout=5).json()

    assert metadata["issuer"] == "https://api.botframework.com"
    assert metadata["id_token_signing_alg_values_supported"] == ["RSA256"]
    assert published == microsoft.signing.legacy.document()
    assert (len(microsoft.seen("metadata")), len(microsoft.seen("keys"))) == (1, 1)


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(Says(503), id="fails"),
        pytest.param(Says(200, html=True), id="a-page"),
        pytest.param(Reset(), id="resets"),
        pytest.param(Hang(0.2), id="hangs"),
        pytest.param(Flood(1), id="floods"),
    ],
)
@pytest.mark.parametrize("in_trouble", ["keys", "entra-keys", "metadata", "entra-metadata"])
def test_one_publisher_in_trouble_leaves_the_other_as_it_is(
    microsoft: Microsoft, in_trouble: str, trouble: Fault
) -> None:
    addresses = {
        "metadata": microsoft.settings()["OPENID_METADATA_URLS"],
        "keys": f"{microsoft.url}/v1/.well-known/keys",
        "entra-metadata": f"{microsoft.login_url}/common/v2.0/.well-known/openid-configuration",
        "entra-keys": f"{microsoft.login_url}/common/discovery/v2.0/keys",
    }
    microsoft.neighbours[in_trouble].will_always_answer(trouble)

    answering = {name for name, url in addresses.items() if _is_published(microsoft, url)}

    assert answering == addresses.keys() - {in_trouble}


def _is_published(microsoft: Microsoft, url: str) -> bool:
    try:
        got = requests.get(url, timeout=5, verify=str(microsoft.ca_file))
        return got.ok and bool(got.json())
    except requests.RequestException:
        return False


@pytest.mark.parametrize("tenant", ["common", "organizations"])
def test_entras_keys_are_found_by_way_of_its_metadata_for_any_tenant(microsoft: Microsoft, tenant: str) -> None:
    login = microsoft.settings()["LOGIN_URL"]

    with requests.Session() as session:
        session.trust_env, session.verify = False, str(microsoft.ca_file)
        metadata = session.get(f"{login}/{tenant}/v2.0/.well-known/openid-configuration", timeout=5).json()
        published = session.get(metadata["jwks_uri"], timeout=5).json()

    assert metadata["issuer"] == f"{login}/{{tenantid}}/v2.0"
    assert metadata["jwks_uri"] == f"{login}/{tenant}/discovery/v2.0/keys"
    assert published == microsoft.signing.entra.document()
    assert {key.get("issuer") for key in published["keys"]} == {
        f"{login}/{{tenantid}}/v2.0",
        f"{login}/{CONSUMERS}/v2.0",
        None,
    }
    assert (len(microsoft.seen("entra-metadata")), len(microsoft.seen("entra-keys"))) == (1, 1)
    assert microsoft.seen("login") == []
