"""Be the user-assigned managed identity: its assertions for Entra, its tokens for Tables."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, override

import msal  # type: ignore[import-untyped]  # it has no types
import requests

from shared.adapters.tokens.msal_http import MsalHttp, RetryBudget, TokenResponse, acquired
from shared.adapters.tokens.token_cache import IssuedToken, TokenCache, TokenRefused
from shared.adapters.tokens.token_expiry import with_plain_expiry
from shared.core.errors import TokenUnavailable

if TYPE_CHECKING:
    from shared.adapters.tokens.azure_credential import AzureCredential

_NOT_ASSIGNED = "assign the identity MANAGED_IDENTITY_CLIENT_ID to the function app, or correct its client id"


class ManagedIdentity:
    """The identity of this client id, asked at the endpoint that the platform names in IDENTITY_ENDPOINT."""

    def __init__(
        self,
        client_id: str,
        http: requests.Session,
        *,
        retry_budget: RetryBudget | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client_id = client_id
        self._clock = clock
        self._retry_budget = retry_budget or RetryBudget()
        self._new_http: Callable[[], MsalHttp] = lambda: _IdentityHttp(http, _refusal, self._retry_budget, clock, sleep)
        self._kept = TokenCache(self._fetch, clock, _tell_nobody)

    def assertion(self, audience: str) -> str:
        """Give the assertion that proves the bot to Entra, or raise TokenUnavailable."""
        return self._kept.token(audience, self._retry_budget.whole).text

    def token(self, resource: str, within: float) -> str:
        """Give a token for a resource, or raise TokenUnavailable after `within` seconds at most."""
        return self._kept.token(resource, within).text

    def credential(self, within: float = 3.0) -> "AzureCredential":
        """Give azure-data-tables its `credential`; a request without a token yet waits `within` seconds for one."""
        # Here and not above: azure.core costs 37 ms of the cold start, and only the client of Tables needs it.
        from shared.adapters.tokens.azure_credential import AzureCredential  # noqa: PLC0415 - the line above

        return AzureCredential(lambda resource: self._kept.token(resource, within), self._clock)

    def warm(self, resource: str) -> None:
        """Begin to fetch the first token for a resource or an audience, and wait for nothing."""
        self._kept.warm(resource)

    def _fetch(self, resource: str) -> IssuedToken:
        return acquired(lambda: self._acquire(resource))

    def _acquire(self, resource: str) -> Any:
        # A new client for each token, at no cost: one that lives would give its own copy again to a renewal.
        client = msal.ManagedIdentityClient(
            msal.UserAssignedManagedIdentity(client_id=self._client_id), http_client=self._new_http()
        )
        return client.acquire_token_for_client(resource=resource)


class _IdentityHttp(MsalHttp):
    @override
    def get(self, url: str, **request: Any) -> TokenResponse:
        answer = super().get(url, **request)
        return replace(answer, text=with_plain_expiry(answer.text, time.time()))


def _refusal(status: int, _: Mapping[str, Any]) -> TokenRefused | None:
    return TokenRefused(f"identity_{status}", _NOT_ASSIGNED)


def _tell_nobody(_: str, fault: TokenUnavailable) -> None:
    """Leave it to who asked: Graph's tokens report their failure, and so does the client of Tables."""
    del fault
