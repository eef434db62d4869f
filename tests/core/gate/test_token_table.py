"""The table of tokens: what comes in each form, who gets in, and why the others do not.

The verdicts on Entra's forms are those of Microsoft's own SDK (Microsoft.Graph.Communications.Calls 1.2.0.18742), but
where a row says `stricter`: there the SDK lets a token in that no genuine caller sends.
"""

from typing import Any

import pytest

from shared.core.gate.admit import admit
from shared.core.gate.bearer_token import parse_token
from shared.core.gate.publishers import SigningKey, TokenForm
from shared.core.loggable import loggable
from shared.core.refusals import NotFromMicrosoft, TenantNotAllowed
from tests.support.tokens import (
    ANY_TENANT,
    BOT,
    CALLING_SERVICE,
    CONSUMERS,
    ENTRA,
    GUEST,
    ISSUER,
    LEGACY,
    LOGIN,
    NOW,
    NULL,
    POLICY,
    STS,
    TENANT,
    signer,
)

OLD, V1, V2 = TokenForm.LEGACY, TokenForm.ENTRA_V1, TokenForm.ENTRA_V2
MICROSOFT = signer()
OLD_KEY = MICROSOFT.key(LEGACY)
FOR_ALL = MICROSOFT.key(ENTRA, ANY_TENANT)
FOR_US = MICROSOFT.key(ENTRA, f"{LOGIN}/{TENANT}/v2.0")
FOR_GUESTS = MICROSOFT.key(ENTRA, f"{LOGIN}/{GUEST}/v2.0")
FOR_CONSUMERS = MICROSOFT.key(ENTRA, f"{LOGIN}/{CONSUMERS}/v2.0")
WITHOUT_ISSUER = MICROSOFT.key(ENTRA)

STRANGER = "33333333-2222-4333-8444-555555555555"
UNKNOWN_TENANT = "cccccccc-bbbb-4ccc-8ddd-eeeeeeeeeeee"

IN = ""
ISS = "an issuer that this key may not sign for"
KEYS_TENANT = "a tenant that this key may not sign for"
NOBODY = "asked for by another app than Microsoft's calling service: no id"
CALLER = f"asked for by another app than Microsoft's calling service: {STRANGER}"
AUDIENCE = "for another audience"
CNF = "bound to a key by cnf"


def row(
    name: str, form: TokenForm, key: SigningKey, why: str, *, header: dict[str, Any] | None = None, **claims: Any
) -> Any:
    """Say how a token differs from a genuine one of its form (None: left out), whose key signed it, and the verdict."""
    return pytest.param(form, key, header, claims, why, id=f"{form.value}: {name}")


TABLE = [
    # Genuine ones
    row("genuine", OLD, OLD_KEY, IN),
    row("genuine", V1, FOR_ALL, IN),
    row("genuine", V2, FOR_ALL, IN),
    row("of another allowed tenant", OLD, OLD_KEY, IN, tid=GUEST),
    row("of another allowed tenant", V1, FOR_ALL, IN, tid=GUEST),
    row("of another allowed tenant", V2, FOR_ALL, IN, tid=GUEST),
    row("a key for this tenant alone", V1, FOR_US, IN),
    row("a key for this tenant alone", V2, FOR_US, IN),
    row("a key without an issuer", V1, WITHOUT_ISSUER, IN),
    row("a key without an issuer", V2, WITHOUT_ISSUER, IN),
    row("a key whose issuer has v1's words", V1, MICROSOFT.key(ENTRA, f"{STS}/{{tenantid}}/"), IN),
    row("no nbf", V1, FOR_ALL, IN, nbf=None),
    row("no nbf", V2, FOR_ALL, IN, nbf=None),
    row("no iat", V1, FOR_ALL, IN, iat=None),
    row("no iat", V2, FOR_ALL, IN, iat=None),
    row("nbf four minutes ahead", V1, FOR_ALL, IN, nbf=NOW + 240),
    row("nbf four minutes ahead", V2, FOR_ALL, IN, nbf=NOW + 240),
    row("expired four minutes ago", V1, FOR_ALL, IN, exp=NOW - 240),
    row("expired four minutes ago", V2, FOR_ALL, IN, exp=NOW - 240),
    row("the caller in capitals", V1, FOR_ALL, IN, appid=CALLING_SERVICE.upper()),
    row("the caller in capitals", V2, FOR_ALL, IN, azp=CALLING_SERVICE.upper()),
    row("the audience in capitals", V2, FOR_ALL, IN, aud=BOT.upper()),
    row("claims that we do not read", V1, FOR_ALL, IN, roles=["x"], xms_cc={}, nonce=[1]),
    row("claims that we do not read", V2, FOR_ALL, IN, roles=["x"], xms_cc={}, nonce=[1]),
    row("the other form's version", V1, FOR_ALL, IN, ver="2.0"),
    row("the other form's version", V2, FOR_ALL, IN, ver="1.0"),
    row("a stranger's appid, which is v1's", V2, FOR_ALL, IN, appid=STRANGER),
    row("a stranger's azp, which is v2's", V1, FOR_ALL, IN, azp=STRANGER),
    row("an issuer beside the key, which names none", OLD, MICROSOFT.key(LEGACY, ANY_TENANT), IN),
    row("a stranger's appid: the key is the service's own", OLD, OLD_KEY, IN, appid=STRANGER),
    # Who asked for it: any app can get a token for this bot
    row("a stranger asked for it", V1, FOR_ALL, CALLER, appid=STRANGER),
    row("a stranger asked for it", V2, FOR_ALL, CALLER, azp=STRANGER),
    row("the bot itself asked for it", V1, FOR_ALL, CALLER.replace(STRANGER, BOT), appid=BOT),
    row("the bot itself asked for it", V2, FOR_ALL, CALLER.replace(STRANGER, BOT), azp=BOT),
    row("nobody asked for it", V1, FOR_ALL, "appid is not a string", appid=None),
    row("nobody asked for it", V2, FOR_ALL, "azp is not a string", azp=None),
    row("the caller stands in v2's claim alone", V1, FOR_ALL, "appid is not a string", appid=None, azp=CALLING_SERVICE),
    row("the caller stands in v1's claim alone", V2, FOR_ALL, "azp is not a string", azp=None, appid=CALLING_SERVICE),
    row("a stranger's azp beside the service's appid", V2, FOR_ALL, CALLER, azp=STRANGER, appid=CALLING_SERVICE),
    row("a stranger's appid beside the service's azp", V1, FOR_ALL, CALLER, appid=STRANGER, azp=CALLING_SERVICE),
    row("a list of callers", V1, FOR_ALL, "appid is not a string", appid=[CALLING_SERVICE]),
    row("a list of callers", V2, FOR_ALL, "azp is not a string", azp=[CALLING_SERVICE]),
    row("the caller with a blank", V2, FOR_ALL, CALLER.replace(STRANGER, CALLING_SERVICE), azp=f" {CALLING_SERVICE}"),
    row("the caller in braces", V1, FOR_ALL, NOBODY, appid=f"{{{CALLING_SERVICE}}}"),
    row("the caller empty", V2, FOR_ALL, NOBODY, azp=""),
    row("the caller null", V2, FOR_ALL, "azp is not a string", azp=NULL),
    # The issuer and the tenant
    row("issuer of another tenant", V1, FOR_ALL, ISS, iss=f"{STS}/{GUEST}/"),
    row("issuer of another tenant", V2, FOR_ALL, ISS, iss=f"{LOGIN}/{GUEST}/v2.0"),
    row("tid of another tenant", V1, FOR_ALL, ISS, tid=GUEST, iss=f"{STS}/{TENANT}/"),
    row("tid of another tenant", V2, FOR_ALL, ISS, tid=GUEST, iss=f"{LOGIN}/{TENANT}/v2.0"),
    row("issuer for all tenants", V1, FOR_ALL, ISS, iss=f"{STS}/common/"),
    row("issuer for all tenants", V2, FOR_ALL, ISS, iss=f"{LOGIN}/common/v2.0"),
    row("issuer a template", V2, FOR_ALL, ISS, iss=ANY_TENANT),
    row("issuer a template of ours", V2, FOR_ALL, ISS, iss=f"{LOGIN}/{{tid}}/v2.0"),
    row("issuer of another cloud", V1, FOR_ALL, ISS, iss=f"https://sts.chinacloudapi.cn/{TENANT}/"),
    row("issuer of another cloud", V2, FOR_ALL, ISS, iss=f"https://login.microsoftonline.us/{TENANT}/v2.0"),
    row("issuer of a look-alike", V1, FOR_ALL, ISS, iss=f"https://sts.windows.net.example/{TENANT}/"),
    row("issuer of a look-alike", V2, FOR_ALL, ISS, iss=f"https://login.microsoftonline.com.example/{TENANT}/v2.0"),
    row("issuer behind another user", V2, FOR_ALL, ISS, iss=f"{LOGIN}@example.com/{TENANT}/v2.0"),
    row("issuer without TLS", V1, FOR_ALL, ISS, iss=f"http://sts.windows.net/{TENANT}/"),
    row("issuer without TLS", V2, FOR_ALL, ISS, iss=f"http://login.microsoftonline.com/{TENANT}/v2.0"),
    row("issuer without its slash", V1, FOR_ALL, ISS, iss=f"{STS}/{TENANT}"),
    row("issuer with a slash more", V2, FOR_ALL, ISS, iss=f"{LOGIN}/{TENANT}/v2.0/"),
    row("stricter: something behind v2.0", V2, FOR_ALL, ISS, iss=f"{LOGIN}/{TENANT}/v2.0/x"),
    row("stricter: a second tenant in the path", V2, FOR_ALL, ISS, iss=f"{LOGIN}/{GUEST}/{TENANT}/v2.0"),
    row("something behind the tenant", V1, FOR_ALL, ISS, iss=f"{STS}/{TENANT}/x"),
    row("no version", V2, FOR_ALL, ISS, iss=f"{LOGIN}/{TENANT}/"),
    row("issuer with a query", V2, FOR_ALL, ISS, iss=f"{LOGIN}/{TENANT}/v2.0?x"),
    row("issuer with a line break", V2, FOR_ALL, ISS, iss=f"{LOGIN}/{TENANT}/v2.0\n"),
    row("issuer in capitals", V2, FOR_ALL, ISS, iss=f"{LOGIN}/{TENANT}/v2.0".upper()),
    row("issuer's host in capitals", V1, FOR_ALL, ISS, iss=f"https://STS.windows.net/{TENANT}/"),
    row("issuer's tenant in other letters than tid", V2, FOR_ALL, ISS, iss=f"{LOGIN}/{TENANT.upper()}/v2.0"),
    row("issuer a list", V2, FOR_ALL, "iss is not a string", iss=[f"{LOGIN}/{TENANT}/v2.0"]),
    row("issuer missing", V2, FOR_ALL, "iss is not a string", iss=None),
    row("tid missing", V1, FOR_ALL, "tid is not a string", tid=None),
    row("tid missing", V2, FOR_ALL, "tid is not a string", tid=None),
    row("tid no tenant", V2, FOR_ALL, "tid is not a GUID", tid="common"),
    row("tid a way out of the path", V2, FOR_ALL, "tid is not a GUID", tid=f"{TENANT}/v2.0/.."),
    row("tid a list", V1, FOR_ALL, "tid is not a string", tid=[TENANT]),
    # Which key may sign what
    row("legacy claims with a key of Entra's", OLD, FOR_ALL, ISS),
    row("legacy claims with a key of Entra's that has no issuer", OLD, WITHOUT_ISSUER, ISS),
    row("Entra's claims with the legacy key", V1, OLD_KEY, ISS),
    row("Entra's claims with the legacy key", V2, OLD_KEY, ISS),
    row("a key for consumers alone", V2, FOR_CONSUMERS, KEYS_TENANT),
    row("stricter: a key for consumers alone", V1, FOR_CONSUMERS, KEYS_TENANT),
    row("a key for another allowed tenant", V1, FOR_GUESTS, KEYS_TENANT),
    row("a key for another allowed tenant", V2, FOR_GUESTS, KEYS_TENANT),
    row("a key whose issuer is empty", V2, MICROSOFT.key(ENTRA, ""), KEYS_TENANT),
    row("a key whose issuer was no text", V1, MICROSOFT.key(ENTRA, "None"), KEYS_TENANT),
    row("a key whose issuer has v1's words", V2, MICROSOFT.key(ENTRA, f"{STS}/{{tenantid}}/"), KEYS_TENANT),
    row("a key for another cloud", V2, MICROSOFT.key(ENTRA, ANY_TENANT.replace(".com", ".us")), KEYS_TENANT),
    row("a key for another cloud", V1, MICROSOFT.key(ENTRA, ANY_TENANT.replace(".com", ".us")), KEYS_TENANT),
    # The audience
    row("for another bot", V1, FOR_ALL, AUDIENCE, aud=STRANGER),
    row("for another bot", V2, FOR_ALL, AUDIENCE, aud=STRANGER),
    row("for the bot by its address", V1, FOR_ALL, AUDIENCE, aud=f"api://{BOT}"),
    row("for the bot by its address", V2, FOR_ALL, AUDIENCE, aud=f"api://{BOT}"),
    row("for Graph", V1, FOR_ALL, AUDIENCE, aud="https://graph.microsoft.com"),
    row("a list of audiences", V2, FOR_ALL, "aud is not a string", aud=[BOT]),
    row("no audience", V1, FOR_ALL, "aud is not a string", aud=None),
    # Its life
    row("no exp", V1, FOR_ALL, "exp is not a number", exp=None),
    row("no exp", V2, FOR_ALL, "exp is not a number", exp=None),
    row("stricter: exp a text", V2, FOR_ALL, "exp is not a number", exp=str(int(NOW) + 3600)),
    row("expired", V1, FOR_ALL, "expired", exp=NOW - 300),
    row("expired", V2, FOR_ALL, "expired", exp=NOW - 300),
    row("not valid yet", V1, FOR_ALL, "not valid yet", nbf=NOW + 301),
    row("not valid yet", V2, FOR_ALL, "not valid yet", nbf=NOW + 301),
    # Bound to a key that the sender would have to prove
    row("cnf", OLD, OLD_KEY, CNF, cnf={"jwk": {}}),
    row("cnf", V1, FOR_ALL, CNF, cnf={"kid": "x"}),
    row("cnf", V2, FOR_ALL, CNF, cnf={"x5t#S256": "x"}),
    row("cnf empty", OLD, OLD_KEY, CNF, cnf={}),
    row("cnf empty", V1, FOR_ALL, CNF, cnf={}),
    row("cnf empty", V2, FOR_ALL, CNF, cnf={}),
    row("cnf no object", V2, FOR_ALL, CNF, cnf=""),
    row("cnf null", OLD, OLD_KEY, CNF, cnf=NULL),
    row("cnf null", V1, FOR_ALL, CNF, cnf=NULL),
    row("cnf null", V2, FOR_ALL, CNF, cnf=NULL),
    # The header
    *(
        row(f"alg {alg}", form, FOR_ALL, "alg is not RS256", header={"alg": alg})
        for form in (V1, V2)
        for alg in ("none", "HS256", "RS384", "RS512", "PS256", "ES256")
    ),
    row("stricter: crit", V2, FOR_ALL, "the header has crit", header={"crit": ["x"], "x": 1}),
    row("stricter: no kid", V2, FOR_ALL, "kid is not a short string", header={"kid": None}),
    row("another kid", V1, FOR_ALL, "the key is not the one that the token names", header={"kid": "x"}),
]


@pytest.mark.parametrize(("form", "key", "header", "claims", "why"), TABLE)
def test_the_verdict_on_a_token(
    form: TokenForm, key: SigningKey, header: dict[str, Any] | None, claims: dict[str, Any], why: str
) -> None:
    token = MICROSOFT.bearer(header=header, form=form, **claims)

    if why:
        with pytest.raises(NotFromMicrosoft) as refused:
            admit(parse_token(token), key, POLICY, b"", NOW)
        assert refused.value.detail == why
        assert loggable("reason", why) == why  # whoever looks for what is wrong reads all of it
    else:
        verified = admit(parse_token(token), key, POLICY, b"", NOW)
        assert (verified.form, verified.tenant) == (form, claims.get("tid", TENANT))


@pytest.mark.parametrize("form", [OLD, V1, V2])
def test_a_genuine_token_of_a_tenant_that_is_not_allowed_is_told_so(form: TokenForm) -> None:
    key = OLD_KEY if form is OLD else FOR_ALL

    with pytest.raises(TenantNotAllowed):
        admit(parse_token(MICROSOFT.bearer(form=form, tid=UNKNOWN_TENANT)), key, POLICY, b"", NOW)


@pytest.mark.parametrize("form", [V1, V2])
def test_a_stranger_of_a_tenant_that_is_not_allowed_is_told_nothing_of_tenants(form: TokenForm) -> None:
    token = MICROSOFT.bearer(form=form, tid=UNKNOWN_TENANT, azp=STRANGER, appid=STRANGER)

    with pytest.raises(NotFromMicrosoft, match=CALLER):
        admit(parse_token(token), FOR_ALL, POLICY, b"", NOW)


@pytest.mark.parametrize("form", [V1, V2])
def test_consumers_get_in_by_their_own_key_where_somebody_allows_them(form: TokenForm) -> None:
    with pytest.raises(TenantNotAllowed):
        admit(parse_token(MICROSOFT.bearer(form=form, tid=CONSUMERS)), FOR_CONSUMERS, POLICY, b"", NOW)


@pytest.mark.parametrize("form", [V1, V2])
def test_a_token_whose_tenant_is_written_in_capitals_throughout_is_of_that_tenant(form: TokenForm) -> None:
    verified = admit(parse_token(MICROSOFT.bearer(form=form, tid=TENANT.upper())), FOR_ALL, POLICY, b"", NOW)

    assert verified.tenant == TENANT


def test_the_issuers_of_the_legacy_form_are_compared_to_the_letter() -> None:
    for issuer in (f"{ISSUER}/", ISSUER.upper(), ISSUER.replace("https", "http")):
        with pytest.raises(NotFromMicrosoft, match=ISS):
            admit(parse_token(MICROSOFT.bearer(iss=issuer)), OLD_KEY, POLICY, b"", NOW)
