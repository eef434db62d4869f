"""Ask for tokens over HTTP, below msal: time-outs, tries, and what counts as an answer."""

import json
import math
import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any
from urllib.parse import urlsplit

import requests

from shared.adapters import http_session
from shared.adapters.tokens.token_cache import IssuedToken, IssuerUnavailable, TokenRefused
from shared.core.light_dataclass import dataclass

_MOST = 256 * 1024
_TRY_AGAIN = {408, 429}
_HEADER_SAFE = re.compile(r"[!-~]+")
# msal has no error of its own for an answer without the fields that it reads: whatever its reading of them raises.
_UNREADABLE = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class RetryBudget:
    """How long an issuer may take, in seconds; `whole` is all that one token may cost, every try of every request."""

    connect: float = 1.5
    read: float = 3.0
    whole: float = 9.0
    tries: int = 5
    pause: float = 0.4


@dataclass(frozen=True, slots=True)
class TokenResponse:
    """An answer with a JSON object in it, in the shape that msal reads."""

    status_code: int
    headers: Mapping[str, str] = field(repr=False)
    text: str = field(repr=False)


class MsalHttp:
    """The http_client of one msal object, used by one thread at a time.

    It raises where msal would like an answer: msal keeps a 429 or 5xx for 5 s or longer and a 400 for a minute,
    and would repeat it without asking. `refusal` reads a 4xx: None where the issuer may yet say yes.
    """

    def __init__(
        self,
        http: requests.Session,
        refusal: Callable[[int, Mapping[str, Any]], TokenRefused | None],
        retry_budget: RetryBudget,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._http = http
        self._refusal = refusal
        self._retry_budget = retry_budget
        self._clock = clock
        self._sleep = sleep
        self.begin()

    def begin(self) -> None:
        """Begin the time for one token, however many requests it takes."""
        self._deadline = self._clock() + self._retry_budget.whole

    def get(self, url: str, **request: Any) -> TokenResponse:
        return self._ask("GET", url, request)

    def post(self, url: str, **request: Any) -> TokenResponse:
        return self._ask("POST", url, request)

    def close(self) -> None:
        """Leave the connections open: they are everyone's."""

    def _ask(self, method: str, url: str, request: Mapping[str, Any]) -> TokenResponse:
        tried = 0
        while True:
            try:
                status, headers, body = self._once(method, url, request)
            except requests.RequestException as fault:
                # Not chained: the fault holds the request, and the request the secret.
                trouble, least = http_session.error_summary(fault), 0.0
            else:
                said = _object(body)
                is_good = requests.codes.ok <= status < requests.codes.multiple_choices
                if is_good and said is not None and (method == "GET" or "access_token" in said or "error" in said):
                    return TokenResponse(status, headers, body.decode(errors="replace"))
                if refusal := self._refused(status, said):
                    raise refusal
                trouble = f"HTTP {status}" if said is not None else f"HTTP {status} without JSON"
                least = _retry_after(headers)
            tried += 1
            pause = max(least, self._retry_budget.pause * 2 ** (tried - 1) * random.uniform(0.8, 1.2))  # noqa: S311 - jitter
            if tried == self._retry_budget.tries or self._clock() + pause >= self._deadline:
                raise IssuerUnavailable(f"{urlsplit(url).hostname}: {trouble}, tried {tried} times")
            self._sleep(pause)

    def _once(self, method: str, url: str, request: Mapping[str, Any]) -> tuple[int, Mapping[str, str], bytes]:
        left = self._deadline - self._clock()
        if left <= 0:
            raise requests.Timeout
        patience = min(self._retry_budget.connect, left), min(self._retry_budget.read, left)
        # Not followed: the request holds the secret, and goes to the login host alone.
        options = {**request, "timeout": patience, "allow_redirects": False, "stream": True}
        with self._http.request(method, url, **options) as response:
            return response.status_code, response.headers, http_session.read_body(response, _MOST)

    def _refused(self, status: int, said: Mapping[str, Any] | None) -> TokenRefused | None:
        definitive = requests.codes.bad_request <= status < requests.codes.server_error and status not in _TRY_AGAIN
        return self._refusal(status, said) if definitive and said is not None else None


def acquired(acquire: Callable[[], Any]) -> IssuedToken:
    """Let msal acquire a token, and read what it gives."""
    try:
        answer = acquire()
        text, lifetime = answer["access_token"], float(answer["expires_in"])
    except _UNREADABLE as fault:
        raise IssuerUnavailable(f"the answer holds no token that msal can read ({type(fault).__name__})") from fault
    if not (isinstance(text, str) and _HEADER_SAFE.fullmatch(text) and 0 < lifetime < math.inf):
        raise IssuerUnavailable("the answer holds no usable token")
    return IssuedToken(text, lifetime)


def _object(body: bytes) -> Mapping[str, Any] | None:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _retry_after(headers: Mapping[str, str]) -> float:
    """Read seconds; Entra and the identity endpoint send no dates."""
    said = headers.get("Retry-After", "").strip()
    return float(said) if said.isascii() and said.isdigit() else 0.0
