"""Sign tokens as Microsoft does when it calls a bot, and publish, rotate and withdraw the keys for it."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

ISSUER = "https://api.botframework.com"
# "Skype Teams Calling API Service": the application that every genuine notification comes from.
CALLING_SERVICE = "26a18ebc-cdf7-4a6a-91cb-beb352805e81"
LIFE_SECONDS = 300

_HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}


_making = threading.Lock()


@dataclass(frozen=True, slots=True)
class Key:
    kid: str
    private: rsa.RSAPrivateKey

    def jwk(self) -> dict[str, Any]:
        numbers = self.private.public_key().public_numbers()
        return {
            "kty": "RSA",
            "use": "sig",
            "kid": self.kid,
            "x5t": self.kid,
            "n": _base64url(numbers.n.to_bytes(256)),
            "e": _base64url(numbers.e.to_bytes(3)),
            "endorsements": ["msteams"],
        }

    def public_pem(self) -> bytes:
        return self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )


def key(name: str) -> Key:
    """One key of 2048 bit by name. Making one takes a tenth of a second, so a process makes each name once."""
    with _making:  # a cache lets two threads make the same one, and each would sign with its own
        return _made(name)


@cache
def _made(name: str) -> Key:  # noqa: ARG001 - the cache goes by it
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return Key(_base64url(hashlib.sha256(public).digest()[:20]), private)


def sign(key: Key, header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    """Sign a JWT under whatever algorithm the header names, sensible or not: forgeries are made here too."""
    signed = f"{_base64url(_json(header))}.{_base64url(_json(claims))}"
    return f"{signed}.{_base64url(_signature(key, str(header.get('alg', 'RS256')), signed.encode()))}"


class Signing:
    """Microsoft's signing keys for calls to one bot."""

    stranger = property(lambda _: key("stranger"), doc="A good key that Microsoft never published.")

    def __init__(self, bot: str, tenant: str) -> None:
        self._bot = bot
        self._tenant = tenant
        self._published = [key("notifications 0")]
        self._current = self._published[0]
        self._announced = 0

    @property
    def current(self) -> Key:
        return self._current

    def jwks(self) -> dict[str, Any]:
        return {"keys": [key.jwk() for key in self._published]}

    def announce(self) -> None:
        """Publish a new key, and go on signing with the one before until the keys are rotated."""
        self._announced += 1
        self._published = [*self._published, key(f"notifications {self._announced}")]

    def rotate(self) -> Key:
        """Sign with a new key, the announced one where there is one; the old ones stay published until withdrawn."""
        if self._current is self._published[-1]:
            self.announce()
        self._current = self._published[-1]
        return self._current

    def withdraw(self) -> None:
        """Publish the current key alone."""
        self._published = [self.current]

    def token(
        self,
        *,
        key: Key | None = None,
        alg: str = "RS256",
        header: Mapping[str, Any] | None = None,
        expires_in: float = LIFE_SECONDS,
        without: Collection[str] = (),
        **claims: object,
    ) -> str:
        """Make a token with the header and the claims of a genuine one (MicrosoftDocs/bot-docs#2242), or nearly.

        Other keywords set claims; `without` leaves claims out; `header` sets header fields, None leaves one out.
        `expires_in` counts seconds from now and moves nbf along, so that a negative one makes an old token.
        """
        key = key or self.current
        expires = int(time.time() + expires_in)
        genuine: dict[str, Any] = {
            "tid": self._tenant,
            "appid": CALLING_SERVICE,
            "nbf": expires - LIFE_SECONDS,
            "exp": expires,
            "iss": ISSUER,
            "aud": self._bot,
        }
        top = {"alg": alg, "kid": key.kid, "typ": "JWT", "cty": "JWT", "x5t": key.kid, **(header or {})}
        return sign(
            key,
            {name: value for name, value in top.items() if value is not None},
            {name: value for name, value in (genuine | claims).items() if name not in without},
        )


def _signature(key: Key, alg: str, signed: bytes) -> bytes:
    family, digest = alg[:2], _HASHES.get(alg[2:], _HASHES["256"])
    match family:
        case "PS":
            pss = padding.PSS(mgf=padding.MGF1(digest), salt_length=padding.PSS.DIGEST_LENGTH)
            return key.private.sign(signed, pss, digest)
        case "HS":
            # The classic confusion: the public key, which everybody has, taken for a shared secret.
            return hmac.new(key.public_pem(), signed, digest.name).digest()
        case "RS":
            return key.private.sign(signed, padding.PKCS1v15(), digest)
        case _:
            return b""


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
