"""The keys that one provider published last, and the one fetch of them in flight."""

import math
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait

from shared.adapters.http_pool import NoAnswer
from shared.adapters.signing_keys.openid import KeySetReader, OpenIdProvider, UnusableKeySet
from shared.core.gate.publishers import SigningKey
from shared.core.light_dataclass import dataclass
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
    cool_down_failed: float = 4.0  # after one that failed, where a call asks for a key that is not here
    cool_down_empty: float = 1.0  # the same where there is none here: that call waits
    most: int = 1 << 20  # of each of the two documents


class ProviderKeys:
    """Thread-safe: reading takes no lock, and no lock is held during a fetch."""

    def __init__(
        self,
        provider: OpenIdProvider,
        reader: KeySetReader,
        budgets: KeyBudgets,
        clock: Callable[[], float],
        events: Events,
    ) -> None:
        self.provider = provider
        self._reader = reader
        self._budgets = budgets
        self._clock = clock
        self._events = events
        self._lock = threading.Lock()
        self._flight: Future[None] | None = None
        self._published: tuple[Mapping[str, SigningKey], float] = ({}, -math.inf)  # one value: readers take no lock
        self._last_miss_at = -math.inf
        self._has_failed = False  # the last fetch

    def keys(self, now: float) -> Mapping[str, SigningKey]:
        keys, read_at = self._published
        return keys if now - read_at <= self._budgets.stale else {}

    def is_read(self, now: float) -> bool:
        """Say whether there are keys, and the last fetch brought some: otherwise it may publish others that we lack."""
        return bool(self.keys(now)) and not self._has_failed

    @property
    def publisher(self) -> str:
        return self.provider.publisher.name

    @property
    def host(self) -> str:
        return self.provider.host

    def count(self, within: float) -> tuple[int, float]:
        """Count the keys, and say how many seconds ago they were read; where there is none, after a fetch in flight."""
        flight = None if self.keys(self._clock()) else self.refetch(self._clock())
        wait([flight] if flight else [], within)
        now = self._clock()
        return len(self.keys(now)), now - self._published[1]

    def refresh(self, now: float) -> None:
        """Begin to fetch where that is due. Every call comes by here, so where it is not, that takes no lock."""
        budgets = self._budgets
        if self._flight is None and self._is_due(now, budgets.refresh, budgets.cool_down):
            self._begin(now, budgets.refresh, budgets.cool_down)

    def refetch(self, now: float) -> Future[None] | None:
        """Give the fetch in flight, begun here unless the provider rests or was read after `now`."""
        budgets = self._budgets
        if not self.keys(now):
            return self._begin(now, 0.0, budgets.cool_down_empty)
        return self._begin(now, 0.0, budgets.cool_down_failed if self._has_failed else budgets.cool_down)

    def _begin(self, now: float, older_than: float, rest: float) -> Future[None] | None:
        with self._lock:
            # Both are asked under the lock: another thread's fetch may have landed since `now`.
            if self._flight is None and self._is_due(now, older_than, rest):
                flight: Future[None] = Future()
                flight.set_running_or_notify_cancel()  # a waiter that gives up cannot cancel it for the others
                thread = threading.Thread(target=self._fetch, args=(flight,), name="signing-keys", daemon=True)
                try:
                    thread.start()
                except RuntimeError:  # the machine is out of threads: what is known goes on being served
                    return None
                self._flight = flight
            return self._flight

    def _is_due(self, now: float, older_than: float, rest: float) -> bool:
        return now - self._published[1] >= older_than and now - self._last_miss_at >= rest

    def _fetch(self, flight: Future[None]) -> None:
        began = self._clock()
        keys: Mapping[str, SigningKey] = {}
        reason = "ok"
        try:
            keys = self._reader.keys(self.provider)
        except UnusableKeySet as exc:
            reason = str(exc)
        except NoAnswer as exc:
            reason = str(exc)
        except (ValueError, RecursionError) as exc:
            reason = type(exc).__name__
        finally:
            self._complete(flight, keys)
        ms = round((self._clock() - began) * 1000)
        self._events(
            "keys.refetched",
            publisher=self.publisher,
            provider=self.host,
            keys=len(keys),
            ok=bool(keys),
            reason=reason,
            ms=ms,
        )

    def _complete(self, flight: Future[None], keys: Mapping[str, SigningKey]) -> None:
        with self._lock:
            now = self._clock()
            if not keys.keys() - self._published[0].keys():
                self._last_miss_at = now
            if keys:
                self._published = (keys, now)
            self._has_failed = not keys
            self._flight = None
        flight.set_result(None)
