"""The company's own holidays, and which of them matter to a day."""

from datetime import date

from shared.core.schedule.holidays import Holidays

OURS = Holidays(frozenset({date(2026, 4, 6), date(2026, 4, 9), date(2026, 4, 20)}), frozenset({(12, 25), (2, 29)}))


def test_only_the_days_around_are_given_and_by_the_names_that_hours_give_them() -> None:
    assert OURS.around(date(2026, 4, 7), date(2026, 4, 7)) == ("2026 Apr 06", "2026 Apr 09")
    assert OURS.around(date(2026, 4, 4), date(2026, 4, 4)) == ("2026 Apr 06",)
    assert OURS.around(date(2026, 4, 3), date(2026, 4, 3)) == ()
    assert OURS.around(date(2026, 4, 11), date(2026, 4, 11)) == ("2026 Apr 09",)
    assert OURS.around(date(2026, 4, 1), date(2026, 4, 30)) == ("2026 Apr 06", "2026 Apr 09", "2026 Apr 20")


def test_a_day_of_every_year_is_given_with_its_year() -> None:
    assert OURS.around(date(2026, 12, 24), date(2026, 12, 24)) == ("2026 Dec 25",)
    assert OURS.around(date(2028, 2, 29), date(2028, 2, 29)) == ("2028 Feb 29",)
    assert OURS.around(date(2027, 2, 28), date(2027, 2, 28)) == ()


def test_without_holidays_there_are_none() -> None:
    assert Holidays().is_empty
    assert not OURS.is_empty
    assert Holidays().around(date(2026, 1, 1), date(2026, 12, 31)) == ()
