"""Close the calls whose end never came, and delete the days that are past their retention.

It works in short steps, each of which leaves the table as it should be: a run that is cut short, or meets another
one, leaves less to do for the next.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from functools import partial
from itertools import batched
from typing import Protocol

from shared.core.errors import StorageUnavailable
from shared.core.light_dataclass import dataclass
from shared.core.record.record import day_of
from shared.core.record.retention import UnendedCall, newest_finished_day, oldest_kept
from shared.ports import Clock, Events

_BATCH = 100  # the most rows that the table service changes at once
_UNTOLD = timedelta(days=3)
_PAUSES = 1.0, 5.0  # seconds before the same batch again: a partition takes 2,000 rows a second, then says 503


class PastCalls(Protocol):
    """The records of calls by their days; each method raises StorageUnavailable.

    What is given piece by piece is asked for piece by piece: a million calls a day are never in memory together.
    """

    def days(self, after: date, up_to: date) -> Iterator[date]:
        """Give the days that have records, oldest first, and `up_to` as the last one."""
        ...

    def never_ended(self, day: date) -> Iterator[Sequence[UnendedCall]]:
        """Give the records that are not `done`, in pages of at most 1000."""
        ...

    def close(self, calls: Sequence[UnendedCall]) -> int:
        """Make at most 100 of one day `done`, and give how many; what changed meanwhile is looked at again."""
        ...

    def keys(self, day: date) -> Iterator[Sequence[str]]:
        """Give the row keys of a day, in their order, in pages of at most 1000."""
        ...

    def delete(self, day: date, keys: Sequence[str]) -> int:
        """Delete at most 100 rows that follow each other, and give how many; another may be deleting the same."""
        ...

    def closed_until(self) -> date | None: ...

    def note_closed(self, day: date) -> None:
        """Remember that no call up to that day is left to be closed."""
        ...


@dataclass(frozen=True, slots=True)
class Cleanup:
    """`seconds` is how long one run may take: after 300 the platform ends it, and the worker with all its calls.

    `drop_messages` deletes what is kept to tell of missed calls of earlier days; it raises StorageUnavailable.
    """

    past: PastCalls
    clock: Clock
    events: Events
    retention_days: int
    drop_messages: Callable[[date], object]
    seconds: float = 240.0

    def run(self) -> None:
        """Do all there is to do, or what the time allows, and say how much it was; a fault of storage is an event."""
        began = self.clock.monotonic()
        done = Counter[str](closed=0, deleted=0, days=0)
        is_complete = False
        try:
            for what, count in self._steps(day_of(self.clock.now())):
                done[what] += count
                if self.clock.monotonic() - began >= self.seconds:
                    break
            else:
                is_complete = True
        except StorageUnavailable as away:
            self.events("storage.away", table="calls", step="tidy", why=str(away))
        ms = round((self.clock.monotonic() - began) * 1000)
        self.events("tidy.done", **done, complete=is_complete, ms=ms)

    def _steps(self, today: date) -> Iterator[tuple[str, int]]:
        """Do a little each time, and say what was done: rows closed, rows deleted, days deleted whole."""
        # The heartbeat does so sooner, but only while there is an address to send to.
        self.drop_messages(today - _UNTOLD)
        oldest = oldest_kept(today, self.retention_days)
        yield from self._close(oldest, newest_finished_day(today))
        yield from self._delete(oldest)

    def _close(self, oldest: date, newest: date) -> Iterator[tuple[str, int]]:
        for day in self.past.days(self._closed_until(oldest, newest), newest):
            for page in self.past.never_ended(day):
                yield "closed", 0  # a page may be empty, and still have taken its time
                for calls in batched(page, _BATCH, strict=False):
                    yield "closed", self._retried(partial(self.past.close, calls))
            self.past.note_closed(day)

    def _closed_until(self, oldest: date, newest: date) -> date:
        """Give the day after which there may be calls to close: to find them reads a day whole, so once is enough."""
        before = oldest - timedelta(days=1)
        noted = self.past.closed_until()
        return max(noted, before) if noted is not None and noted <= newest else before

    def _delete(self, oldest: date) -> Iterator[tuple[str, int]]:
        for day in self.past.days(date.min, oldest - timedelta(days=1)):
            for page in self.past.keys(day):
                yield "deleted", 0
                for keys in batched(page, _BATCH, strict=False):
                    yield "deleted", self._retried(partial(self.past.delete, day, keys))
            yield "days", 1

    def _retried(self, change: Callable[[], int]) -> int:
        for pause in _PAUSES:
            try:
                return change()
            except StorageUnavailable:
                self.clock.sleep(pause)
        return change()
