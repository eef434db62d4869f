"""Read what a refused token claims to be, so that a change at Microsoft is told from a stranger.

Nothing of it is proved, and anybody can write it: it decides about an event, never about who gets in.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from shared.core.gate.admit import GatePolicy
from shared.core.gate.publishers import Publisher
from shared.core.refusals import ClaimedIdentity

_MOST, _MOST_TOKENS = 12_288, 4  # characters and tokens that are looked at: a stranger chooses what that costs
_LIKE_A_TOKEN = re.compile(r"[A-Za-z0-9_=.-]+")
_HOST = re.compile(r"https?://([A-Za-z0-9.-]{1,100})(?=[:/]|$)", re.IGNORECASE)


def claimed_identity(
    authorization: str | None, policy: GatePolicy, publishers: Iterable[Publisher]
) -> ClaimedIdentity | None:
    """Say what a header holds of a token, in whatever scheme and shape, that claims to be the calling service's.

    Nothing where its audience or the app that asked for it is another.
    """
    for header, claims in _tokens(authorization or "", policy.audience):
        app = next((app for app in _texts(claims.get("azp"), claims.get("appid")) if app in policy.callers), None)
        if app is None or policy.audience not in _texts(claims.get("aud")):
            continue
        issuer, kid = str(claims.get("iss")), header.get("kid")
        host = _HOST.match(issuer)
        forms = filter(None, (publisher.claimed_form(issuer) for publisher in publishers))
        return ClaimedIdentity(
            issuer=host[1].lower() if host else None,
            form=next(forms, "unknown"),
            app=app,
            kid=ascii(kid[:48])[1:-1] if isinstance(kid, str) else None,
        )
    return None


def _tokens(authorization: str, audience: str) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    words = (found[0] for found in _LIKE_A_TOKEN.finditer(authorization, 0, _MOST))
    for word, _ in zip((word for word in words if word.count(".") > 1), range(_MOST_TOKENS), strict=False):
        header, claims, _ = word.split(".", 2)
        octets = _octets(claims)
        if audience.encode() in octets.lower():  # hardly any stranger's: what they send is not read as JSON
            yield _object(_octets(header)), _object(octets)


def _octets(part: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(part + "===")
    except binascii.Error:
        return b""


def _object(octets: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(octets)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _texts(*values: object) -> Iterator[str]:
    """Give ids in lower case; an audience may be a list of them."""
    for value in values:
        for text in value if isinstance(value, list) else (value,):
            if isinstance(text, str):
                yield text.lower()
