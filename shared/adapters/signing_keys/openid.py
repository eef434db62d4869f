"""Read the signing keys that an OpenID provider publishes: metadata, then the key set that it names."""

import base64
import json
import re
from collections.abc import Set as AbstractSet
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

from shared.adapters.http_pool import HttpPool
from shared.core.gate.publishers import Publisher, SigningKey
from shared.core.light_dataclass import dataclass

_LOOPBACK = frozenset({"127.0.0.1", "[::1]", "localhost"})
# Plain enough that no two readers can disagree about its host.
_ADDRESS = re.compile(r"(https?)://([A-Za-z0-9.-]+|\[::1\])(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~/?&=%+-]*)?")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+={0,2}")
_OK = 200
_SHORTEST, _LONGEST = 2048, 8192  # bits of a key; longer ones would make each check slow
_LEAST_E, _MOST_E = 65537, 2**32


class UnusableKeySet(Exception):
    """An answer that gives no key; the text may be logged."""


@dataclass(frozen=True, slots=True)
class OpenIdProvider:
    """One OpenID metadata address, and the publisher whose keys are behind it."""

    metadata_url: str
    publisher: Publisher

    @property
    def host(self) -> str:
        address = _ADDRESS.fullmatch(self.metadata_url)
        return address[2].lower() if address else ""


@dataclass(frozen=True, slots=True)
class KeySetReader:
    """How to read a provider: over which pool, for how long (connect, then each answer), at most how many bytes."""

    http: HttpPool
    timeout: tuple[float, float]
    most: int

    def keys(self, provider: OpenIdProvider) -> dict[str, SigningKey]:
        """Give the usable keys by kid, at least one, or raise UnusableKeySet, NoAnswer, ValueError, RecursionError.

        The metadata's own `issuer` is not asked: the publisher says for whom these keys sign.
        """
        hosts = _LOOPBACK if provider.host in _LOOPBACK else {provider.host}
        metadata = self._object(provider.metadata_url, hosts)
        published = self._object(metadata.get("jwks_uri"), hosts).get("keys")
        if not isinstance(published, list):
            raise UnusableKeySet("no list of keys")
        keys: dict[str, SigningKey] = {}
        twice: set[str] = set()
        for jwk in published:
            if key := _signing_key(jwk, provider.publisher):
                if key.kid in keys:
                    twice.add(key.kid)
                keys[key.kid] = key
        unambiguous = {kid: key for kid, key in keys.items() if kid not in twice}
        if not unambiguous:
            raise UnusableKeySet("no usable key")
        return unambiguous

    def _object(self, url: object, hosts: AbstractSet[str]) -> dict[str, Any]:
        address = _address(url, hosts)
        with self.http.send("GET", address, {"Accept": "application/json"}, None, self.timeout) as answer:
            if answer.status != _OK:
                raise UnusableKeySet(f"status {answer.status}")
            value = json.loads(answer.read(self.most))
        if not isinstance(value, dict):
            raise UnusableKeySet("not an object")
        return value


def _address(url: object, hosts: AbstractSet[str]) -> str:
    address = _ADDRESS.fullmatch(url) if isinstance(url, str) else None
    if address is None:
        raise UnusableKeySet("not an address")
    scheme, host = address[1], address[2].lower()
    if scheme != "https" and host not in _LOOPBACK:
        raise UnusableKeySet("not an https address")
    if host not in hosts:
        raise UnusableKeySet("an address on another host")
    return address[0]


def _signing_key(jwk: object, publisher: Publisher) -> SigningKey | None:
    if not isinstance(jwk, dict) or jwk.get("kty") != "RSA" or jwk.get("use", "sig") != "sig":
        return None
    kid, n, e = jwk.get("kid"), _whole(jwk.get("n")), _whole(jwk.get("e"))
    if not isinstance(kid, str) or not _SHORTEST <= n.bit_length() <= _LONGEST or not _LEAST_E <= e < _MOST_E:
        return None
    issuer = str(jwk["issuer"]) if "issuer" in jwk else None  # one that is no text covers nobody
    try:
        return SigningKey(kid, RSAPublicNumbers(e, n).public_key(), publisher, issuer)
    except ValueError:  # an even exponent
        return None


def _whole(text: object) -> int:
    if not isinstance(text, str) or not _BASE64URL.fullmatch(text):
        return 0
    try:
        return int.from_bytes(base64.urlsafe_b64decode(text.rstrip("=") + "=="))
    except ValueError:
        return 0
