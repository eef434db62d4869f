"""Count how the calls of the last day ended, while a person waits for a page, and no longer."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.console.explain.last_day import LENGTH, MOST, LastDay
from shared.core.errors import StorageUnavailable
from shared.core.record.line_counts import LineCounts, PastCall
from shared.ports import Clock


class PastCalls(Protocol):
    def since(self, moment: datetime, now: datetime) -> Iterator[Sequence[PastCall]]:
        """Give the calls that came, or ended, since then, in pages. Raises StorageUnavailable."""
        ...


@dataclass(frozen=True, slots=True)
class RecentCalls:
    """`seconds` is how long the table is read, whoever still waits for that."""

    past: PastCalls
    clock: Clock
    seconds: float = 10.0

    def begin(self) -> Future[LastDay | None]:
        """Count in a thread of its own; None where the table cannot be read, or not in that time."""
        counting: Future[LastDay | None] = Future()
        threading.Thread(target=self._complete, args=(counting,), name="recent-calls", daemon=True).start()
        return counting

    def _complete(self, counting: Future[LastDay | None]) -> None:
        try:
            counting.set_result(self._count())
        except StorageUnavailable:
            counting.set_result(None)
        except BaseException as error:  # noqa: BLE001 - whoever waits raises it
            counting.set_exception(error)

    def _count(self) -> LastDay | None:
        until, now = self.clock.monotonic() + self.seconds, self.clock.now()
        counts, read = LineCounts(), 0
        for page in self.past.since(now - LENGTH, now):
            if self.clock.monotonic() > until:
                return None
            for call in page:
                if call.at is not None and call.at >= now - LENGTH:
                    counts.add(call)
            read += len(page)
            if read > MOST:
                return LastDay()
        return LastDay(counts)
