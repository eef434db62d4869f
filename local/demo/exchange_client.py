"""Place a call at the exchange, and follow it until it is over."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import requests

from local.demo.tables import Row, Tables
from local.demo.terminal import Entry
from local.demo.timeline import Happening, timeline

_STEP = 0.02  # seconds between two looks
_LATEST_RECORD = 3.0  # seconds that a record may come after its call is over


type Tell = Callable[[list[Happening], Row | None, Mapping[str, Row]], list[Entry]]


class NoExchange(Exception):
    """Nothing answers there."""


class NotPlaced(Exception):
    """The exchange does not understand what was asked; the text says why."""


@dataclass(frozen=True, slots=True)
class ExchangeClient:
    """The simulated Microsoft, by its control endpoints."""

    url: str

    def ring(self, asked: Mapping[str, Any]) -> str:
        """Give the id of a new call. Raises NoExchange and NotPlaced."""
        return str(self._answer("POST", "/_/ring", asked)["id"])

    def look(self, call: str) -> tuple[list[Happening], bool]:
        """Give what has happened to a call, and whether it is over."""
        told = self._answer("GET", f"/_/calls/{call}", None)
        return [_happening(one) for one in told["timeline"]], told["over"]

    def _answer(self, method: str, path: str, body: object) -> Any:
        with requests.Session() as session:
            session.trust_env = False  # a proxy of this machine has no business with loopback
            try:
                answer = session.request(method, self.url + path, json=body, timeout=10)
                told = answer.json()
            except (requests.RequestException, ValueError) as error:
                raise NoExchange(self.url) from error
        if not answer.ok:
            raise NotPlaced(told.get("error", {}).get("message", answer.reason))
        return told


def _happening(told: Mapping[str, Any]) -> Happening:
    facts = {name: value for name, value in told.items() if name not in {"ms", "what"}}
    return Happening(told["ms"], told["what"], facts)


@dataclass(slots=True)
class Watch:
    """One call being followed; `record` is its row in the end."""

    exchange: ExchangeClient
    tables: Tables
    call: str
    tell: Tell = timeline
    record: Row | None = None

    def entries(self, given_up: Callable[[], bool] = lambda: False) -> Iterator[Entry]:
        """Give each entry of the call's timeline as soon as it is known, until the call is over or given up."""
        seen, shown, over = 0, 0, False
        while not over and not given_up():
            happenings, over = self.exchange.look(self.call)
            # Until the bot has answered its notification, lines could still come in between.
            if len(happenings) > seen and (over or any(one.what == "notified" for one in happenings)):
                self.record = self.record or self.tables.record(self.call)
                entries = self.tell(happenings, self.record, self.tables.names())
                yield from entries[shown:]
                seen, shown = len(happenings), len(entries)
            time.sleep(_STEP)
        until = time.monotonic() + _LATEST_RECORD
        while not given_up() and time.monotonic() < until:
            self.record = self.tables.record(self.call)
            if self.record and self.record["State"] == "done":
                return
            time.sleep(_STEP)
