"""Get the tokens that Graph asks for, from Entra, for the tenant of the call."""

import json
import re
import time
from collections.abc import Callable, Mapping
from typing import Any, override

import msal  # type: ignore[import-untyped]  # it has no types
import requests

from shared.adapters.tokens.msal_http import MsalHttp, RetryBudget, TokenResponse, acquired
from shared.adapters.tokens.token_cache import IssuedToken, TokenCache, TokenRefused
from shared.core.errors import TokenUnavailable
from shared.core.ids import AppId, TenantId
from shared.ports import Events

_AADSTS = re.compile(r"AADSTS(\d{4,9})")
_PLAIN_WORD = re.compile(r"[a-z_]{1,40}")
_PASSING = {"temporarily_unavailable", "server_error"}
_PASSING_NUMBERS = {90033}

_DISCOVERY = "/v2.0/.well-known/openid-configuration"

# https://learn.microsoft.com/entra/identity-platform/reference-error-codes
_FEDERATION = "the app registration's federated credential does not match the managed identity: "
_HINTS = {
    53003: "Conditional Access blocks the bot: exclude its app from the policy for workload identities",
    65001: "an administrator of the tenant has to consent to Calls.Initiate.All",
    70011: "CLOUD or GRAPH_URL does not fit LOGIN_URL",
    70021: _FEDERATION + "set issuer, subject and audience anew",
    90002: "the tenant does not exist in this cloud: check BOT_TENANT_ID, ALLOWED_TENANT_IDS and CLOUD",
    500011: "Graph is not known in the tenant: check CLOUD and GRAPH_URL",
    700016: "the app is not in the tenant: check BOT_APP_ID, or have the tenant's administrator consent",
    700024: "the assertion is not valid at this time: check the clock",
    700027: "the assertion's signature is not accepted: check MANAGED_IDENTITY_CLIENT_ID",
    700211: _FEDERATION + "set its issuer to https://login.microsoftonline.com/{tenant}/v2.0",
    700212: _FEDERATION + "set its audience to the cloud's api://AzureADTokenExchange",
    700213: _FEDERATION + "set its subject to the identity's principal id (not its client id)",
    900023: "the tenant id is not one: check BOT_TENANT_ID and ALLOWED_TENANT_IDS",
    900382: "the app is registered in another cloud: check CLOUD and LOGIN_URL",
    1002012: "CLOUD or GRAPH_URL does not fit LOGIN_URL",
    7000112: "the app is disabled in the tenant: enable its enterprise application",
    7000215: "BOT_CLIENT_SECRET is wrong: set the secret's value (not its id), of the app BOT_APP_ID",
    7000218: "nothing proves the bot: set MANAGED_IDENTITY_CLIENT_ID or BOT_CLIENT_SECRET",
    7000222: "BOT_CLIENT_SECRET has expired: make a new secret and set it, or use the managed identity",
    7000229: "the app has no service principal in the tenant: have its administrator consent",
    # Since August 2024: https://learn.microsoft.com/entra/identity-platform/reference-breaking-changes
    7002137: _FEDERATION + "set its audience again, letter by letter: capitals count",
    7002138: _FEDERATION + "set its subject and issuer again, letter by letter: capitals count",
}


class GraphTokens:
    """Access tokens for Graph, one a tenant, for any number of threads.

    `credential` is the client secret, or gives the managed identity's assertion each time that one is needed.
    `login` and `graph` are the cloud's two base addresses; the first is https, as msal will have it.
    """

    def __init__(  # noqa: PLR0913 - what it needs to be itself, and what a test sets
        self,
        app: AppId,
        credential: str | Callable[[], str],
        *,
        login: str,
        graph: str,
        http: requests.Session,
        events: Events,
        retry_budget: RetryBudget | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._app = app
        self._credential = credential if isinstance(credential, str) else {"client_assertion": credential}
        self._login = login.rstrip("/")
        self._scope = f"{graph.rstrip('/')}/.default"
        self._new_http: Callable[[], MsalHttp] = lambda: _EntraHttp(
            http, _refusal, retry_budget or RetryBudget(), clock, sleep
        )
        self._events = events
        # msal's application and its http_client, by tenant: each is used by that tenant's one flight alone.
        self._applications: dict[TenantId, tuple[Any, MsalHttp]] = {}
        self._kept = TokenCache(self._fetch, clock, self._report)

    def token(self, tenant: TenantId, within: float) -> str:
        """Give a token for Graph in this tenant, after `within` seconds at most.

        Raises TokenPending while it is being fetched, else TokenUnavailable.
        """
        return self._kept.token(tenant, within).text

    def forget(self, tenant: TenantId, token: str) -> None:
        """Take note that Graph refused this token: the next one asked for is new, unless a new one is here already."""
        self._kept.forget(tenant, token)

    def warm(self, tenant: TenantId) -> None:
        """Begin to fetch the tenant's first token, and wait for nothing."""
        self._kept.warm(tenant)

    def _fetch(self, tenant: TenantId) -> IssuedToken:
        return acquired(lambda: self._acquire(tenant))

    def _acquire(self, tenant: TenantId) -> Any:
        application = self._application(tenant)
        # msal would give its own copy again, to a renewal and after Graph refused it.
        application.remove_tokens_for_client()
        return application.acquire_token_for_client([self._scope])

    def _application(self, tenant: TenantId) -> Any:
        if tenant in self._applications:
            application, http = self._applications[tenant]
            http.begin()
            return application
        http = self._new_http()
        application = msal.ConfidentialClientApplication(
            self._app,
            client_credential=self._credential,
            authority=f"{self._login}/{tenant}",
            instance_discovery=False,
            http_client=http,
        )
        self._applications[tenant] = application, http
        return application

    def _report(self, tenant: TenantId, fault: TokenUnavailable) -> None:
        code, hint = (fault.code, fault.hint) if isinstance(fault, TokenRefused) else ("unavailable", fault.reason)
        self._events("graph.token_failed", tenant=tenant, code=code, hint=hint)


class _EntraHttp(MsalHttp):
    @override
    def get(self, url: str, **request: Any) -> TokenResponse:
        """Say where Entra's tokens are: msal asks for it first, and a call would wait for what is the same everywhere.

        https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
        """
        if not url.endswith(_DISCOVERY):
            return super().get(url, **request)
        endpoints = f"{url.removesuffix(_DISCOVERY)}/oauth2/v2.0"
        known = {"authorization_endpoint": f"{endpoints}/authorize", "token_endpoint": f"{endpoints}/token"}
        return TokenResponse(200, {}, json.dumps(known))


def _refusal(_: int, said: Mapping[str, Any]) -> TokenRefused | None:
    """Read Entra's refusal; its description stays unread but for the number, for it can repeat what was sent."""
    error = said.get("error")
    if not isinstance(error, str) or error in _PASSING:
        return None
    number = _number(said)
    if number is None:
        return TokenRefused(error if _PLAIN_WORD.fullmatch(error) else "unknown", "Entra gave no number for its reason")
    if number in _PASSING_NUMBERS:
        return None
    unknown = f"https://login.microsoftonline.com/error?code={number} says what it means"
    return TokenRefused(f"AADSTS{number}", _HINTS.get(number, unknown))


def _number(said: Mapping[str, Any]) -> int | None:
    codes = said.get("error_codes")
    if isinstance(codes, list) and codes and type(codes[0]) is int:
        return codes[0]
    found = _AADSTS.search(str(said.get("error_description", "")))
    return int(found[1]) if found else None
