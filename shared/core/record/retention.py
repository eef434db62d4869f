"""Which days of records are over, and what becomes of a call that never ended."""

from datetime import date, timedelta

from shared.core.light_dataclass import dataclass
from shared.core.record.record import CallKey, Outcome

_STILL_ENDING = 1  # a call of yesterday can be on the telephone now


@dataclass(frozen=True, slots=True)
class UnendedCall:
    """The record of a call whose end nobody told us; `etag` is the tag that its change must name."""

    key: CallKey
    outcome: str | None  # as the row has it: one that another version wrote is kept
    etag: str

    @property
    def ends_as(self) -> str:
        return self.outcome or Outcome.UNKNOWN.value


def newest_finished_day(today: date) -> date:
    """Give the newest day whose calls have all ended, told or not: the day before yesterday."""
    return today - timedelta(days=_STILL_ENDING + 1)


def oldest_kept(today: date, retention_days: int) -> date:
    return today - timedelta(days=retention_days)
