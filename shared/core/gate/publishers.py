"""Who publishes Microsoft's signing keys, and which tokens each of their keys may sign.

Two publishers sign notifications: the calling service with keys of its own, and Entra, which signs for every app of
every tenant. So a key signs for the publisher that published it and for nobody else, and Entra's word alone lets
nobody in: its tokens have to say who asked for them.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

_ANY_TENANT = "{tenantid}"  # in the issuer of a key that signs for all of them


class TokenForm(StrEnum):
    """How a notification is signed. Which of Entra's two comes is set in the bot's app registration."""

    LEGACY = "legacy"
    ENTRA_V1 = "entra-v1"
    ENTRA_V2 = "entra-v2"


TOKEN_FORMS = frozenset({"legacy", "entra"})  # in settings: by who publishes the keys


class Publisher(Protocol):
    """One that publishes keys, and the tokens which these keys may sign."""

    @property
    def name(self) -> str:
        """The word for it in the setting TOKEN_FORMS."""

    def claimed_form(self, issuer: str) -> TokenForm | None:
        """Say which form of this publisher's a token claims to have by its `iss`, nothing where it is none of them."""

    def form(self, issuer: str, tid: str) -> TokenForm | None:
        """Say which form of this publisher's a token of exactly that issuer and tenant has, nothing where none."""

    def covers(self, key_issuer: str, issuer: str, tid: str) -> bool:
        """Say whether a key that was published with an issuer of its own may sign for that issuer and tenant."""


@dataclass(frozen=True, slots=True)
class LegacyPublisher:
    """The calling service: whatever its keys sign is its own."""

    issuers: frozenset[str]
    name: str = field(default="legacy", init=False)

    def claimed_form(self, issuer: str) -> TokenForm | None:
        return TokenForm.LEGACY if issuer in self.issuers else None

    def form(self, issuer: str, tid: str) -> TokenForm | None:
        del tid  # one issuer signs for all tenants
        return self.claimed_form(issuer)

    def covers(self, key_issuer: str, issuer: str, tid: str) -> bool:
        del key_issuer, issuer, tid  # these keys are published without one
        return True


@dataclass(frozen=True, slots=True)
class EntraPublisher:
    """Entra: `v1_issuer` and `v2_issuer` have `{tid}` where a token's own tenant stands."""

    v1_issuer: str
    v2_issuer: str
    name: str = field(default="entra", init=False)

    def claimed_form(self, issuer: str) -> TokenForm | None:
        if issuer.startswith(_beginning(self.v2_issuer)):
            return TokenForm.ENTRA_V2
        return TokenForm.ENTRA_V1 if issuer.startswith(_beginning(self.v1_issuer)) else None

    def form(self, issuer: str, tid: str) -> TokenForm | None:
        if issuer == _of_tenant(self.v2_issuer, tid):
            return TokenForm.ENTRA_V2
        return TokenForm.ENTRA_V1 if issuer == _of_tenant(self.v1_issuer, tid) else None

    def covers(self, key_issuer: str, issuer: str, tid: str) -> bool:
        """Hold the issuer of a key against the token's, and against the v2 issuer of its tenant.

        The keys are published for v2 and sign v1 tokens as well. A key for consumers alone that signed for companies
        is how mail was forged in July 2023 (Storm-0558).
        """
        return key_issuer.replace(_ANY_TENANT, tid) in {issuer, _of_tenant(self.v2_issuer, tid)}


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One published key; `issuer` is what its key set names beside it, and absent where it names none."""

    kid: str
    public: RSAPublicKey = field(repr=False)
    publisher: Publisher
    issuer: str | None = None

    def may_sign(self, issuer: str, tid: str) -> bool:
        return self.issuer is None or self.publisher.covers(self.issuer, issuer, tid)


def _beginning(template: str) -> str:
    return template.partition("{tid}")[0]


def _of_tenant(template: str, tid: str) -> str:
    return template.replace("{tid}", tid)
