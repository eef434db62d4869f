"""Read how the calls of the last day ended, and what lines are called, while a person waits, and no longer."""

import threading
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import Future
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Protocol

from shared.console.explain.last_day import LENGTH, MOST, LastDay
from shared.core.errors import StorageUnavailable
from shared.core.light_dataclass import dataclass
from shared.core.record.line_counts import LineCounts, PastCall
from shared.ports import Clock

_OLDER_DAYS = 7  # in which a line without a name is looked for


class PastCalls(Protocol):
    def since(self, moment: datetime, now: datetime) -> Iterator[Sequence[PastCall]]:
        """Give the calls that came, or ended, since then, in pages. Raises StorageUnavailable."""
        ...

    def calls(self, day: date) -> Iterator[Sequence[PastCall]]:
        """Give the calls of a day, in UTC, in pages. Raises StorageUnavailable."""
        ...


@dataclass(frozen=True, slots=True)
class RecentCalls:
    """`seconds` is how long the calls of the last day are read, whoever still waits for that.

    Names of lines are looked for in older calls only for the first `seconds_for_names`.
    """

    past: PastCalls
    clock: Clock
    seconds: float = 10.0
    seconds_for_names: float = 2.0

    def begin(self, unnamed: Callable[[], AbstractSet[str]] = frozenset) -> Future[LastDay | None]:
        """Read in a thread of its own; None where the table cannot be read, or not in that time.

        The lines that are `unnamed` once the last day is read are looked for in the calls of the days before.
        """
        counting: Future[LastDay | None] = Future()
        threading.Thread(target=self._complete, args=(counting, unnamed), name="recent-calls", daemon=True).start()
        return counting

    def _complete(self, counting: Future[LastDay | None], unnamed: Callable[[], AbstractSet[str]]) -> None:
        try:
            counting.set_result(self._read(unnamed))
        except StorageUnavailable:
            counting.set_result(None)
        except BaseException as error:  # noqa: BLE001 - whoever waits raises it
            counting.set_exception(error)

    def _read(self, unnamed: Callable[[], AbstractSet[str]]) -> LastDay | None:
        began, now = self.clock.monotonic(), self.clock.now()
        counts, read = LineCounts(), 0
        for page in self.past.since(now - LENGTH, now):
            if self.clock.monotonic() > began + self.seconds:
                return None
            for call in page:
                if call.at is not None and call.at >= now - LENGTH:
                    counts.add(call)
            read += len(page)
            if read > MOST:
                return LastDay(names=counts.names)
        left = unnamed() - counts.names.keys()
        return LastDay(
            counts, self._older_names(left, (now - LENGTH).date(), began + self.seconds_for_names) | counts.names
        )

    def _older_names(self, unnamed: AbstractSet[str], day: date, until: float) -> dict[str, str]:
        """Give the newest names that MOST calls have, as far as they are read until then."""
        found: dict[str, str] = {}
        read = 0
        with suppress(StorageUnavailable):
            for back in range(_OLDER_DAYS):
                if unnamed <= found.keys():
                    break
                for page in self.past.calls(day - timedelta(days=back)):
                    if read > MOST or self.clock.monotonic() > until:
                        return found
                    found = {call.line: call.line_name for call in page if _names(call, unnamed)} | found
                    read += len(page)
        return found


def _names(call: PastCall, unnamed: AbstractSet[str]) -> bool:
    return call.line in unnamed and bool(call.line_name)
