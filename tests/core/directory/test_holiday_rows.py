"""The company's own holidays, as people write them."""

from datetime import date
from typing import Any

import pytest

from shared.core.directory import reader
from shared.core.directory.model import Problem, Severity
from shared.core.schedule.holidays import Holidays
from tests.support.tables import BOT


def day(key: object, calendar: str = "default", **columns: Any) -> dict[str, Any]:
    return {"PartitionKey": calendar, "RowKey": key, **columns}


def test_days_of_one_year_and_of_every_year() -> None:
    directory = reader.read_directory(
        [], [], BOT, [day("6.4.2026", Name="Easter Monday"), day("2026-5-1"), day("12-25"), day("02-29", "DEFAULT")]
    )

    assert directory.holidays == Holidays(
        frozenset({date(2026, 4, 6), date(2026, 5, 1)}), frozenset({(12, 25), (2, 29)})
    )
    assert directory.problems == ()


@pytest.mark.parametrize(
    "key", ["2026-02-30", "13-01", "2026-04-06T08:00", "Christmas", "", "0000-01-01", "\u0661\u0662-\u0662\u0665"]
)
def test_what_is_no_day_is_left_out_and_named(key: str) -> None:
    directory = reader.read_directory([], [], BOT, [day(key), day("12-25")])

    assert directory.holidays == Holidays(yearly=frozenset({(12, 25)}))
    message = f"{key!r} is not a day like 2026-04-06, or 12-25 for every year; left out"
    assert directory.problems == (Problem(Severity.ERROR, "holidays", f"default/{key}", "RowKey", message),)


@pytest.mark.parametrize("key", ["6.4.", "24-Dec", "24. Dez", "Dec 24", "Dec-24", "12/24/2026", "46380"])
def test_a_day_that_a_spreadsheet_wrote_its_own_way_says_how_to_stop_it(key: str) -> None:
    (problem,) = reader.read_directory([], [], BOT, [day(key)]).problems

    assert (problem.row, problem.column) == (f"default/{key}", "RowKey")
    assert problem.message.endswith("left out; a spreadsheet writes a date its own way: format the column as text")


def test_another_calendar_is_left_out_and_named() -> None:
    directory = reader.read_directory([], [], BOT, [day("12-25", "vienna")])

    assert directory.holidays == Holidays()
    message = "must be default; the row is left out"
    assert directory.problems == (Problem(Severity.ERROR, "holidays", "vienna/12-25", "PartitionKey", message),)
