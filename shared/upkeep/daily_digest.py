"""Once a day, where somebody asked for it, tell how the calls of the day before ended."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, time, timedelta, tzinfo
from typing import Protocol

from shared.core.errors import StorageUnavailable
from shared.core.light_dataclass import dataclass
from shared.core.missed_call.daily import Day
from shared.core.record.line_counts import PastCall
from shared.ports import Clock, Events
from shared.upkeep.outbox import Outbox

_DAY = timedelta(days=1)


class PastDays(Protocol):
    """Each method raises StorageUnavailable."""

    def calls(self, day: date) -> Iterator[Iterable[PastCall]]:
        """Give the calls of a UTC day, in pages."""
        ...


class DayStore(Protocol):
    """Each method raises StorageUnavailable."""

    def last_day(self) -> date | None:
        """Give the last day that was told."""
        ...

    def note_day(self, day: date) -> None: ...


@dataclass(frozen=True, slots=True)
class DailyDigest:
    """`at` is a time on the wall of `zone`, whose days these are."""

    past: PastDays
    store: DayStore
    outbox: Outbox
    write: Callable[[Day], bytes]
    clock: Clock
    events: Events
    at: time
    zone: tzinfo

    def send(self) -> None:
        """Tell of the day before where it is time and nobody has; a receiver that cannot is asked at the next beat.

        The beat of a time shortly before midnight comes after it, and is about the day before that time's own.
        """
        local = self.clock.now().astimezone(self.zone)
        past = local - timedelta(hours=self.at.hour, minutes=self.at.minute, seconds=self.at.second)
        day_before = past.date() - _DAY
        is_yesterdays_turn = past.date() < local.date()
        try:
            told = self.store.last_day()
            is_not_begun = told is None and is_yesterdays_turn and past.hour >= 1
            if is_not_begun or (told or date.min) >= day_before:
                return
            day = self._counted(day_before)
            if self.outbox.may_send() and self.outbox.deliver(self.write(day), day.counts.all.total()):
                self.store.note_day(day_before)
        except StorageUnavailable as away:
            self.events("storage.away", table="calls, state", step="daily_digest", why=str(away))

    def _counted(self, day: date) -> Day:
        """Read the UTC days that a day on the wall touches."""
        counted = Day(day)
        for utc_day in (day - _DAY, day, day + _DAY):
            for page in self.past.calls(utc_day):
                counted.add(page, self.zone)
        return counted
