"""Show azure-core a managed identity as the TokenCredential that it asks for."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from azure.core.credentials import AccessToken, AccessTokenInfo, TokenRequestOptions
from azure.core.exceptions import ClientAuthenticationError

from shared.adapters.tokens.token_cache import CachedToken
from shared.core.errors import TokenUnavailable


class AzureCredential:
    """A TokenCredential and SupportsTokenInfo of azure-core, over tokens that are kept elsewhere."""

    def __init__(self, token: Callable[[str], CachedToken], clock: Callable[[], float]) -> None:
        self._token = token
        self._clock = clock

    def get_token(
        self,
        *scopes: str,
        claims: str | None = None,
        tenant_id: str | None = None,
        enable_cae: bool = False,
        **options: Any,
    ) -> AccessToken:
        """Give a token; claims, tenant and the rest are nothing that a managed identity can be asked for."""
        del claims, tenant_id, enable_cae, options
        given = self.get_token_info(*scopes)
        return AccessToken(given.token, given.expires_on)

    def get_token_info(self, *scopes: str, options: TokenRequestOptions | None = None) -> AccessTokenInfo:
        """Give a token, and when azure-core should ask for the next: by then it is here, and nobody waits."""
        del options
        (scope,) = scopes
        try:
            token = self._token(scope.removesuffix("/.default"))
        except TokenUnavailable as fault:
            # azure-core repeats no request that failed so.
            raise ClientAuthenticationError(f"the managed identity gives no token: {fault}") from fault
        until = time.time() - self._clock()
        expires, renews = int(token.expires + until), int(token.renews + until)
        return AccessTokenInfo(token.text, expires, refresh_on=renews)

    def close(self) -> None:
        """Close nothing: the connections are everyone's."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
