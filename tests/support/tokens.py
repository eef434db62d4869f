"""Sign tokens as Microsoft does in each of its forms, and as forgers do, with real keys."""

import base64
import functools
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from shared.core.gate.admit import GatePolicy, Verified, admit
from shared.core.gate.bearer_token import parse_token
from shared.core.gate.publishers import EntraPublisher, LegacyPublisher, Publisher, SigningKey, TokenForm
from shared.core.ids import AppId, TenantId

BOT = AppId("11111111-2222-4333-8444-5555abcdef55")
TENANT = TenantId("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee")
GUEST = TenantId("bbbbbbbb-bbbb-4ccc-8ddd-eeeeeeeeeeee")  # allowed too
CONSUMERS = TenantId("9188040d-6c67-4c5b-b112-36a304b66dad")  # of people with an account of their own
NOW = 1_700_000_000.0
CALLING_SERVICE = AppId("26a18ebc-cdf7-4a6a-91cb-beb352805e81")  # what real tokens carry

ISSUER, GRAPHS_ISSUER = "https://api.botframework.com", "https://graph.microsoft.com"
LOGIN, STS = "https://login.microsoftonline.com", "https://sts.windows.net"
LEGACY = LegacyPublisher(frozenset({ISSUER, GRAPHS_ISSUER}))
ENTRA = EntraPublisher(v1_issuer=f"{STS}/{{tid}}/", v2_issuer=f"{LOGIN}/{{tid}}/v2.0")
ANY_TENANT = f"{LOGIN}/{{tenantid}}/v2.0"  # the issuer that Entra publishes with a key that signs for all of them
POLICY = GatePolicy(BOT, frozenset({TENANT, GUEST}), frozenset({CALLING_SERVICE}))


NULL = object()  # a claim that is there and null


class Signer:
    """A private key with a kid: signs tokens, publishes itself as a JWK."""

    def __init__(self, kid: str, private: rsa.RSAPrivateKey) -> None:
        self.kid = kid
        self.private = private

    def jwk(self, **changes: Any) -> dict[str, Any]:
        """Give the published form of the key; a change to None takes a member out."""
        numbers = self.private.public_key().public_numbers()
        jwk = {"kty": "RSA", "use": "sig", "kid": self.kid, "x5t": self.kid, "n": whole(numbers.n), "e": whole(65537)}
        return {name: value for name, value in (jwk | changes).items() if value is not None}

    def key(self, publisher: Publisher = LEGACY, issuer: str | None = None) -> SigningKey:
        return SigningKey(self.kid, self.private.public_key(), publisher, issuer)

    def token(
        self,
        now: float = NOW,
        header: dict[str, Any] | None = None,
        form: TokenForm = TokenForm.LEGACY,
        **changes: Any,
    ) -> str:
        """Sign a genuine token of `now`; a change to None takes a claim or a header member out."""
        members = {"alg": "RS256", "kid": self.kid, "typ": "JWT", "x5t": self.kid}
        if form is TokenForm.LEGACY:
            members["cty"] = "JWT"
        return self.signed(_json(members | (header or {})), _json(_claims(form, now, changes.get("tid")) | changes))

    def signed(self, header: bytes, claims: bytes) -> str:
        """Sign any bytes at all."""
        content = f"{b64(header)}.{b64(claims)}"
        return f"{content}.{b64(self.private.sign(content.encode(), padding.PKCS1v15(), SHA256()))}"

    def bearer(
        self,
        now: float = NOW,
        header: dict[str, Any] | None = None,
        form: TokenForm = TokenForm.LEGACY,
        **changes: Any,
    ) -> str:
        return f"Bearer {self.token(now, header, form, **changes)}"


@functools.cache
def signer(kid: str = "first-key") -> Signer:
    """Give the signer of that kid, the same one for the whole run: making a key takes a tenth of a second."""
    return Signer(kid, rsa.generate_private_key(public_exponent=65537, key_size=2048))


def verified(body: bytes, tenant: TenantId = TENANT, form: TokenForm = TokenForm.LEGACY) -> Verified:
    """Take a body through the real gate, for tests of what comes behind it."""
    policy = GatePolicy(BOT, frozenset({tenant}), frozenset({CALLING_SERVICE}))
    key = signer().key(LEGACY if form is TokenForm.LEGACY else ENTRA)
    return admit(parse_token(signer().bearer(form=form, tid=tenant)), key, policy, body, NOW)


def b64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def whole(number: int) -> str:
    return b64(number.to_bytes((number.bit_length() + 7) // 8))


def _claims(form: TokenForm, now: float, tid: object) -> dict[str, Any]:
    """Give the claims of a genuine token, its issuer of the tenant that it is made for."""
    tenant = tid if isinstance(tid, str) else TENANT
    life = {"iat": int(now), "nbf": int(now), "exp": int(now) + 3600}
    common = life | {"aud": BOT, "tid": TENANT, "oid": GUEST, "sub": GUEST, "idtyp": "app", "uti": "made-up"}
    match form:
        case TokenForm.LEGACY:
            life = {"nbf": int(now), "exp": int(now) + 300}
            return life | {"tid": TENANT, "appid": CALLING_SERVICE, "iss": ISSUER, "aud": BOT}
        case TokenForm.ENTRA_V1:
            issuer = f"{STS}/{tenant}/"
            return common | {"ver": "1.0", "iss": issuer, "idp": issuer, "appid": CALLING_SERVICE, "appidacr": "2"}
        case TokenForm.ENTRA_V2:
            return common | {"ver": "2.0", "iss": f"{LOGIN}/{tenant}/v2.0", "azp": CALLING_SERVICE, "azpacr": "2"}


def _json(members: dict[str, Any]) -> bytes:
    there = {name: value for name, value in members.items() if value is not None}
    return json.dumps({name: None if value is NULL else value for name, value in there.items()}).encode()
