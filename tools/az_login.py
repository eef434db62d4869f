"""Reach Azure as the person who is signed in to its command line."""

import json
import shutil
import subprocess
import time
from collections.abc import Callable
from typing import Any

from azure.core.credentials import AccessToken

_SECONDS = 60.0
_LIFETIME = 300  # seconds, where an older az does not say


class NotSignedIn(Exception):
    """The command line gave no token; the text says what to do."""


def kept_token(scope: str) -> Callable[[], str]:
    """Give what gives a token for a scope, and asks az again only when it is about to expire. Raises NotSignedIn."""
    kept = AccessToken("", 0)

    def token() -> str:
        nonlocal kept
        if kept.expires_on < time.time() + _LIFETIME / 5:
            kept = AzLogin().get_token(scope)
        return kept.token

    return token


class AzLogin:
    """A TokenCredential over `az account get-access-token`."""

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        """Give a token for these scopes, with the moment it expires. Raises NotSignedIn."""
        az = shutil.which("az")
        if az is None:
            raise NotSignedIn("az is not installed: install the Azure CLI and `az login`, or give a connection string")
        command = [az, "account", "get-access-token", "--scope", *scopes, "--output", "json"]
        try:
            ran = subprocess.run(  # noqa: S603 - az as the person's PATH has it, and no shell
                command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, check=True
            )
            said = json.loads(ran.stdout)
            token, expires = str(said["accessToken"]), int(said.get("expires_on") or time.time() + _LIFETIME)
        except (OSError, subprocess.SubprocessError, ValueError, LookupError, TypeError):
            # Not chained: what az printed could hold the token.
            raise NotSignedIn("az gave no token: `az login`, and `az account set` to the right subscription") from None
        return AccessToken(token, expires)
