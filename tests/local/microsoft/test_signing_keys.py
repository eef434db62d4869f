"""Hold the tokens of the simulated Microsoft to the shape of the genuine one, and its forgeries to being forged."""

import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
import requests

from local.microsoft.exchange.call_script import BOT, TENANT
from local.microsoft.identity.signing_keys import Signing
from local.microsoft.simulator import Microsoft


@pytest.fixture
def signing() -> Signing:
    return Signing(BOT, TENANT)


@pytest.fixture
def microsoft() -> Iterator[Microsoft]:
    with Microsoft() as microsoft:
        yield microsoft


def test_a_token_has_the_shape_of_a_genuine_one(signing: Signing) -> None:
    token = signing.token()

    header, claims = jwt.get_unverified_header(token), _verified(signing, token)
    assert header == {
        "alg": "RS256",
        "kid": signing.current.kid,
        "typ": "JWT",
        "cty": "JWT",
        "x5t": signing.current.kid,
    }
    assert set(claims) == {"tid", "appid", "nbf", "exp", "iss", "aud"}
    assert claims["exp"] - claims["nbf"] == 300
    assert claims["nbf"] <= time.time() <= claims["exp"]
    assert (claims["tid"], claims["aud"]) == (TENANT, BOT)
    assert claims["appid"] == "26a18ebc-cdf7-4a6a-91cb-beb352805e81"


def test_its_keys_are_found_by_way_of_the_metadata(microsoft: Microsoft) -> None:
    url = microsoft.settings()["OPENID_METADATA_URLS"]

    metadata = requests.get(url, timeout=5).json()
    keys = jwt.PyJWKSet.from_dict(requests.get(metadata["jwks_uri"], timeout=5).json())

    assert metadata["issuer"] == "https://api.botframework.com"
    assert metadata["id_token_signing_alg_values_supported"] == ["RSA256"]
    token = microsoft.signing.token()
    key = keys[jwt.get_unverified_header(token)["kid"]]
    assert jwt.decode(token, key, algorithms=["RS256"], audience=BOT)["tid"] == TENANT
    assert (len(microsoft.seen("metadata")), len(microsoft.seen("keys"))) == (1, 1)


@pytest.mark.parametrize(
    ("forged", "error"),
    [
        pytest.param({"aud": "another bot"}, jwt.InvalidAudienceError, id="wrong-audience"),
        pytest.param({"without": ("aud",)}, jwt.MissingRequiredClaimError, id="no-audience"),
        pytest.param({"without": ("exp",)}, jwt.MissingRequiredClaimError, id="no-exp"),
        pytest.param({"iss": "https://login.botframework.com"}, jwt.InvalidIssuerError, id="wrong-issuer"),
        pytest.param({"expires_in": -400}, jwt.ExpiredSignatureError, id="expired"),
        pytest.param({"expires_in": 900}, jwt.ImmatureSignatureError, id="too-early"),
        pytest.param({"alg": "none"}, jwt.InvalidAlgorithmError, id="unsigned"),
        pytest.param({"alg": "HS256"}, jwt.InvalidAlgorithmError, id="public-key-as-secret"),
        pytest.param({"alg": "PS256"}, jwt.InvalidAlgorithmError, id="another-family"),
        pytest.param({"alg": "RS512"}, jwt.InvalidAlgorithmError, id="another-hash"),
        pytest.param({"header": {"kid": "unheard-of"}}, KeyError, id="unknown-kid"),
        pytest.param({"header": {"kid": None}}, KeyError, id="no-kid"),
    ],
)
def test_a_forgery_is_wrong_in_the_way_that_was_asked_for(
    signing: Signing, forged: dict[str, Any], error: type[Exception]
) -> None:
    token = signing.token(**forged)

    with pytest.raises(error):
        _verified(signing, token)


@pytest.mark.parametrize("alg", ["RS384", "RS512", "PS256"])
def test_another_algorithm_is_a_true_signature_under_it(signing: Signing, alg: str) -> None:
    token = signing.token(alg=alg)

    assert jwt.decode(token, signing.current.private.public_key(), algorithms=[alg], audience=BOT)


def test_a_stranger_may_borrow_the_kid_but_not_the_key(signing: Signing) -> None:
    token = signing.token(key=signing.stranger, header={"kid": signing.current.kid})

    with pytest.raises(jwt.InvalidSignatureError):
        _verified(signing, token)


def test_an_announced_key_is_published_and_does_not_sign_until_the_rotation(signing: Signing) -> None:
    before = signing.current

    signing.announce()

    assert signing.current is before
    published = [published["kid"] for published in signing.jwks()["keys"]]
    assert signing.rotate().kid == published[1]
    assert len(published) == len(signing.jwks()["keys"]) == 2


def test_a_rotation_keeps_the_old_key_until_it_is_withdrawn(signing: Signing) -> None:
    before = signing.token()

    signing.rotate()
    after = signing.token()

    assert jwt.get_unverified_header(before)["kid"] != jwt.get_unverified_header(after)["kid"]
    assert _verified(signing, before)
    assert _verified(signing, after)

    signing.withdraw()
    assert _verified(signing, after)
    with pytest.raises(KeyError):
        _verified(signing, before)


def _verified(signing: Signing, token: str) -> dict[str, Any]:
    keys = jwt.PyJWKSet.from_dict(signing.jwks())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims: dict[str, Any] = jwt.decode(
        token,
        key,
        algorithms=["RS256"],
        audience=BOT,
        issuer="https://api.botframework.com",
        options={"require": ["exp", "aud"]},
    )
    return claims
