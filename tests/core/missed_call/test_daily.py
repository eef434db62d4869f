"""The message of a day has every call of it once, in the class that the report would count it in."""

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shared.core.directory.model import Directory
from shared.core.missed_call.daily import Day, day_card, day_json
from shared.core.record.classes import CallClass
from shared.core.record.line_counts import PastCall

LINE, FEWER = "5a1e5000-0000-4000-8000-000000000001", "1629bdce-046c-4903-86b4-a8f718277e1a"
MONDAY, VIENNA = date(2026, 11, 23), ZoneInfo("Europe/Vienna")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NAMED = Directory(names={LINE: "Sales"})


def a_day(*outcomes: str, line: str = LINE, at: datetime | None = NOON) -> Day:
    day = Day(MONDAY)
    day.add([PastCall(at, line, "PstnAppInstance", outcome) for outcome in outcomes], VIENNA)
    return day


def test_each_line_has_its_calls_by_class() -> None:
    day = a_day("answered", "busy", "late", "closed", "", "abducted", "answered")
    day.add([PastCall(NOON, FEWER, "", "answered")], VIENNA)

    card = json.loads(day_card(day, NAMED))["attachments"][0]["content"]

    assert card["fallbackText"] == "Monday 23 November: 2 of 5 calls reached nobody"
    assert [(one["title"], one["value"]) for one in card["body"][1]["facts"]] == [
        (r"Sales \(5a1e5000\)", "2 answered, 1 gave up, 1 missed, 1 turned away, 2 unclear"),
        ("1629bdce", "1 answered"),
    ]


@pytest.mark.parametrize(("lines", "rest"), [(20, []), (21, ["and 1 more line"]), (22, ["and 2 more lines"])])
def test_of_more_than_twenty_lines_the_rest_is_counted(lines: int, rest: list[str]) -> None:
    day = Day(MONDAY)
    day.add([PastCall(NOON, f"line{number}", "", "busy") for number in range(lines)], VIENNA)

    assert json.loads(day_json(day, NAMED))["text"].splitlines()[21:] == rest


def test_lines_with_as_many_calls_are_in_the_order_of_their_ids() -> None:
    day = Day(MONDAY)
    day.add([PastCall(NOON, line, "", "busy") for line in "cbaab"], VIENNA)

    assert [line["id"] for line in json.loads(day_json(day, NAMED))["lines"]] == ["a", "b", "c"]


def test_json_has_the_same_for_programs() -> None:
    told = json.loads(day_json(a_day("answered", "busy"), Directory()))

    counts = {"answered": 1, "gave_up": 0, "missed": 1, "turned_away": 0, "unclear": 0}
    assert told == {
        "text": "Monday 23 November: 1 of 2 calls reached nobody\nPstnAppInstance (5a1e5000): 1 answered, 1 missed",
        "type": "day_of_calls",
        "version": 1,
        "day": "2026-11-23",
        **counts,
        "lines": [{"id": LINE, "name": "PstnAppInstance", **counts}],
        "more": 0,
    }


def test_a_line_that_nobody_knows_has_neither_id_nor_name() -> None:
    day = Day(MONDAY)
    day.add([PastCall(NOON, "", "", "busy")], VIENNA)

    (line,) = json.loads(day_json(day, NAMED))["lines"]
    assert (line["id"], line["name"]) == (None, None)


def test_a_day_is_that_on_the_wall() -> None:
    late, early = datetime(2026, 11, 23, 23, 30, tzinfo=UTC), datetime(2026, 11, 22, 23, 30, tzinfo=UTC)

    assert a_day("busy", at=late).counts.all.total() == 0
    assert a_day("busy", at=early).counts.all == {CallClass.MISSED: 1}
    assert a_day("busy", at=None).counts.all.total() == 0


def test_a_quiet_day_says_so() -> None:
    assert json.loads(day_json(a_day(), NAMED))["text"] == "Monday 23 November: no calls"


def test_a_line_is_called_by_its_newest_record_that_has_a_name() -> None:
    day = a_day("busy")
    older, newer = NOON - timedelta(hours=1), NOON + timedelta(hours=1)
    day.add([PastCall(newer, LINE, "", "busy"), PastCall(older, LINE, "An old name", "busy")], VIENNA)

    assert day.counts.names == {LINE: "PstnAppInstance"}


def test_more_lines_than_anybody_reads_are_counted() -> None:
    day = Day(MONDAY)
    day.add([PastCall(NOON, f"line{number}", "x" * 80, "busy") for number in range(23)], VIENNA)

    card, told = json.loads(day_card(day, NAMED))["attachments"][0]["content"], json.loads(day_json(day, NAMED))

    assert (len(card["body"][1]["facts"]), card["body"][2]["text"]) == (20, "and 3 more lines")
    assert (len(told["lines"]), told["more"], told["missed"]) == (20, 3, 23)
    assert len(day_json(day, NAMED)) < 20_000
