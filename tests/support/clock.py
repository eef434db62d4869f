"""A clock that stands still until a test, or whoever sleeps by it, moves it."""

from datetime import UTC, datetime, timedelta
from threading import Lock

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class MovableClock:
    """Satisfies shared.ports.Clock; sleeping takes no time but its own."""

    def __init__(self, now: datetime = NOON) -> None:
        self._now = now
        self._seconds = 1000.0  # of a process that has been running for a while
        self._lock = Lock()
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._seconds

    def sleep(self, seconds: float, /) -> None:
        self.slept.append(seconds)
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        with self._lock:
            self._now += timedelta(seconds=seconds)
            self._seconds += seconds
