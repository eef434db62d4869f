"""Publish signing keys over HTTP, well or badly, and hear what the app says of reading them."""

import itertools
import threading
from collections.abc import Callable
from typing import Any

from tests.support.servers import Exchange
from tests.support.tokens import Signer

METADATA = "/v1/.well-known/OpenIdConfiguration"


class Publisher:
    """What a provider of keys serves; a test changes it while it runs."""

    misbehave: Callable[[Exchange], None] | None = None

    def __init__(self, *signers: Signer) -> None:
        self.jwks: list[Any] = [each.jwk() for each in signers]

    def __call__(self, exchange: Exchange) -> None:
        if self.misbehave:
            self.misbehave(exchange)
        elif exchange.path == METADATA:
            base = exchange.head.partition(b"Host: ")[2].partition(b"\r\n")[0].decode()
            exchange.reply_json({"issuer": "https://evil.example", "jwks_uri": f"http://{base}/keys"})
        else:
            exchange.reply_json({"keys": self.jwks})


class StillClock:
    """A monotonic clock that a test moves on by hand; as of a real one, no two readings of it are equal."""

    def __init__(self) -> None:
        self._now = 1000.0
        self._readings = itertools.count()

    def __call__(self) -> float:
        return self._now + next(self._readings) * 1e-6

    def advance(self, seconds: float) -> None:
        self._now += seconds


class Reported:
    """The events, in order."""

    def __init__(self) -> None:
        self.all: list[dict[str, object]] = []
        self.arrived = threading.Semaphore(0)

    def __call__(self, name: str, /, **facts: object) -> None:
        self.all.append({"event": name} | facts)
        self.arrived.release()

    def next(self) -> dict[str, object]:
        assert self.arrived.acquire(timeout=5)
        return self.all[-1]
