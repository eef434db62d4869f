"""Say who may ask: the page that this machine's own browser has open by the printed address, and nobody else's page.

A page of another site can make a browser send requests to loopback, also by a name that it lets point here (DNS
rebinding). It cannot know the token, choose the Host header, or hide where it is from.
"""

import hmac
import os
import secrets
from http import HTTPStatus
from pathlib import Path

from local.loopback.messages import Request

TOKEN_HEADER = "X-Switchboard-Token"  # noqa: S105 - the header's name
_OWN_SITES = {"", "none", "same-origin"}  # https://www.w3.org/TR/fetch-metadata/; empty: no browser


class Guard:
    """`token` stands in the printed address, and nowhere else."""

    def __init__(self, token: str, port: int) -> None:
        self._token = token.encode()
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}

    def stranger(self, request: Request) -> HTTPStatus | None:
        """Give what to answer to a request that another site could have caused."""
        headers = request.headers
        if headers.get("Host", "").lower() not in self._hosts:
            return HTTPStatus.MISDIRECTED_REQUEST
        origin = headers.get("Origin")
        if origin is not None and origin.lower().removeprefix("http://") not in self._hosts:
            return HTTPStatus.FORBIDDEN
        return None if headers.get("Sec-Fetch-Site", "").lower() in _OWN_SITES else HTTPStatus.FORBIDDEN

    def has_token(self, request: Request) -> bool:
        return hmac.compare_digest(request.headers.get(TOKEN_HEADER, "").encode(), self._token)


def kept_token(file: Path) -> str:
    """Give the token of this checkout: the same after each start, so that an open page finds its way back.

    Only whoever owns the file can read it; where it cannot be kept, the token is good for one start.
    """
    try:
        known = file.read_text(encoding="ascii") if file.stat().st_mode & 0o077 == 0 else ""
    except (OSError, ValueError):
        known = ""
    if len(known) >= 32 and known.isalnum():  # noqa: PLR2004 - 128 bits
        return known
    token = secrets.token_hex(16)
    try:
        file.unlink(missing_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as kept:
            kept.write(token)
    except OSError:
        pass
    return token
