"""Sign tokens as Microsoft does, and as forgers do, with real keys."""

import base64
import functools
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from shared.core.gate import GatePolicy, SigningKey, Verified, admit, parse_token
from shared.core.ids import AppId, TenantId

BOT = AppId("11111111-2222-4333-8444-5555abcdef55")
TENANT = TenantId("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee")
ISSUER = "https://api.botframework.com"
NOW = 1_700_000_000.0
POLICY = GatePolicy(BOT, frozenset({TENANT}))
TEAMS_CALLING = "26a18ebc-cdf7-4a6a-91cb-beb352805e81"  # the appid that real tokens carry


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

    def key(self, *issuers: str) -> SigningKey:
        return SigningKey(self.kid, self.private.public_key(), frozenset(issuers or (ISSUER,)))

    def token(self, now: float = NOW, header: dict[str, Any] | None = None, **changes: Any) -> str:
        """Sign a genuine token of `now`; a change to None takes a claim or a header member out."""
        members = {"alg": "RS256", "kid": self.kid, "typ": "JWT", "cty": "JWT", "x5t": self.kid} | (header or {})
        claims = {
            "tid": TENANT,
            "appid": TEAMS_CALLING,
            "nbf": int(now),
            "exp": int(now) + 300,
            "iss": ISSUER,
            "aud": BOT,
        } | changes
        return self.signed(_json(members), _json(claims))

    def signed(self, header: bytes, claims: bytes) -> str:
        """Sign any bytes at all."""
        content = f"{b64(header)}.{b64(claims)}"
        return f"{content}.{b64(self.private.sign(content.encode(), padding.PKCS1v15(), SHA256()))}"

    def bearer(self, now: float = NOW, header: dict[str, Any] | None = None, **changes: Any) -> str:
        return f"Bearer {self.token(now, header, **changes)}"


@functools.cache
def signer(kid: str = "first-key", bits: int = 2048) -> Signer:
    """Give the signer of that kid, the same one for the whole run: making a key takes a tenth of a second."""
    return Signer(kid, rsa.generate_private_key(public_exponent=65537, key_size=bits))


def verified(body: bytes, tenant: TenantId = TENANT) -> Verified:
    """Take a body through the real gate, for tests of what comes behind it."""
    policy = GatePolicy(BOT, frozenset({tenant}))
    return admit(parse_token(signer().bearer(tid=tenant)), signer().key(), policy, body, NOW)


def b64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def whole(number: int) -> str:
    return b64(number.to_bytes((number.bit_length() + 7) // 8))


def _json(members: dict[str, Any]) -> bytes:
    return json.dumps({name: value for name, value in members.items() if value is not None}).encode()
