"""Make signing keys by name, write them down as they are published, and sign with them."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

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
