"""Keep tokens: one request at a time fetches each, it is renewed early, and a warm one costs microseconds."""

import copy
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import field, replace
from threading import Lock

from shared.core.errors import TokenPending, TokenUnavailable
from shared.core.light_dataclass import dataclass

_RENEWED_BEFORE = 600.0
_RENEWED_AGAIN = 60.0
_REFUSAL_KEPT = 10.0
# One thread for each token that is being fetched: a tenant of the bot, or an audience of the identity.
_FLIGHTS = 8


class IssuerUnavailable(TokenUnavailable):
    """Nobody answered, or not in time, or not as an issuer of tokens does: it may work again later."""


class TokenRefused(TokenUnavailable):
    """The issuer said no, until someone acts: `code` is its own word for it, `hint` what to renew or set."""

    def __init__(self, code: str, hint: str) -> None:
        super().__init__(f"{code}: {hint}")
        self.args = (code, hint)  # what a copy is made of
        self.code = code
        self.hint = hint

    def __str__(self) -> str:
        return self.reason


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token as its issuer gives it; it lives so many seconds from when it was asked for."""

    text: str = field(repr=False)
    lifetime: float


@dataclass(frozen=True, slots=True)
class CachedToken:
    """A token that is kept; `renews` and `expires` are times of the clock that its keeper was given."""

    text: str = field(repr=False)
    renews: float
    expires: float


@dataclass(slots=True)
class _Slot:
    token: CachedToken | None = None
    flight: Future[CachedToken] | None = None
    refusal: TokenRefused | None = None
    refused_until: float = 0.0


class TokenCache[Key: Hashable]:
    """Tokens by key. `fetch` runs in a thread of its own and raises TokenUnavailable; `failed` hears of each once."""

    def __init__(
        self,
        fetch: Callable[[Key], IssuedToken],
        clock: Callable[[], float],
        failed: Callable[[Key, TokenUnavailable], None],
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._failed = failed
        self._places: dict[Key, _Slot] = {}
        self._lock = Lock()
        self._threads = ThreadPoolExecutor(_FLIGHTS, thread_name_prefix="token")

    def token(self, key: Key, within: float) -> CachedToken:
        """Give the token; where there is none yet, wait `within` seconds at most for the one request in flight.

        Raises TokenPending while that goes on, and whatever TokenUnavailable it ended with.
        """
        place = self._places.get(key)
        token = place.token if place else None
        if token and self._clock() < token.renews:
            return token
        return self._renewed(key, within)

    def warm(self, key: Key) -> None:
        """Begin to fetch the token if there is none, and wait for nothing."""
        with self._lock:
            place = self._places.setdefault(key, _Slot())
            if not (place.token or place.flight or self._refusal(place)):
                place.flight = self._threads.submit(self._refresh, key, place)

    def forget(self, key: Key, text: str) -> None:
        """Never give this token again: the one it was shown to refused it. A newer one stays."""
        with self._lock:
            place = self._places.get(key)
            if place and place.token and place.token.text == text:
                place.token = None

    def _renewed(self, key: Key, within: float) -> CachedToken:
        with self._lock:
            place = self._places.setdefault(key, _Slot())
            now = self._clock()
            token = place.token if place.token and now < place.token.expires else None
            if token and now < token.renews:
                return token
            if not token and (refusal := self._refusal(place)):
                raise copy.copy(refusal)
            if not place.flight:
                place.flight = self._threads.submit(self._refresh, key, place)
            flight = place.flight
        return token or _result_of(flight, within)

    def _refusal(self, place: _Slot) -> TokenRefused | None:
        return place.refusal if self._clock() < place.refused_until else None

    def _refresh(self, key: Key, place: _Slot) -> CachedToken:
        asked = self._clock()
        try:
            issued = self._fetch(key)
        except TokenUnavailable as fault:
            self._note(place, fault)
            self._failed(key, fault)
            raise
        else:
            expires = asked + issued.lifetime
            # Half of a short life: a token of five minutes is not renewed with every call.
            token = CachedToken(issued.text, expires - min(_RENEWED_BEFORE, issued.lifetime / 2), expires)
            with self._lock:
                place.token, place.refusal = token, None
            return token
        finally:
            with self._lock:
                place.flight = None

    def _note(self, place: _Slot, fault: TokenUnavailable) -> None:
        now = self._clock()
        with self._lock:
            if isinstance(fault, TokenRefused):
                place.refusal, place.refused_until = fault, now + _REFUSAL_KEPT
            if place.token:
                place.token = replace(place.token, renews=min(now + _RENEWED_AGAIN, place.token.expires))


def _result_of(flight: Future[CachedToken], within: float) -> CachedToken:
    try:
        fault = flight.exception(max(0.0, within))
    except TimeoutError:
        raise TokenPending(f"no token came within {within:.1f} s") from None
    if isinstance(fault, TokenUnavailable):
        # A copy for each who waits: one exception raised in many threads mixes their tracebacks.
        raise copy.copy(fault)
    return flight.result()
