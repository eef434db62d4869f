"""Keep Microsoft's signing keys at hand: read in the background, served stale, no wait for the token of a known key.

PyJWT's own PyJWKClient fetches under a lock, forgets its keys when a fetch fails and tries again at every unknown kid:
a few forged tokens and a slow key server would hold up genuine calls. https://openid.net/specs/openid-connect-discovery-1_0.html
"""

import asyncio
import math
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace

import requests

from shared.adapters.http_session import error_summary
from shared.adapters.signing_keys.openid import KeySetReader, OpenIdProvider, UnusableKeySet
from shared.core.gate import SigningKey, loggable_kid
from shared.core.refusals import KeysUnavailable, NotFromMicrosoft
from shared.ports import Events


@dataclass(frozen=True, slots=True)
class KeyBudgets:
    """How long and how much, in seconds and bytes."""

    connect: float = 2.0
    read: float = 3.0
    wait: float = 3.0  # a token of an unknown kid, for the fetch in flight
    refresh: float = 12 * 3600.0
    stale: float = 5 * 86400.0  # after the last success
    cool_down: float = 10.0  # after a fetch that brought nothing new
    cool_down_empty: float = 1.0  # the same while there is no key at all
    most: int = 1 << 20  # of each of the two documents


class SigningKeyCache:
    """All providers' keys. Thread-safe; no caller ever waits for a lock that is held during a fetch."""

    def __init__(
        self,
        http: requests.Session,
        providers: Sequence[OpenIdProvider],
        clock: Callable[[], float],
        events: Events,
        *,
        budgets: KeyBudgets = KeyBudgets(),
        hosts: Iterable[str] = (),
    ) -> None:
        """`clock` is monotonic; `hosts` are further hosts where a provider's metadata may say that its keys are."""
        self._clock = clock
        self._budgets = budgets
        reader = KeySetReader(http, (budgets.connect, budgets.read), budgets.most, frozenset(hosts))
        self._shelves = [_ProviderKeys(provider, reader, clock, events) for provider in providers]

    def warm(self) -> None:
        """Begin to fetch in the background."""
        self._refetches(self._clock())

    def known(self, kid: str) -> SigningKey | None:
        """Give the key without waiting; a refresh that is due goes on in the background."""
        now = self._clock()
        if any(shelf.age(now) >= self._budgets.refresh for shelf in self._shelves):
            self._refetches(now, self._budgets.refresh)
        found = [key for shelf in self._shelves if (key := shelf.keys(now, self._budgets.stale).get(kid))]
        if len(found) < 2:  # noqa: PLR2004 - one provider is the rule
            return found[0] if found else None
        # A key that two providers publish signs for both; another key under that kid counts for nothing.
        same = [key.issuers for key in found if key.public == found[0].public]
        return replace(found[0], issuers=frozenset[str]().union(*same))

    def count(self, within: float) -> int:
        """Count the keys that can be used; where there is none, after the fetches in flight, for so many seconds."""
        if not self._any():
            wait(self._refetches(self._clock()), within)
        now = self._clock()
        return sum(len(shelf.keys(now, self._budgets.stale)) for shelf in self._shelves)

    async def find(self, kid: str) -> SigningKey:
        """Give the key, if need be after the one fetch in flight; no thread is held meanwhile.

        Raises NotFromMicrosoft for a kid that nobody published, KeysUnavailable where no key could be read at all.
        """
        asked = self._clock()
        if key := self.known(kid):
            return key
        try:
            async with asyncio.timeout(self._budgets.wait):
                key = await self._after_refetch(kid, asked)
                while key is None and not self._any():
                    # Nobody delivers this call a second time, so it takes what the next attempt brings.
                    await asyncio.sleep(self._budgets.cool_down_empty / 10)
                    key = await self._after_refetch(kid, self._clock())
        except TimeoutError:
            key = self.known(kid)
        if key:
            return key
        if self._any():
            raise NotFromMicrosoft(f"no key {loggable_kid(kid)} is published")
        raise KeysUnavailable("no signing key could be read")

    async def _after_refetch(self, kid: str, asked: float) -> SigningKey | None:
        waiting = {asyncio.wrap_future(flight) for flight in self._refetches(asked)}
        try:
            while not (key := self.known(kid)) and waiting:
                _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            return key
        finally:
            for flight in waiting:
                flight.cancel()

    def _any(self) -> bool:
        now = self._clock()
        return any(shelf.keys(now, self._budgets.stale) for shelf in self._shelves)

    def _refetches(self, now: float, older_than: float = 0.0) -> list[Future[None]]:
        """Give the fetches in flight, begun here where the keys are older than that; none of a provider that rests."""
        rest = self._budgets.cool_down if self._any() else self._budgets.cool_down_empty
        return [flight for shelf in self._shelves if (flight := shelf.refetch(now, older_than, rest))]


class _ProviderKeys:
    """What one provider published last, and the one fetch of it in flight."""

    def __init__(
        self, provider: OpenIdProvider, reader: KeySetReader, clock: Callable[[], float], events: Events
    ) -> None:
        self._provider = provider
        self._reader = reader
        self._clock = clock
        self._events = events
        self._lock = threading.Lock()
        self._flight: Future[None] | None = None
        self._published: tuple[Mapping[str, SigningKey], float] = ({}, -math.inf)  # one value: readers take no lock
        self._last_miss_at = -math.inf

    def age(self, now: float) -> float:
        return now - self._published[1]

    def keys(self, now: float, stale: float) -> Mapping[str, SigningKey]:
        keys, read_at = self._published
        return keys if now - read_at <= stale else {}

    def refetch(self, now: float, older_than: float, rest: float) -> Future[None] | None:
        with self._lock:
            # Both are asked under the lock: another thread's fetch may have landed since `now`.
            if self._flight is None and self.age(now) >= older_than and now - self._last_miss_at >= rest:
                flight: Future[None] = Future()
                flight.set_running_or_notify_cancel()  # a waiter that gives up cannot cancel it for the others
                thread = threading.Thread(target=self._fetch, args=(flight,), name="signing-keys", daemon=True)
                try:
                    thread.start()
                except RuntimeError:  # the machine is out of threads: what is known goes on being served
                    return None
                self._flight = flight
            return self._flight

    def _fetch(self, flight: Future[None]) -> None:
        began = self._clock()
        keys: Mapping[str, SigningKey] = {}
        reason = "ok"
        try:
            keys = self._reader.keys(self._provider)
        except UnusableKeySet as exc:
            reason = str(exc)
        except requests.RequestException as exc:
            reason = error_summary(exc)
        except (ValueError, RecursionError) as exc:
            reason = type(exc).__name__
        finally:
            self._complete(flight, keys)
        ms = round((self._clock() - began) * 1000)
        host = self._provider.host
        self._events("keys.refetched", provider=host, keys=len(keys), ok=bool(keys), reason=reason, ms=ms)

    def _complete(self, flight: Future[None], keys: Mapping[str, SigningKey]) -> None:
        with self._lock:
            now = self._clock()
            if not keys.keys() - self._published[0].keys():
                self._last_miss_at = now
            if keys:
                self._published = (keys, now)
            self._flight = None
        flight.set_result(None)
