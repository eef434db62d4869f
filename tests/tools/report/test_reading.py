"""What a report reads: spans as people name them, rows as tables and exports have them, files larger than memory."""

import argparse
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.core.record.classes import CallClass
from tests.support.paths import ROOT
from tools.report.call import COLUMNS, UnreadableCall, call_of
from tools.report.callers import Callers
from tools.report.figures import Figures
from tools.report.period import Period, UnclearPeriod, add_period, parse_period
from tools.report.source import from_files
from tools.report.tables import by_outcome
from tools.table_source import Unusable

MONDAY, DAY = date(2026, 11, 23), timedelta(days=1)
LINE = "5a1e5000-0000-4000-8000-000000000001"


def period(*arguments: str, today: date = MONDAY + 4 * DAY) -> Period:
    parser = argparse.ArgumentParser()
    add_period(parser)
    return parse_period(parser.parse_args(arguments), today)


@pytest.mark.parametrize(
    ("arguments", "first", "last", "name"),
    [
        pytest.param(["--week", "2026-W48"], "2026-11-23", "2026-11-29", "2026-W48", id="week"),
        pytest.param(["--week", "2026-w01"], "2025-12-29", "2026-01-04", "2026-W01", id="week-over-new-year"),
        pytest.param(["--day", "2026-11-23"], "2026-11-23", "2026-11-23", "2026-11-23", id="day"),
        pytest.param(["--from", "2026-11-01", "--to", "2026-11-30"], "2026-11-01", "2026-11-30", None, id="span"),
        pytest.param(["--from", "2026-11-20"], "2026-11-20", "2026-11-27", None, id="until-today"),
        pytest.param(["--to", "2026-11-20"], "2026-11-20", "2026-11-20", None, id="one-day-of-a-span"),
        pytest.param(["--from", "2025-11-27"], "2025-11-27", "2026-11-27", None, id="a-year-and-a-day"),
        pytest.param([], "2026-11-16", "2026-11-22", "2026-W47", id="the-last-whole-week"),
    ],
)
def test_a_span_is_named_as_people_do(arguments: list[str], first: str, last: str, name: str | None) -> None:
    found = period(*arguments)

    assert (found.first.isoformat(), found.last.isoformat()) == (first, last)
    assert found.name == (name or f"{first}-to-{last}")
    assert (found.days[0], found.days[-1], len(found.days)) == (
        found.first,
        found.last,
        1 + (found.last - found.first).days,
    )
    assert [*found.utc_days] == [found.first - DAY, *found.days, found.last + DAY]


@pytest.mark.parametrize("weekday", range(7))
def test_the_last_whole_week_is_the_same_on_each_day_of_the_next(weekday: int) -> None:
    assert period(today=MONDAY + weekday * DAY).name == "2026-W47"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--week", "48"],
        ["--week", "9999-W52"],
        ["--week", "0001-W01"],
        ["--week", ""],
        ["--day", "23.11."],
        ["--day", ""],
        ["--day", "0001-01-01"],
        ["--from", "2025-11-26"],
        ["--week", "2026-W48", "--from", "2026-11-01"],
        ["--day", "2026-11-23", "--to", "2026-11-25"],
    ],
)
def test_an_unclear_span_is_refused(arguments: list[str]) -> None:
    with pytest.raises(UnclearPeriod):
        period(*arguments)


def row(**columns: Any) -> dict[str, Any]:
    return {"PartitionKey": "2026-11-23", "RowKey": "a", "ReceivedAt": "2026-11-23T08:00:00Z", **columns}


@pytest.mark.parametrize(
    ("columns", "facts"),
    [
        pytest.param({"Outcome": "answered", "Rung": "a", "RedirectMs": 40}, ("a", ("a",), 40), id="alone"),
        pytest.param({"Outcome": "answered", "Rung": "a b", "RedirectMs": "40"}, ("", ("a", "b"), 40), id="one-of-two"),
        pytest.param({"Outcome": "answered", "Rung": "a", "AnsweredBy": "x"}, ("a", ("a",), None), id="unnamed"),
        pytest.param({"Outcome": "answered", "Rung": "a b", "AnsweredBy": "b"}, ("b", ("a", "b"), None), id="named"),
        pytest.param({"Outcome": "answered", "Rung": "a b", "AnsweredBy": "x"}, ("", ("a", "b"), None), id="of-two"),
        pytest.param({"Outcome": "failed", "RedirectMs": 40}, ("", (), None), id="nobody-rang"),
        pytest.param({"Outcome": "failed", "Rung": "a", "RedirectMs": 40}, ("", ("a",), 40), id="rang-until-it-failed"),
        pytest.param({"Outcome": "no_answer", "Rung": "a"}, ("", ("a",), None), id="no-time"),
        pytest.param({"Outcome": "closed", "RedirectMs": 3}, ("", (), None), id="closed"),
    ],
)
def test_a_row_says_who_rang_and_who_answered(columns: dict[str, Any], facts: tuple[Any, ...]) -> None:
    call = call_of(row(**columns))

    assert (call.answered_by, call.rung, call.redirect_ms) == facts


@pytest.mark.parametrize(
    ("columns", "came"),
    [
        pytest.param({}, "2026-11-23T08:00:00+00:00", id="text"),
        pytest.param({"ReceivedAt": datetime(2026, 11, 23, 9, tzinfo=ZoneInfo("Europe/Vienna"))}, None, id="live"),
        pytest.param({"ReceivedAt": "", "EndedAt": "2026-11-23T08:00:00.1234567Z"}, None, id="only-its-end"),
        pytest.param({"ReceivedAt": "soon", "EndedAt": "2026-11-23T08:00:00Z"}, None, id="no-time-and-then-one"),
        pytest.param({"ReceivedAt": None}, "2026-11-23T00:00:00+00:00", id="only-its-day"),
        pytest.param({"ReceivedAt": "23.11.2026 08:00"}, None, id="a-spreadsheets-time"),
        pytest.param({"ReceivedAt": "", "PartitionKey": "23.11.2026"}, "2026-11-23T00:00:00+00:00", id="its-day"),
    ],
)
def test_a_row_says_when_its_call_came(columns: dict[str, Any], came: str | None) -> None:
    found = call_of(row(**columns)).came

    assert found.replace(microsecond=0) == datetime.fromisoformat(came or "2026-11-23T08:00:00+00:00")


def test_every_column_that_a_report_reads_is_asked_for() -> None:
    read = set()

    class Row(dict[str, Any]):
        def get(self, name: str, /, default: Any = None) -> Any:
            read.add(name)
            return super().get(name, default)

    call_of(Row(PartitionKey="2026-11-23", Outcome="answered", Rung="a b"))

    assert read == {*COLUMNS} - {"RowKey"}  # that is for an error alone


@pytest.mark.parametrize("columns", [{"PartitionKey": "x", "ReceivedAt": ""}, {"ReceivedAt": "11/23/2026 08:00"}])
def test_a_row_without_a_time_that_is_clear_is_refused_rather_than_counted_at_another(columns: dict[str, Any]) -> None:
    with pytest.raises(UnreadableCall):
        call_of(row(**columns))


def test_an_outcome_of_another_version_is_unclear_and_shown_as_the_row_has_it() -> None:
    figures = Figures(Period(MONDAY, MONDAY, "x"))
    for outcome in ("abducted", "", "unknown", "abducted"):
        figures.add(call_of(row(Outcome=outcome)), lambda _: UTC)

    assert figures.all.classes == {CallClass.UNCLEAR: 4}
    assert by_outcome(figures).rows == (
        ("Unclear", "abducted", 2),
        ("Unclear", "none yet", 1),
        ("Unclear", "unknown", 1),
    )


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        pytest.param("'=1+1", "=1+1", id="an-exports-own"),
        pytest.param("'s-Hertogenbosch", "'s-Hertogenbosch", id="a-persons"),
    ],
)
def test_an_apostrophe_is_taken_off_where_an_export_put_it(cell: str, name: str) -> None:
    assert call_of(row(CalledName=cell)).line_name == name


@pytest.mark.parametrize(
    ("caller", "kind"),
    [
        pytest.param("8:x", "encrypted", id="encrypted"),
        pytest.param("4,36641E+11", "phone", id="rounded-by-a-spreadsheet"),
        pytest.param("4.37E+11", "phone", id="rounded-in-english"),
    ],
)
def test_a_caller_whose_number_is_not_known_cannot_be_told_apart(caller: str, kind: str) -> None:
    assert call_of(row(Caller=caller, CallerKind=kind)).caller == ""


@pytest.mark.parametrize(
    ("outcomes", "tries"),
    [
        (["no_answer", "busy"], 2),
        (["caller_hung_up", "late", "closed"], 2),
        (["no_answer", "answered"], None),
        (["no_answer", "ended"], None),
        (["no_answer", ""], None),
        (["closed", "rejected"], None),
    ],
)
def test_a_caller_never_got_through_where_every_try_is_known_to_have_failed(
    outcomes: list[str], tries: int | None
) -> None:
    calls = [call_of(row(Caller="+431", Outcome=outcome, Called=LINE)) for outcome in outcomes]

    with Callers() as callers:
        callers.add(calls)
        found = callers.never_reached(10)

        assert callers.count() == len(found) == (tries is not None)
        assert [one.tries for one in found] == ([] if tries is None else [tries])


def test_the_line_that_a_caller_called_last_is_known_in_whatever_order_calls_are_read() -> None:
    calls = [
        call_of(row(Caller="+431", Outcome="busy", Called=line, ReceivedAt=f"2026-11-23T{hour:02}:00:00Z"))
        for line, hour in (("b", 9), ("c", 10), ("a", 8))
    ]

    with Callers() as callers:
        callers.add(calls)
        (found,) = callers.never_reached(10)

    assert (found.line, found.first.hour, found.last.hour) == ("c", 8, 10)


def test_a_call_counts_by_the_day_on_its_own_lines_wall() -> None:
    figures = Figures(Period(MONDAY, MONDAY, "x"))
    late = call_of(row(ReceivedAt="2026-11-23T23:30:00Z", Called="vienna"))

    assert not figures.add(late, lambda _: ZoneInfo("Europe/Vienna"))
    assert figures.add(late, lambda _: UTC)


HEAD = "PartitionKey;RowKey;ReceivedAt;Outcome\n"
LINES = "2026-11-23;a;2026-11-23T08:00:00Z;busy\n2026-11-23;b;2026-11-23T08:00:00Z;late\n"


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        pytest.param(HEAD + LINES, "utf-8-sig", id="excels"),
        pytest.param((HEAD + LINES).replace(";", ","), "utf-8", id="commas"),
        pytest.param((HEAD + LINES).replace(";", "\t"), "utf-16", id="utf-16-with-tabs"),
        pytest.param(f"sep=;\n{HEAD}{LINES}", "utf-8", id="named-separator"),
        pytest.param((HEAD + LINES).replace("\n", "\r\n"), "utf-8", id="windows"),
        pytest.param(HEAD.lower().replace("rowkey", "ROWKEY ") + LINES, "utf-8", id="other-letter-cases"),
    ],
)
def test_files_are_read_as_spreadsheets_save_them(tmp_path: Path, content: str, encoding: str) -> None:
    file = tmp_path / "calls.csv"
    file.write_bytes(content.encode(encoding))

    (page,) = from_files([file])

    assert [(one["RowKey"], one["Outcome"]) for one in page.rows] == [("a", "busy"), ("b", "late")]
    assert page.part == 1.0


@pytest.mark.parametrize("content", [b"Name;Outcome\n", b"", b"PartitionKey,RowKey\n\xff,x\n"])
def test_a_file_of_something_else_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "calls.csv"
    file.write_bytes(content)

    with pytest.raises(Unusable):
        list(from_files([file]))


# The most memory since the program began: what getrusage tells has the parent's in it.
_MEASURED = """
import sys
from pathlib import Path
from tools.report.__main__ import main
code = main(sys.argv[1:])
print(next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")).split()[1])
sys.exit(code)
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux says so")
def test_many_rows_take_no_more_memory_than_few(tmp_path: Path) -> None:
    peaks = []
    for many in (1_000, 100_000):
        file = tmp_path / f"calls-{many}.csv"
        with file.open("w") as text:
            text.write("PartitionKey,RowKey,ReceivedAt,Called,Caller,Rung,RedirectMs,Outcome,AnsweredBy\n")
            for number in range(many):
                at = f"2026-11-2{3 + number % 5}T{number % 24:02}:00:00Z"
                outcome = ("answered", "no_answer", "caller_hung_up", "ended")[number % 4]
                text.write(
                    f"{at[:10]},{number:08x},{at},line{number % 20},+43{number:010},a b,{number % 3000},{outcome},\n"
                )
        command = [
            sys.executable,
            "-c",
            _MEASURED,
            str(file),
            "--week",
            "2026-W48",
            "--output",
            str(tmp_path / "x.html"),
        ]
        printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S603 - ours
        peaks.append(int(printed.splitlines()[-1]))

    few, many = peaks
    assert many < 100_000  # kilobytes
    assert many - few < 25_000


def test_a_call_that_stands_in_several_files_counts_as_in_the_last(tmp_path: Path) -> None:
    header = "PartitionKey,RowKey,Outcome"
    texts = {
        "calls-monday.csv": f"{header}\n2026-11-23,a,\n2026-11-23,b,busy\n",
        "calls-week.csv": f"{header}\n2026-11-23,a,answered\n2026-11-24,b,busy\n,,busy\n,,busy\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")

    pages = list(from_files([tmp_path / name for name in texts]))

    counted = [(row["PartitionKey"], row["RowKey"], row["Outcome"]) for page in pages for row in page.rows]
    assert sorted(counted) == [
        *[("", "", "busy")] * 2,
        ("2026-11-23", "a", "answered"),
        ("2026-11-23", "b", "busy"),
        ("2026-11-24", "b", "busy"),
    ]
    assert [page.part for page in pages] == sorted(page.part for page in pages)
