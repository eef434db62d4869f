"""Let a notification in only if Microsoft signed it for this bot: the only place that makes a `Verified`.

What a genuine token holds, and which checks would refuse every real call (`iat`, `jti`, `cty` as nesting), is known
from https://github.com/MicrosoftDocs/bot-docs/issues/2242. The order of the checks is: shape, key, signature, claims.
"""

import base64
import json
import math
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from shared.core.ids import AppId, TenantId, guid
from shared.core.refusals import NotFromMicrosoft, TenantNotAllowed

_LONGEST_HEADER = 8192
_LONGEST_JOSE_HEADER = 2048  # a real one has some 200 characters; what a stranger can make us parse stays short
_LONGEST_KID = 256
_COMPACT_JWS = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")
_PADDING, _DIGEST = PKCS1v15(), SHA256()


class Verified(ABC):
    """A body that Microsoft signed for, and the allowed tenant it came for. Abstract: only `admit` makes one."""

    __slots__ = ()

    @property
    @abstractmethod
    def tenant(self) -> TenantId:
        """The token's `tid`, in lower case."""

    @property
    @abstractmethod
    def body(self) -> bytes:
        """The request's body as it came."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One published key; `issuers` are those that the provider which published it may sign for, and no others."""

    kid: str
    public: RSAPublicKey = field(repr=False)
    issuers: frozenset[str]


@dataclass(frozen=True, slots=True)
class GatePolicy:
    """Whom to let in: tokens for `audience`, of these tenants (ids in lower case); `leeway` in seconds."""

    audience: AppId
    tenants: frozenset[TenantId]
    leeway: float = 300.0


@dataclass(frozen=True, slots=True)
class PresentedToken:
    """A token of the right shape; nothing in it is proved yet."""

    kid: str
    unverified_claims: bytes = field(repr=False)
    signed: bytes = field(repr=False)
    signature: bytes = field(repr=False)


def parse_token(authorization: str | None) -> PresentedToken:
    """Take a bearer token apart, or raise NotFromMicrosoft; costs microseconds and no network, whatever comes."""
    if authorization is None:
        raise NotFromMicrosoft("no Authorization header")
    if len(authorization) > _LONGEST_HEADER:
        raise NotFromMicrosoft("an Authorization header of over 8 KB")
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise NotFromMicrosoft("not the Bearer scheme")
    parts = _COMPACT_JWS.fullmatch(token)
    if parts is None:
        raise NotFromMicrosoft("not one token of three parts")
    if len(parts[1]) > _LONGEST_JOSE_HEADER:
        raise NotFromMicrosoft("a token header of over 2 KB")
    header = _json_object(_decoded(parts[1], "header"), "header")
    # Ours to say, not the token's: "none", or HS256 with the public key as the secret, would let anyone in.
    # The keys that a header may bring along (jwk, jku, x5c, x5u) are never looked at.
    if header.get("alg") != "RS256":
        raise NotFromMicrosoft("alg is not RS256")
    if "crit" in header:
        raise NotFromMicrosoft("the header has crit")
    kid = header.get("kid")
    if not isinstance(kid, str) or not 0 < len(kid) <= _LONGEST_KID:
        raise NotFromMicrosoft("kid is not a short string")
    return PresentedToken(
        kid=kid,
        unverified_claims=_decoded(parts[2], "claims"),
        signed=token[: parts.end(2)].encode("ascii"),
        signature=_decoded(parts[3], "signature"),
    )


def admit(presented: PresentedToken, key: SigningKey, policy: GatePolicy, body: bytes, now: float) -> Verified:
    """Prove the token with the key that has its kid; `now` is in seconds since 1970.

    Raises NotFromMicrosoft, or TenantNotAllowed for a genuine token of another tenant.
    """
    if presented.kid != key.kid:
        raise NotFromMicrosoft("the key is not the one that the token names")
    try:
        key.public.verify(presented.signature, presented.signed, _PADDING, _DIGEST)
    except InvalidSignature as exc:
        raise NotFromMicrosoft(f"the signature is not of key {loggable_kid(key.kid)}") from exc
    claims = _json_object(presented.unverified_claims, "claims")
    if _seconds(claims, "exp") <= now - policy.leeway:
        raise NotFromMicrosoft("expired")
    if "nbf" in claims and _seconds(claims, "nbf") > now + policy.leeway:
        raise NotFromMicrosoft("not valid yet")
    if _text(claims, "aud").lower() != policy.audience.lower():
        raise NotFromMicrosoft("for another audience")
    if _text(claims, "iss") not in key.issuers:
        raise NotFromMicrosoft("an issuer that this key may not sign for")
    tenant = guid(_text(claims, "tid"))
    if tenant is None:
        raise NotFromMicrosoft("tid is not a GUID")
    if tenant not in policy.tenants:
        raise TenantNotAllowed("genuine, but of another tenant")
    return _Admitted(TenantId(tenant), body)


def loggable_kid(kid: str) -> str:
    """Give what a log may hold of a stranger's kid: its beginning, printable, in quotes."""
    return ascii(kid[:48])


@dataclass(frozen=True, slots=True)
class _Admitted(Verified):
    tenant: TenantId = field()  # without field() the property above it would count as its default
    body: bytes = field(repr=False)


def _decoded(part: str, name: str) -> bytes:
    # The alphabet is checked already. One spelling per value: no unused bits that differ and decode the same.
    try:
        octets = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError as exc:
        raise NotFromMicrosoft(f"the {name} is not base64url") from exc
    if base64.urlsafe_b64encode(octets).rstrip(b"=") != part.encode("ascii"):
        raise NotFromMicrosoft(f"the {name} is not canonical base64url")
    return octets


def _json_object(octets: bytes, name: str) -> dict[str, Any]:
    try:
        value = json.loads(octets.decode("utf-8"), object_pairs_hook=_each_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as exc:
        raise NotFromMicrosoft(f"the {name} cannot be read: {type(exc).__name__}") from exc
    if not isinstance(value, dict):
        raise NotFromMicrosoft(f"the {name} is not an object")
    return value


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name comes twice")
    return members


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _seconds(claims: dict[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NotFromMicrosoft(f"{name} is not a number")
    if isinstance(value, float) and not math.isfinite(value):  # 1e999; an int is finite, and may be too long to convert
        raise NotFromMicrosoft(f"{name} is not finite")
    return value


def _text(claims: dict[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str):
        raise NotFromMicrosoft(f"{name} is not a string")
    return value
