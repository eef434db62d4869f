"""Take a bearer token apart; nothing that it says is proved by that.

What a genuine token holds, and which checks would refuse every real call (`iat`, `jti`, `cty` as nesting), is known
from https://github.com/MicrosoftDocs/bot-docs/issues/2242.
"""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from shared.core.refusals import NotFromMicrosoft, NoToken

_LONGEST_HEADER = 8192
_LONGEST_JOSE_HEADER = 2048  # a real one has some 200 characters; what a stranger can make us parse stays short
_LONGEST_KID = 256
_COMPACT_JWS = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")


@dataclass(frozen=True, slots=True)
class PresentedToken:
    """A token of the right shape; nothing in it is proved yet."""

    kid: str
    unverified_claims: Mapping[str, Any] = field(repr=False)
    signed: bytes = field(repr=False)
    signature: bytes = field(repr=False)

    @property
    def unverified_issuer(self) -> str:
        """Its `iss`, "" where that is no text: good enough to say which publisher's key to look for."""
        issuer = self.unverified_claims.get("iss")
        return issuer if isinstance(issuer, str) else ""


def parse_token(authorization: str | None) -> PresentedToken:
    """Take a bearer token apart, or raise NotFromMicrosoft; costs microseconds and no network, whatever comes."""
    if authorization is None:
        raise NoToken("no Authorization header")
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise NoToken("not the Bearer scheme")
    if not token:
        raise NoToken("no token behind Bearer")
    if len(authorization) > _LONGEST_HEADER:
        raise NotFromMicrosoft("an Authorization header of over 8 KB")
    parts = _COMPACT_JWS.fullmatch(token)
    if parts is None:
        raise NotFromMicrosoft("not one token of three parts")
    if len(parts[1]) > _LONGEST_JOSE_HEADER:
        raise NotFromMicrosoft("a token header of over 2 KB")
    header = _json_object(parts[1], "header")
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
        unverified_claims=_json_object(parts[2], "claims"),
        signed=token[: parts.end(2)].encode("ascii"),
        signature=_decoded(parts[3], "signature"),
    )


def _json_object(part: str, name: str) -> dict[str, Any]:
    octets = _decoded(part, name)
    try:
        value = json.loads(octets.decode("utf-8"), object_pairs_hook=_each_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as exc:
        raise NotFromMicrosoft(f"the {name} cannot be read: {type(exc).__name__}") from exc
    if not isinstance(value, dict):
        raise NotFromMicrosoft(f"the {name} is not an object")
    return value


def _decoded(part: str, name: str) -> bytes:
    # The alphabet is checked already. One spelling per value: no unused bits that differ and decode the same.
    try:
        octets = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError as exc:
        raise NotFromMicrosoft(f"the {name} is not base64url") from exc
    if base64.urlsafe_b64encode(octets).rstrip(b"=") != part.encode("ascii"):
        raise NotFromMicrosoft(f"the {name} is not canonical base64url")
    return octets


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name comes twice")
    return members


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
