"""Tell open pages what changes, and bring a page that was away up to date."""

import json
import secrets
import threading
import time
from collections import deque
from dataclasses import dataclass

_KEPT = 256  # updates that a page may have missed and still go on from


@dataclass(frozen=True, slots=True)
class Update:
    """The newest state of one document; `text` is JSON without a line break."""

    number: int
    key: str
    text: str


class Feed:
    """The newest state of each document, by key; None takes a document away."""

    def __init__(self, kept: int = _KEPT) -> None:
        self.run = secrets.token_hex(4)  # tells this run's numbers from another's
        self._changed = threading.Condition()
        self._latest: dict[str, Update] = {}
        self._updates: deque[Update] = deque(maxlen=kept)
        self._number = 0
        self._closed = False

    @property
    def number(self) -> int:
        with self._changed:
            return self._number

    def publish(self, key: str, document: object) -> None:
        """Let every page have it, unless it is what they have."""
        text = json.dumps({"key": key, "value": document})
        with self._changed:
            known = self._latest.get(key)
            if (known and known.text == text) or (document is None and not known):
                return
            self._number += 1
            update = Update(self._number, key, text)
            self._updates.append(update)
            if document is None:
                del self._latest[key]
            else:
                self._latest[key] = update
            self._changed.notify_all()

    def everything(self) -> tuple[int, list[Update]]:
        """Give all documents, and the number from which to go on."""
        with self._changed:
            return self._number, sorted(self._latest.values(), key=lambda update: update.number)

    def after(self, number: int, within: float) -> list[Update] | None:
        """Wait for what comes after that number, at most `within` seconds; None where some of it is no longer kept."""
        with self._changed:
            self._changed.wait_for(lambda: self._number > number or self._closed, within)
            missing = self._number - number
            if missing > len(self._updates) or missing < 0:
                return None
            return list(self._updates)[len(self._updates) - missing :] if missing else []

    def close(self) -> None:
        """Let nobody wait any longer."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def is_closed(self) -> bool:
        return self._closed


def monotonic_ms() -> float:
    """Give the time that all documents count in: it goes on evenly, whatever the clock is set to."""
    return round(time.monotonic() * 1000, 1)
