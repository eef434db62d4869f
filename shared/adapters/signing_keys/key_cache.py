"""Keep Microsoft's signing keys at hand: read in the background, served stale, no wait for the token of a known key.

PyJWT's own PyJWKClient fetches under a lock, forgets its keys when a fetch fails and tries again at every unknown kid:
a few forged tokens and a slow key server would hold up genuine calls. https://openid.net/specs/openid-connect-discovery-1_0.html
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from shared.adapters.http_pool import HttpPool
from shared.adapters.signing_keys.openid import KeySetReader, OpenIdProvider
from shared.adapters.signing_keys.provider_keys import KeyBudgets, ProviderKeys
from shared.core.gate.publishers import SigningKey
from shared.core.refusals import KeysUnavailable, NotFromMicrosoft
from shared.ports import Events

_BUDGETS = KeyBudgets()


class SigningKeyCache:
    """The keys of all providers, each apart: none of them waits for, answers for or signs for another.

    Thread-safe; no caller ever waits for a lock that is held during a fetch.
    """

    def __init__(
        self,
        http: HttpPool,
        providers: Sequence[OpenIdProvider],
        clock: Callable[[], float],
        events: Events,
        *,
        budgets: KeyBudgets = _BUDGETS,
    ) -> None:
        """`clock` is monotonic."""
        self._clock = clock
        self._budgets = budgets
        reader = KeySetReader(http, (budgets.connect, budgets.read), budgets.most)
        self.providers = tuple(ProviderKeys(provider, reader, budgets, clock, events) for provider in providers)

    def warm(self) -> None:
        """Begin to fetch in the background."""
        _refetched(self.providers, self._clock())

    def known(self, kid: str, issuer: str) -> SigningKey | None:
        """Give the key for a token of that issuer without waiting; refreshes that are due go on in the background."""
        now, own = self._clock(), self._own(issuer)
        for each in (*own, *self.providers):  # what a call may wait for goes first
            each.refresh(now)
        return _key(own, kid, now)

    async def find(self, kid: str, issuer: str) -> SigningKey:
        """Give the key, if need be after the one fetch in flight; no thread is held meanwhile.

        The issuer is not proved, and only says who is asked for the key: whom that signs for is for `admit` to say.
        A key of others is given where only they have one of that kid, so that the reason of the refusal is exact.
        Raises NotFromMicrosoft for a kid that nobody published, KeysUnavailable where those who are asked could not be
        read: a genuine token of a new key is no stranger's while nobody can tell.
        """
        asked, own = self._clock(), self._own(issuer)
        if key := self.known(kid, issuer):
            return key
        is_late = False
        try:
            async with asyncio.timeout(self._budgets.wait):
                key = await self._after_refetch(own, kid, asked)
                while key is None and not all(each.keys(self._clock()) for each in own):
                    # Nobody delivers this call a second time, so it takes what the next attempt brings.
                    await asyncio.sleep(self._budgets.cool_down_empty / 10)
                    key = await self._after_refetch(own, kid, self._clock())
        except TimeoutError:
            key, is_late = _key(own, kid, self._clock()), True
        if key:
            return key
        if is_late or not all(each.is_read(self._clock()) for each in own):
            raise KeysUnavailable("the keys for a token of this form could not be read")
        if key := _key(self.providers, kid, self._clock()):
            return key
        raise NotFromMicrosoft("no such key is published" if own else "an issuer whose keys nobody is asked for")

    async def _after_refetch(self, own: Sequence[ProviderKeys], kid: str, asked: float) -> SigningKey | None:
        waiting = {asyncio.wrap_future(flight) for flight in _refetched(own, asked)}
        try:
            while not (key := _key(own, kid, self._clock())) and waiting:
                _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            return key
        finally:
            for flight in waiting:
                flight.cancel()

    def _own(self, issuer: str) -> Sequence[ProviderKeys]:
        return [each for each in self.providers if each.provider.publisher.claimed_form(issuer)]


def _key(providers: Sequence[ProviderKeys], kid: str, now: float) -> SigningKey | None:
    return next((key for each in providers if (key := each.keys(now).get(kid))), None)


def _refetched(providers: Sequence[ProviderKeys], now: float) -> list[Future[None]]:
    """Give the fetches in flight, begun here; none of a provider that rests."""
    return [flight for each in providers if (flight := each.refetch(now))]
