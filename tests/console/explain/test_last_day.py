"""What a program reads of the last day: every line by class, or why there is none."""

from datetime import UTC, datetime

from shared.console.explain.last_day import LastDay, as_json
from shared.core.directory.model import Directory
from shared.core.record.line_counts import LineCounts, PastCall
from tests.support.tables import LINE, SECOND_LINE

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NAMED = Directory(names={LINE: "Sales"})


def test_each_line_is_there_with_every_class() -> None:
    counts = LineCounts()
    for line, outcome in ((LINE, "busy"), (LINE, "answered"), (LINE, "abducted"), ("", "caller_hung_up")):
        counts.add(PastCall(NOON, line, "", outcome))

    none = dict.fromkeys(("answered", "gave_up", "missed", "turned_away", "unclear"), 0)
    assert as_json(LastDay(counts), NAMED, "") == {
        "hours": 24,
        "lines": [
            {"line": LINE, "name": f"Sales ({LINE[:8]})", **none, "answered": 1, "missed": 1, "unclear": 1},
            {"line": None, "name": "unknown line", **none, "gave_up": 1},
        ],
    }
    assert as_json(LastDay(counts), NAMED, SECOND_LINE) == {"hours": 24, "lines": []}


def test_what_was_not_read_and_what_was_too_much_are_told_apart() -> None:
    assert as_json(None, NAMED, "") is None
    assert as_json(LastDay(), NAMED, "") == {"hours": 24, "lines": None}
