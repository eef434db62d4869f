"""Who gets in: the genuine tokens as they are seen in the wild, and every forgery that we know of."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from hypothesis import example, given
from hypothesis import strategies as st

from shared.core.gate.admit import GatePolicy, Verified, admit
from shared.core.gate.bearer_token import parse_token
from shared.core.gate.publishers import LegacyPublisher, TokenForm
from shared.core.ids import AppId, TenantId
from shared.core.refusals import NotFromMicrosoft, TenantNotAllowed
from tests.support.tokens import BOT, ENTRA, GRAPHS_ISSUER, ISSUER, LEGACY, NOW, POLICY, TENANT, b64, signer, verified

MICROSOFT = signer()
STRANGER = signer("strangers-key")
HEADER = b'{"alg":"RS256","kid":"first-key"}'


def entered(
    authorization: str | None, *, now: float = NOW, policy: GatePolicy = POLICY, body: bytes = b"{}"
) -> Verified:
    return admit(parse_token(authorization), MICROSOFT.key(), policy, body, now)


def test_a_genuine_token_lets_its_body_in() -> None:
    body = entered(MICROSOFT.bearer(), body=b'{"value":[]}')

    assert body.body == b'{"value":[]}'
    assert body.tenant == TENANT


@pytest.mark.parametrize(
    "authorization",
    [
        pytest.param(MICROSOFT.bearer().replace("Bearer", "bearer"), id="scheme-in-lower-case"),
        pytest.param(MICROSOFT.bearer().replace("Bearer", "BEARER"), id="scheme-in-capitals"),
        pytest.param(MICROSOFT.bearer(iss=GRAPHS_ISSUER), id="the-other-issuer"),
        pytest.param(MICROSOFT.bearer(aud=BOT.upper()), id="audience-in-capitals"),
        pytest.param(MICROSOFT.bearer(tid=TENANT.upper()), id="tenant-in-capitals"),
        pytest.param(MICROSOFT.bearer(nbf=None), id="no-nbf"),
        pytest.param(MICROSOFT.bearer(appid=None), id="no-appid"),
        pytest.param(MICROSOFT.bearer(exp=NOW + 0.5, nbf=NOW - 0.5), id="times-with-fractions"),
        pytest.param(MICROSOFT.bearer(exp=10**400), id="a-time-too-long-for-a-float"),
        pytest.param(MICROSOFT.bearer(iat=[], jti={}), id="claims-we-do-not-read"),
        pytest.param(MICROSOFT.bearer(header={"typ": None, "cty": None, "x5t": None}), id="the-least-header"),
        pytest.param(
            MICROSOFT.bearer(header={"jku": "https://x.example", "x5c": ["A" * 1200]}), id="keys-not-looked-at"
        ),
    ],
)
def test_what_a_genuine_token_may_look_like(authorization: str) -> None:
    assert entered(authorization).tenant == TENANT


@pytest.mark.parametrize(
    ("exp", "nbf", "enters"),
    [
        pytest.param(NOW - 299, NOW - 599, True, id="expired-within-the-leeway"),
        pytest.param(NOW - 300, NOW - 599, False, id="expired-beyond-it"),
        pytest.param(NOW + 900, NOW + 300, True, id="a-clock-that-is-ahead-within-the-leeway"),
        pytest.param(NOW + 900, NOW + 301, False, id="a-clock-that-is-ahead-beyond-it"),
        pytest.param(NOW + 10**9, NOW, True, id="far-in-the-future"),
    ],
)
def test_five_minutes_of_leeway_both_ways(exp: float, nbf: float, *, enters: bool) -> None:
    authorization = MICROSOFT.bearer(exp=exp, nbf=nbf)

    if enters:
        assert entered(authorization).tenant == TENANT
    else:
        with pytest.raises(NotFromMicrosoft):
            entered(authorization)


def test_the_leeway_is_the_policys() -> None:
    strict = replace(POLICY, leeway=0)

    with pytest.raises(NotFromMicrosoft, match="expired"):
        entered(MICROSOFT.bearer(exp=NOW), policy=strict)


TOKEN = MICROSOFT.token()
HEAD, CLAIMS, SIGNATURE = TOKEN.split(".")
SPARE = next(token for n in range(64) if len((token := MICROSOFT.token(n=n)).split(".")[1]) % 4 == 2)  # unused bits


def spelled_otherwise(part: str) -> str:
    """Give another spelling of the same octets: base64 whose unused last bits differ."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    other = part[:-1] + alphabet[alphabet.index(part[-1]) ^ 1]
    assert base64.urlsafe_b64decode(other + "==") == base64.urlsafe_b64decode(part + "==")
    return other


def with_header(text: str | bytes) -> str:
    return MICROSOFT.signed(text if isinstance(text, bytes) else text.encode(), b"{}")


@pytest.mark.parametrize(
    ("authorization", "detail"),
    [
        pytest.param(None, "no Authorization", id="none"),
        pytest.param("", "Bearer scheme", id="empty"),
        pytest.param("Bearer", "no token", id="scheme-alone"),
        pytest.param("Bearer ", "no token", id="scheme-and-a-space"),
        pytest.param(TOKEN, "Bearer scheme", id="no-scheme"),
        pytest.param(f"Basic {TOKEN}", "Bearer scheme", id="basic"),
        pytest.param(f"Bearer\t{TOKEN}", "Bearer scheme", id="a-tab"),
        pytest.param(f"Bearer {TOKEN} ", "three parts", id="a-space-behind"),
        pytest.param(f"Bearer {TOKEN}\n", "three parts", id="a-line-break-behind"),
        pytest.param(f"Bearer {TOKEN} {TOKEN}", "three parts", id="two-tokens"),
        pytest.param(f"Bearer {TOKEN}, Bearer {TOKEN}", "three parts", id="two-headers-joined"),
        pytest.param(f"Bearer {HEAD}.{CLAIMS}", "three parts", id="two-parts"),
        pytest.param(f"Bearer {HEAD}.{CLAIMS}.", "three parts", id="no-signature"),
        pytest.param(f"Bearer {TOKEN}.{SIGNATURE}", "three parts", id="four-parts"),
        pytest.param(f"Bearer {HEAD}.{CLAIMS}.a.b.c", "three parts", id="encrypted-shape"),
        pytest.param(f"Bearer {HEAD}=.{CLAIMS}.{SIGNATURE}", "three parts", id="padding"),
        pytest.param(f"Bearer {HEAD}.{CLAIMS[:9]}+{CLAIMS[10:]}.{SIGNATURE}", "three parts", id="plain-base64"),
        pytest.param(f"Bearer {HEAD}.{CLAIMS[:9]}\u212a{CLAIMS[10:]}.{SIGNATURE}", "three parts", id="kelvin-sign"),
        pytest.param(f"Bearer {HEAD[:9]} {HEAD[9:]}.{CLAIMS}.{SIGNATURE}", "three parts", id="a-space-inside"),
        pytest.param(f"Bearer {TOKEN}{'A' * 8192}", "over 8 KB", id="too-long"),
        pytest.param(f"Bearer {'A' * 2052}.{CLAIMS}.{SIGNATURE}", "header of over 2 KB", id="header-too-long"),
        pytest.param(f"Bearer a.{CLAIMS}.{SIGNATURE}", "header is not base64url", id="one-letter-header"),
        pytest.param(f"Bearer {HEAD}.a.{SIGNATURE}", "claims is not base64url", id="one-letter-claims"),
        pytest.param(f"Bearer {HEAD}.{CLAIMS}.a", "signature is not base64url", id="one-letter-signature"),
        pytest.param(
            f"Bearer {HEAD}.{CLAIMS}.{spelled_otherwise(SIGNATURE)}", "signature is not canonical", id="other-signature"
        ),
        pytest.param(
            f"Bearer {HEAD}.{spelled_otherwise(SPARE.split('.')[1])}.{SPARE.split('.')[2]}",
            "claims is not canonical",
            id="other-claims",
        ),
        pytest.param(f"Bearer {with_header('[]')}", "header is not an object", id="header-a-list"),
        pytest.param(f"Bearer {with_header('null')}", "header is not an object", id="header-null"),
        pytest.param(f"Bearer {with_header('{')}", "header cannot be read", id="header-cut-off"),
        pytest.param(f"Bearer {with_header(bytes([255]))}", "header cannot be read: Unicode", id="header-not-utf8"),
        pytest.param(f"Bearer {with_header('{}'.encode('utf-16'))}", "header cannot be read", id="header-utf16"),
        pytest.param(f"Bearer {b64(b'[' * 1500)}.e30.AAAA", "header cannot be read", id="header-deep"),
        pytest.param(f"Bearer {b64(b'9' * 1500)}.e30.AAAA", "header is not an object", id="header-huge-number"),
        pytest.param(f"Bearer {with_header('{"alg":NaN}')}", "header cannot be read", id="header-nan"),
        pytest.param(
            f"Bearer {with_header('{"alg":"none","alg":"RS256","kid":"first-key"}')}", "cannot be read", id="alg-twice"
        ),
        pytest.param(f"Bearer {MICROSOFT.token(header={'kid': None})}", "kid is not", id="no-kid"),
        pytest.param(f"Bearer {MICROSOFT.token(header={'kid': 1})}", "kid is not", id="kid-a-number"),
        pytest.param(f"Bearer {MICROSOFT.token(header={'kid': ['first-key']})}", "kid is not", id="kid-a-list"),
        pytest.param(f"Bearer {MICROSOFT.token(header={'kid': ''})}", "kid is not", id="kid-empty"),
        pytest.param(f"Bearer {MICROSOFT.token(header={'kid': 'k' * 257})}", "kid is not", id="kid-too-long"),
        pytest.param(f"Bearer {MICROSOFT.token(header={'crit': ['b64'], 'b64': False})}", "crit", id="crit"),
        pytest.param(f"Bearer {MICROSOFT.token(header={'crit': []})}", "crit", id="crit-empty"),
    ],
)
def test_a_token_of_the_wrong_shape_is_refused_before_any_key_is_looked_up(
    authorization: str | None, detail: str
) -> None:
    with pytest.raises(NotFromMicrosoft, match=detail):
        parse_token(authorization)


@pytest.mark.parametrize(
    "alg",
    ["none", "None", "", "HS256", "RS384", "RS512", "PS256", "ES256", "rs256", "RSA256", " RS256", None, 1, ["RS256"]],
)
def test_only_rs256_counts(alg: object) -> None:
    with pytest.raises(NotFromMicrosoft, match="alg is not RS256"):
        entered(MICROSOFT.bearer(header={"alg": alg}))


def forged_with(sign: str) -> str:
    content = f"{HEAD}.{CLAIMS}".encode()
    private = MICROSOFT.private
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    signatures = {
        "hmac": hmac.digest(public, content, "sha256"),
        "sha384": private.sign(content, padding.PKCS1v15(), SHA384()),
        "sha512": private.sign(content, padding.PKCS1v15(), SHA512()),
        "pss": private.sign(content, padding.PSS(padding.MGF1(SHA256()), 32), SHA256()),
        "hash": hashlib.sha256(content).digest(),
        "zeros": bytes(256),
        "short": b"\0",
        "long": bytes(2000),
    }
    return f"Bearer {HEAD}.{CLAIMS}.{b64(signatures[sign])}"


@pytest.mark.parametrize(
    "authorization",
    [
        pytest.param(STRANGER.bearer(header={"kid": "first-key"}), id="a-strangers-key-under-microsofts-kid"),
        pytest.param(STRANGER.bearer(header={"kid": "first-key", "jwk": STRANGER.jwk()}), id="with-its-own-jwk"),
        pytest.param(f"Bearer {HEAD}.{b64(b'{}')}.{SIGNATURE}", id="other-claims"),
        pytest.param(f"Bearer {b64(HEADER)}.{CLAIMS}.{SIGNATURE}", id="other-header"),
        *(
            pytest.param(forged_with(sign), id=sign)
            for sign in ("hmac", "sha384", "sha512", "pss", "hash", "zeros", "short", "long")
        ),
    ],
)
def test_a_forged_signature_is_refused(authorization: str) -> None:
    with pytest.raises(NotFromMicrosoft, match="signature"):
        entered(authorization)


def test_a_key_proves_only_tokens_that_name_it() -> None:
    token = parse_token(MICROSOFT.bearer(header={"kid": "another"}))

    with pytest.raises(NotFromMicrosoft, match="not the one that the token names"):
        admit(token, MICROSOFT.key(), POLICY, b"", NOW)


def test_a_key_proves_only_the_issuers_of_its_provider() -> None:
    graphs = MICROSOFT.key(LegacyPublisher(frozenset({GRAPHS_ISSUER})))

    with pytest.raises(NotFromMicrosoft, match="issuer"):
        admit(parse_token(MICROSOFT.bearer(iss=ISSUER)), graphs, POLICY, b"", NOW)


def odd(name: str, detail: str, values: list[object]) -> list[tuple[dict[str, Any], str]]:
    return [({name: value}, detail) for value in values]


@pytest.mark.parametrize(
    ("claims", "detail"),
    [
        *odd("exp", "exp is not a number", [None, "1800000000", True, [], {}, [NOW]]),
        *odd("nbf", "nbf is not a number", ["1", True, [], {}]),
        *odd("aud", "aud is not a string", [None, 1, [BOT], [], {}]),
        *odd("aud", "another audience", ["", "*", f" {BOT}", f"api://{BOT}", f"{BOT}\0", TENANT]),
        *odd("iss", "iss is not a string", [None, 1, [ISSUER], {}]),
        *odd(
            "iss", "an issuer", ["", ISSUER + "/", ISSUER.upper(), "http://api.botframework.com", ISSUER + ".example"]
        ),
        *odd("tid", "tid is not a string", [None, 1, [TENANT], {}]),
        *odd("tid", "tid is not a GUID", ["", "common", "a' or '1' eq '1", TENANT + "0"]),
    ],
)
def test_a_claim_that_is_not_as_it_must_be_is_refused(claims: dict[str, Any], detail: str) -> None:
    with pytest.raises(NotFromMicrosoft, match=detail):
        entered(MICROSOFT.bearer(**claims))


@pytest.mark.parametrize(
    ("claims", "detail"),
    [
        pytest.param("[]", "claims is not an object", id="a-list"),
        pytest.param("{", "claims cannot be read", id="cut-off"),
        pytest.param("[" * 5000, "claims cannot be read", id="deep"),
        pytest.param('{"exp":1e999}', "exp is not finite", id="exp-without-end"),
        pytest.param('{"exp":-1e999}', "exp is not finite", id="exp-before-all-time"),
        pytest.param('{"exp":9e99,"nbf":1e999}', "nbf is not finite", id="nbf-without-end"),
        pytest.param('{"exp":9e99,"nbf":null}', "nbf is not a number", id="nbf-null"),
        pytest.param('{"exp":Infinity}', "claims cannot be read", id="infinity"),
        pytest.param('{"exp":NaN}', "claims cannot be read", id="nan"),
        pytest.param('{"exp":%s}' % ("9" * 5000), "claims cannot be read", id="a-number-too-long"),
        pytest.param('{"exp":9e99,"exp":1}', "claims cannot be read", id="a-claim-twice"),
        pytest.param('{"a":{"b":1,"b":2}}', "claims cannot be read", id="a-name-twice-below"),
    ],
)
def test_claims_that_cannot_be_read_are_refused_even_if_signed(claims: str, detail: str) -> None:
    with pytest.raises(NotFromMicrosoft, match=detail):
        entered(f"Bearer {MICROSOFT.signed(HEADER, claims.encode())}")


def test_a_genuine_token_of_another_tenant_is_told_so() -> None:
    with pytest.raises(TenantNotAllowed) as refused:
        entered(MICROSOFT.bearer(tid="99999999-9999-4999-8999-999999999999"))

    assert refused.value.status == 403


def test_a_forged_token_is_not_told_which_tenants_are_allowed() -> None:
    with pytest.raises(NotFromMicrosoft):
        entered(STRANGER.bearer(header={"kid": "first-key"}, tid="99999999-9999-4999-8999-999999999999"))


def test_no_tenant_gets_in_where_none_is_allowed() -> None:
    with pytest.raises(TenantNotAllowed):
        entered(MICROSOFT.bearer(), policy=replace(POLICY, tenants=frozenset()))


def test_a_token_for_another_bot_is_refused() -> None:
    other = replace(POLICY, audience=AppId("22222222-2222-4333-8444-555555555555"))

    with pytest.raises(NotFromMicrosoft, match="audience"):
        entered(MICROSOFT.bearer(), policy=other)


def test_nobody_makes_a_verified_body_but_the_gate() -> None:
    with pytest.raises(TypeError, match="abstract"):
        Verified()  # type: ignore[abstract]  # what the test is about

    assert verified(b"x", TenantId(TENANT)).body == b"x"


def test_what_is_let_in_cannot_be_changed() -> None:
    body = entered(MICROSOFT.bearer())

    with pytest.raises(AttributeError):
        body.tenant = TenantId("x")  # type: ignore[misc]  # what the test is about


@pytest.mark.parametrize(
    "authorization",
    [
        MICROSOFT.bearer(aud="secret-audience"),
        MICROSOFT.bearer(iss="secret-issuer"),
        MICROSOFT.bearer(tid="secret-tenant"),
        STRANGER.bearer(header={"kid": "first-key"}),
        f"Bearer {TOKEN}.x",
    ],
)
def test_a_refusal_tells_nothing_of_the_token(authorization: str) -> None:
    with pytest.raises(NotFromMicrosoft) as refused:
        entered(authorization)

    assert "secret" not in str(refused.value)
    assert HEAD[:12] not in str(refused.value)
    assert CLAIMS[:12] not in str(refused.value)
    assert refused.value.message == NotFromMicrosoft.message


@pytest.mark.parametrize(("issuer", "said"), [(ISSUER, ISSUER), (None, ""), (7, ""), ([ISSUER], "")])
def test_the_issuer_that_nobody_has_proved_yet_is_a_text(issuer: object, said: str) -> None:
    assert parse_token(MICROSOFT.bearer(iss=issuer)).unverified_issuer == said


@pytest.mark.parametrize(
    ("authorization", "challenge"),
    [
        (None, "Bearer"),
        ("", "Bearer"),
        ("Bearer", "Bearer"),
        ("Bearer ", "Bearer"),
        ("Basic Og==", "Bearer"),
        ("Bearer x", 'Bearer error="invalid_token"'),
        (f"bearer {TOKEN}x", 'Bearer error="invalid_token"'),
        (f"Bearer {'A' * 9000}", 'Bearer error="invalid_token"'),
    ],
)
def test_a_token_that_came_is_called_invalid(authorization: str | None, challenge: str) -> None:
    with pytest.raises(NotFromMicrosoft) as refused:
        entered(authorization)

    assert refused.value.challenge == challenge


def test_what_is_presented_does_not_print_itself() -> None:
    assert CLAIMS[:12] not in repr(parse_token(MICROSOFT.bearer()))
    assert "unverified" not in repr(parse_token(MICROSOFT.bearer()))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
MEMBERS = st.dictionaries(st.sampled_from(["alg", "kid", "crit", "typ", "jwk"]) | st.text(), JSON)
CLAIM_SETS = st.dictionaries(st.sampled_from(["exp", "nbf", "aud", "iss", "tid"]) | st.text(), JSON)


@given(st.one_of(st.text(), st.binary().map(lambda octets: octets.decode("latin-1"))))
@example("Bearer ..")
@example("Bearer A.A.A")
def test_any_text_at_all_is_refused_and_nothing_else_happens(authorization: str) -> None:
    for text in (authorization, f"Bearer {authorization}"):
        with pytest.raises(NotFromMicrosoft):
            entered(text)


@given(st.binary() | MEMBERS.map(lambda members: json.dumps(members).encode()), st.binary(), st.binary())
def test_any_header_at_all_is_refused_and_nothing_else_happens(header: bytes, claims: bytes, signature: bytes) -> None:
    with pytest.raises(NotFromMicrosoft):
        entered(f"Bearer {b64(header)}.{b64(claims)}.{b64(signature)}")


@given(st.binary() | CLAIM_SETS.map(lambda claims: json.dumps(claims).encode()))
def test_any_signed_claims_at_all_are_refused_and_nothing_else_happens(claims: bytes) -> None:
    with pytest.raises(NotFromMicrosoft):
        entered(f"Bearer {MICROSOFT.signed(HEADER, claims)}")


def some(*names: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(names), JSON, max_size=2)


@given(
    st.sampled_from(TokenForm),
    some("alg", "kid", "typ", "crit", "jwk"),
    some("aud", "iss", "tid", "exp", "nbf", "appid", "azp", "cnf"),
)
def test_any_token_that_microsoft_signed_is_let_in_as_it_says_or_refused(
    form: TokenForm, header: dict[str, Any], claims: dict[str, Any]
) -> None:
    genuine = jwt.decode(MICROSOFT.token(form=form), options={"verify_signature": False})
    members: dict[str, Any] = {"alg": "RS256", "kid": MICROSOFT.kid, "typ": "JWT", "cty": "JWT"} | header
    said: dict[str, Any] = members | genuine | claims
    token = MICROSOFT.signed(json.dumps(members).encode(), json.dumps(genuine | claims).encode())
    key = MICROSOFT.key(LEGACY if form is TokenForm.LEGACY else ENTRA)

    try:
        admitted = admit(parse_token(f"Bearer {token}"), key, POLICY, b"", NOW)
    except (NotFromMicrosoft, TenantNotAllowed):
        return
    assert (said["alg"], said["kid"], said["aud"], said["iss"]) == ("RS256", MICROSOFT.kid, BOT, genuine["iss"])
    assert (admitted.tenant, admitted.form) == (TENANT, form)
    assert said.keys().isdisjoint({"crit", "cnf"})
    assert said["exp"] > NOW - POLICY.leeway
