"""Let a notification in only if Microsoft signed it for this bot: the only place that makes a `Verified`.

A token is looked at in this order: its shape (bearer_token), its key, its signature, its claims. Each check is a line
with its reason. Where Microsoft's own SDK lets in what costs no genuine call to refuse (an unknown `crit`, something
behind `/v2.0`, a key for consumers alone), it is refused here.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from shared.core.gate.bearer_token import PresentedToken
from shared.core.gate.publishers import SigningKey, TokenForm
from shared.core.ids import AppId, TenantId, guid
from shared.core.refusals import NotFromMicrosoft, TenantNotAllowed

_PADDING, _DIGEST = PKCS1v15(), SHA256()
# Any app of a tenant can have Entra sign a token for this bot, so the one that asked for it counts. A legacy token is
# signed with a key of the calling service's own, which is nobody else's.
_CALLER = {TokenForm.ENTRA_V1: "appid", TokenForm.ENTRA_V2: "azp"}


class Verified(ABC):
    """A body that Microsoft signed for, and the allowed tenant it came for. Abstract: only `admit` makes one."""

    __slots__ = ()

    @property
    @abstractmethod
    def tenant(self) -> TenantId:
        """The token's `tid`, in lower case."""

    @property
    @abstractmethod
    def form(self) -> TokenForm:
        """How it was signed."""

    @property
    @abstractmethod
    def body(self) -> bytes:
        """The request's body as it came."""


@dataclass(frozen=True, slots=True)
class GatePolicy:
    """Whom to let in: tokens for `audience`, of these tenants, that these apps asked Entra for; `leeway` in seconds.

    Ids are in lower case.
    """

    audience: AppId
    tenants: frozenset[TenantId]
    callers: frozenset[AppId]
    leeway: float = 300.0


def admit(presented: PresentedToken, key: SigningKey, policy: GatePolicy, body: bytes, now: float) -> Verified:
    """Prove the token with the key that has its kid; `now` is in seconds since 1970.

    Raises NotFromMicrosoft, or TenantNotAllowed for a genuine token of another tenant.
    """
    _check_signature(presented, key)
    claims = presented.unverified_claims  # now they are verified
    _check_lifetime(claims, policy.leeway, now)
    if "cnf" in claims:  # https://www.rfc-editor.org/rfc/rfc7800: the sender would have to prove a key of its own
        raise NotFromMicrosoft("bound to a key by cnf")
    if _text(claims, "aud").lower() != policy.audience:
        raise NotFromMicrosoft("for another audience")
    tenant = guid(_text(claims, "tid"))
    if tenant is None:
        raise NotFromMicrosoft("tid is not a GUID")
    form = _signed_form(claims, key)
    if form in _CALLER and (caller := _text(claims, _CALLER[form]).lower()) not in policy.callers:
        raise NotFromMicrosoft(f"asked for by another app than Microsoft's calling service: {guid(caller) or 'no id'}")
    if tenant not in policy.tenants:
        raise TenantNotAllowed("genuine, but of another tenant")
    return _Admitted(TenantId(tenant), form, body)


@dataclass(frozen=True, slots=True)
class _Admitted(Verified):
    tenant: TenantId = field()  # without field() the property above it would count as its default
    form: TokenForm = field()
    body: bytes = field(repr=False)


def _check_signature(presented: PresentedToken, key: SigningKey) -> None:
    if presented.kid != key.kid:
        raise NotFromMicrosoft("the key is not the one that the token names")
    try:
        key.public.verify(presented.signature, presented.signed, _PADDING, _DIGEST)
    except InvalidSignature as exc:
        raise NotFromMicrosoft("the signature is not of the key that the token names") from exc


def _check_lifetime(claims: Mapping[str, Any], leeway: float, now: float) -> None:
    if _seconds(claims, "exp") <= now - leeway:
        raise NotFromMicrosoft("expired")
    if "nbf" in claims and _seconds(claims, "nbf") > now + leeway:
        raise NotFromMicrosoft("not valid yet")


def _signed_form(claims: Mapping[str, Any], key: SigningKey) -> TokenForm:
    """Hold issuer and tenant, both to the letter, against those that the key may sign for."""
    issuer, tid = _text(claims, "iss"), _text(claims, "tid")
    form = key.publisher.form(issuer, tid)
    if form is None:
        raise NotFromMicrosoft("an issuer that this key may not sign for")
    if not key.may_sign(issuer, tid):
        raise NotFromMicrosoft("a tenant that this key may not sign for")
    return form


def _seconds(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NotFromMicrosoft(f"{name} is not a number")
    if isinstance(value, float) and not math.isfinite(value):  # 1e999; an int is finite, and may be too long to convert
        raise NotFromMicrosoft(f"{name} is not finite")
    return value


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str):
        raise NotFromMicrosoft(f"{name} is not a string")
    return value
