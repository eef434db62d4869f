"""The company's own holidays: the days that count as public holidays besides the country's."""

from datetime import date, timedelta

from shared.core.light_dataclass import dataclass

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SPILL = timedelta(days=2)  # opening hours may end at 48:00 of the day they began


@dataclass(frozen=True, slots=True)
class Holidays:
    """Days of one year, and (month, day) of every year."""

    once: frozenset[date] = frozenset()
    yearly: frozenset[tuple[int, int]] = frozenset()

    @property
    def is_empty(self) -> bool:
        return not (self.once or self.yearly)

    def around(self, first: date, last: date) -> tuple[str, ...]:
        """Give those that matter to hours between two days, as an Hours text names a day: "2026 Apr 06".

        Only those: a text with a hundred days in it takes ten times as long to answer.
        """
        if self.is_empty:
            return ()
        begin, end = first - _SPILL, last + _SPILL
        days = (begin + timedelta(days=count) for count in range((end - begin).days + 1))
        return tuple(
            f"{day.year:04} {_MONTHS[day.month - 1]} {day.day:02}"
            for day in days
            if day in self.once or (day.month, day.day) in self.yearly
        )
