"""Hold the simulated Microsoft's tokens to the shape of genuine ones in each form, and forgeries to being forged."""

import time
from typing import Any

import jwt
import pytest

from local.microsoft.exchange.call_script import BOT, TENANT
from local.microsoft.identity.notification_tokens import CONSUMERS, Signing
from local.microsoft.identity.token_forms import TokenForm

SERVICE = "26a18ebc-cdf7-4a6a-91cb-beb352805e81"
OTHER_TENANT = "9b0d1e52-6f43-4c7a-8e21-000000000001"
LOGIN = "https://login.microsoftonline.com"
ISSUERS = {
    TokenForm.LEGACY: "https://api.botframework.com",
    TokenForm.ENTRA_V1: f"https://sts.windows.net/{TENANT}/",
    TokenForm.ENTRA_V2: f"{LOGIN}/{TENANT}/v2.0",
}
ENTRA = [TokenForm.ENTRA_V1, TokenForm.ENTRA_V2]
every_form = pytest.mark.parametrize("form", TokenForm)


@pytest.fixture
def signing() -> Signing:
    return Signing(BOT, TENANT)


def published(signing: Signing, form: TokenForm) -> jwt.PyJWKSet:
    return jwt.PyJWKSet.from_dict(signing.keys(form).document())


def verified(signing: Signing, form: TokenForm, token: str) -> dict[str, Any]:
    """Read a token as a bot does that knows this form alone."""
    key = published(signing, form)[jwt.get_unverified_header(token)["kid"]]
    claims: dict[str, Any] = jwt.decode(
        token, key, algorithms=["RS256"], audience=BOT, issuer=ISSUERS[form], options={"require": ["exp", "aud", "tid"]}
    )
    return claims


def unverified(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


@every_form
def test_a_token_is_good_by_the_keys_of_its_own_publisher(signing: Signing, form: TokenForm) -> None:
    claims = verified(signing, form, signing.token(form))

    assert (claims["tid"], claims["aud"]) == (TENANT, BOT)
    assert claims["nbf"] <= time.time() <= claims["exp"]


def test_a_legacy_token_has_the_shape_of_a_genuine_one(signing: Signing) -> None:
    token = signing.token()

    kid = signing.legacy.current.kid
    claims = unverified(token)
    assert jwt.get_unverified_header(token) == {"alg": "RS256", "kid": kid, "typ": "JWT", "cty": "JWT", "x5t": kid}
    assert set(claims) == {"tid", "appid", "nbf", "exp", "iss", "aud"}
    assert claims["exp"] - claims["nbf"] == 300
    assert claims["appid"] == SERVICE


@pytest.mark.parametrize(
    ("form", "caller", "absent", "version"),
    [
        pytest.param(TokenForm.ENTRA_V1, "appid", "azp", "1.0", id="v1"),
        pytest.param(TokenForm.ENTRA_V2, "azp", "appid", "2.0", id="v2"),
    ],
)
def test_a_token_of_entra_says_who_asked_for_it_as_its_version_does(
    signing: Signing, form: TokenForm, caller: str, absent: str, version: str
) -> None:
    token = signing.token(form)

    kid = signing.entra.current.kid
    claims = unverified(token)
    assert jwt.get_unverified_header(token) == {"alg": "RS256", "kid": kid, "typ": "JWT", "x5t": kid}
    assert (claims[caller], claims["ver"], absent in claims) == (SERVICE, version, False)
    assert claims["exp"] - claims["nbf"] >= 3600


@pytest.mark.parametrize("form", ENTRA)
def test_the_issuer_of_entra_follows_the_tenant(signing: Signing, form: TokenForm) -> None:
    issuer = ISSUERS[form]

    assert unverified(signing.token(form, tid=OTHER_TENANT))["iss"] == issuer.replace(TENANT, OTHER_TENANT)
    assert unverified(signing.token(form, tid=OTHER_TENANT, iss=issuer))["iss"] == issuer


def test_entra_publishes_for_whom_each_key_signs(signing: Signing) -> None:
    issuers = {key["kid"]: key.get("issuer") for key in signing.entra.document()["keys"]}

    assert issuers == {
        signing.entra.current.kid: f"{LOGIN}/{{tenantid}}/v2.0",
        signing.consumers.kid: f"{LOGIN}/{CONSUMERS}/v2.0",
        signing.without_issuer.kid: None,
    }


def test_the_calling_services_keys_name_no_issuer(signing: Signing) -> None:
    assert [sorted(key) for key in signing.legacy.document()["keys"]] == [
        ["e", "endorsements", "kid", "kty", "n", "use", "x5t"]
    ]


@every_form
@pytest.mark.parametrize(
    ("forged", "error"),
    [
        pytest.param({"aud": "another bot"}, jwt.InvalidAudienceError, id="wrong-audience"),
        pytest.param({"without": ("aud",)}, jwt.MissingRequiredClaimError, id="no-audience"),
        pytest.param({"without": ("exp",)}, jwt.MissingRequiredClaimError, id="no-exp"),
        pytest.param({"without": ("tid",)}, jwt.MissingRequiredClaimError, id="no-tenant"),
        pytest.param({"iss": "https://login.botframework.com"}, jwt.InvalidIssuerError, id="wrong-issuer"),
        pytest.param({"expires_in": -400}, jwt.ExpiredSignatureError, id="expired"),
        pytest.param({"expires_in": 4500}, jwt.ImmatureSignatureError, id="too-early"),
        pytest.param({"alg": "none"}, jwt.InvalidAlgorithmError, id="unsigned"),
        pytest.param({"alg": "HS256"}, jwt.InvalidAlgorithmError, id="public-key-as-secret"),
        pytest.param({"alg": "PS256"}, jwt.InvalidAlgorithmError, id="another-family"),
        pytest.param({"alg": "RS512"}, jwt.InvalidAlgorithmError, id="another-hash"),
        pytest.param({"header": {"kid": "unheard-of"}}, KeyError, id="unknown-kid"),
        pytest.param({"header": {"kid": None}}, KeyError, id="no-kid"),
    ],
)
def test_a_forgery_is_wrong_in_the_way_that_was_asked_for(
    signing: Signing, form: TokenForm, forged: dict[str, Any], error: type[Exception]
) -> None:
    token = signing.token(form, **forged)

    with pytest.raises(error):
        verified(signing, form, token)


@pytest.mark.parametrize("alg", ["RS384", "RS512", "PS256"])
def test_another_algorithm_is_a_true_signature_under_it(signing: Signing, alg: str) -> None:
    token = signing.token(alg=alg)

    assert jwt.decode(token, signing.legacy.current.private.public_key(), algorithms=[alg], audience=BOT)


@every_form
def test_a_stranger_may_borrow_the_kid_but_not_the_key(signing: Signing, form: TokenForm) -> None:
    token = signing.token(form, key=signing.stranger, header={"kid": signing.keys(form).current.kid})

    with pytest.raises(jwt.InvalidSignatureError):
        verified(signing, form, token)
