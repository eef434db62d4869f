"""A week written by hand, so that each figure of its report is known beforehand: in the CSV files and on the page."""

import csv
import re
from datetime import UTC, date
from html.parser import HTMLParser
from itertools import pairwise, permutations
from pathlib import Path

import pytest

from shared.core.record.classes import CallClass
from tools.report.__main__ import main
from tools.report.call import COLUMNS, call_of
from tools.report.figures import Figures
from tools.report.period import Period
from tools.report.plots import plain_columns, stacked_columns

SALES, DESK = "5a1e5000-0000-4000-8000-000000000001", "1629bdce-046c-4903-86b4-a8f718277e1a"
NAME, DESKS_NAME = '=Sales, "EU" & Dr. <b>', "'s-Hertogenbosch"
ANNA, DUTY = "98da8a1a-1b87-452c-a713-65d3f10b1253", "+431234567"
_KEYS = ["PartitionKey", "RowKey"]
_COLUMNS = [name for name in COLUMNS if name != "EndedAt"]
CALLS = [  # on the wall an hour later
    ("2026-11-22T22:59:59Z", SALES, "", "+4311111", "phone", ANNA, 100, "busy", "", "d0"),
    ("2026-11-23T08:00:00Z", SALES, "", "+4311167", "phone", ANNA, 100, "no_answer", "", "d1"),
    ("2026-11-23T08:10:00Z", SALES, "", "", "", ANNA, 250, "answered", "x", "d2"),
    ("2026-11-22T23:00:00Z", SALES, "", "+4311111", "phone", ANNA, 100, "answered", "", "d2"),
    ("2026-11-23T08:20:00Z", SALES, "", "8:x", "encrypted", f"{ANNA} {DUTY}", 251, "busy", "", "d1"),
    ("2026-11-24T09:00:00Z", DESK, DESKS_NAME, "+4311167", "phone", DUTY, 16000, "caller_hung_up", "", ""),
    ("2026-11-24T09:30:00Z", DESK, "Old", "+4322268", "phone", DUTY, 100, "unreachable", "", ""),
    ("2026-11-24T09:20:00Z", DESK.upper(), "", "+4322268", "phone", "", 100, "late", "", ""),
    ("2026-11-24T09:40:00Z", DESK, DESKS_NAME, "+4333369", "phone", "", "", "closed", "", ""),
    ("2026-11-26T09:00:00Z", SALES, "", "+4344470", "phone", f"{ANNA} {DUTY}", 1000, "answered", DUTY, ""),
    ("2026-11-26T10:00:00Z", SALES, "", "+4344470", "phone", f"{ANNA} {DUTY}", 1001, "answered", "y", ""),
    ("2026-11-29T22:59:59Z", SALES, "", "+4355571", "phone", ANNA, 15000, "ended", "", ""),
    ("2026-11-29T23:00:00Z", SALES, "", "+4355571", "phone", ANNA, 100, "busy", "", ""),
]
TABLES = {
    "lines": """
Line|Calls|Answered|Gave up|Missed|Turned away|Unclear|Unanswered %|Redirect p50 ms|Redirect p95 ms|Redirect p99 ms
=Sales, "EU" & Dr. <b> (5a1e5000)|7|4|0|2|0|1|33.3|251|15000|15000
's-Hertogenbosch (1629bdce)|4|0|2|1|1|0|100.0|100|16000|16000
All lines|11|4|2|3|1|1|55.6|251|16000|16000
""",
    "days": """
Day|Calls|Answered|Gave up|Missed|Turned away|Unclear|Unanswered %
Mon 2026-11-23|4|2|0|2|0|0|50.0
Tue 2026-11-24|4|0|2|1|1|0|100.0
Wed 2026-11-25|0|0|0|0|0|0|
Thu 2026-11-26|2|2|0|0|0|0|0.0
Fri 2026-11-27|0|0|0|0|0|0|
Sat 2026-11-28|0|0|0|0|0|0|
Sun 2026-11-29|1|0|0|0|0|1|
""",
    "hours": """
Weekday|Hour|Calls meant to ring|Reached nobody|Unanswered %
Monday|0|1|0|0.0
Monday|9|3|2|66.7
Tuesday|10|3|3|100.0
Thursday|10|1|0|0.0
Thursday|11|1|0|0.0
""",
    "outcomes": """
Class|Outcome|Calls
Answered|answered|4
Gave up|caller_hung_up|1
Gave up|late|1
Missed|busy|1
Missed|no_answer|1
Missed|unreachable|1
Turned away|closed|1
Unclear|ended|1
""",
    "redirect-times": """
From the call to Graph's answer|Calls
up to 0.1 s|3
up to 0.25 s|1
up to 0.5 s|1
up to 1 s|1
up to 2 s|1
up to 3 s|0
up to 5 s|0
up to 10 s|0
up to 15 s|1
over 15 s|1
""",
    "targets": """
Who rang|Offered|Answered|Answered %|Answered, Microsoft did not say by whom
@Anna|7|2|28.6|1
…67|5|1|20.0|1
""",
    "callers": """
Caller|Tries|Line called last|First|Last
…68|2|'s-Hertogenbosch (1629bdce)|2026-11-24 10:20|2026-11-24 10:30
…67|2|'s-Hertogenbosch (1629bdce)|2026-11-23 09:00|2026-11-24 10:00
""",
    "directories": """
Directory|First call|Last call|Calls|Unanswered %
d2|2026-11-23 00:00|2026-11-23 09:10|2|0.0
d1|2026-11-23 09:00|2026-11-23 09:20|2|100.0
""",
}
_OF_PAGE = ("lines", "days", "hours in color", "hours", *[*TABLES][3:])


class _Tables(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self._is_in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in {"td", "th"}:
            self.tables[-1][-1].append("")
            self._is_in_cell = True

    def handle_endtag(self, tag: str) -> None:
        self._is_in_cell = self._is_in_cell and tag not in {"td", "th"}

    def handle_data(self, data: str) -> None:
        if self._is_in_cell:
            self.tables[-1][-1][-1] += data


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("files")
    _write(folder / "calls.csv", _COLUMNS, [(one[0][:10], f"c{at}", *one) for at, one in enumerate(CALLS)])
    _write(folder / "routes.csv", [*_KEYS, "Name"], [(SALES, "any", NAME)])
    _write(folder / "targets.csv", [*_KEYS, "Name"], [("default", ANNA, "@Anna"), ("default", DUTY, "")])
    return [str(folder / f"{name}.csv") for name in ("calls", "routes", "targets")]


@pytest.fixture(scope="module")
def made(files: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _made(files, tmp_path_factory.mktemp("week"), "--week", "2026-W48")


@pytest.fixture(scope="module")
def page(made: Path) -> str:
    return (made / "page.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", TABLES)
def test_each_file_has_the_figures_and_nothing_that_a_spreadsheet_runs(made: Path, name: str) -> None:
    with (made / f"report-2026-W48-{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        shown = list(csv.reader(file))

    assert shown == [[f"'{cell}" if cell[:1] in {"=", "@"} else cell for cell in row] for row in _cells(name)]


@pytest.mark.parametrize("name", TABLES)
def test_the_page_has_the_figures_of_the_files(page: str, name: str) -> None:
    found = _Tables()
    found.feed(page)

    shown = dict(zip(_OF_PAGE, found.tables, strict=True))[name]
    assert shown == [[f"{int(cell):,}" if cell.isdigit() else cell for cell in row] for row in _cells(name)]


def test_the_page_says_how_many_reached_nobody_and_when_most_did(page: str) -> None:
    text = re.sub(r"<[^>]+>", " ", page)

    assert "<h1>5 of 9 calls reached nobody: 55.6 %.</h1>" in page
    assert "The worst hour was Tuesday, 10:00 to 11:00: 3 of 3." in text
    assert "calls of 2026-11-23 to 2026-11-29" in text
    assert "2 callers tried and reached nobody, not even later.</p>" in page
    assert "Callers without a number, who cannot be told apart: 2 calls." in text
    assert "Numbers are shown as --numbers masked says." in text


def test_without_numbers_it_shows_no_digit_of_one(files: list[str], tmp_path: Path) -> None:
    wanted = ["--week", "2026-W48", "--numbers", "none", "--csv", str(tmp_path), "--output", str(tmp_path / "page")]
    main([*files, *wanted])

    text = "".join(file.read_text(encoding="utf-8") for file in tmp_path.iterdir())
    assert "target 2" in text
    assert "\u2026" not in text


def test_the_page_begins_with_its_tiles_and_has_its_parts_in_order(page: str) -> None:
    assert re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page) == [
        ("Calls", "11"),
        ("Answered", "4"),
        ("Gave up", "2"),
        ("Missed", "3"),
        ("Turned away", "1"),
        ("Unclear", "1"),
        ("19 of 20 redirected within", "16.00 s"),
    ]
    assert re.findall(r"<h2>(.*?)</h2>", page) == [
        "By line",
        "When",
        "When callers reach nobody",
        "How calls ended",
        "How quick redirects were",
        "Who rang",
        "Who never got through",
        "States of the tables",
        "How this was counted",
    ]
    assert "<title>Calls 2026-W48</title>" in page
    assert "How long redirects took, of the 15 s that a call may wait." in page
    assert '<meta http-equiv="Content-Security-Policy" content="default-src &#x27;none&#x27;;' in page


def test_each_hour_has_its_calls_and_a_shade_by_its_share(page: str) -> None:
    hours = re.findall(r'<table class="heat">.*?</table>', page)[0]
    (monday, tuesday, thursday, sunday) = re.findall(r'<tr><th scope="row">(\w+)</th>(.*?)</tr>', hours)

    assert re.findall(r'<th scope="col">(\w+)</th>', hours) == ["Hour", *map(str, range(24))]
    assert (monday[0], tuesday[0], thursday[0], sunday[0]) == ("Monday", "Tuesday", "Thursday", "Sunday")
    assert re.findall(r"(\d) of", re.sub(r"</?small>", " ", "".join(sunday))) == []
    cells = [re.findall(r"<td.*?</td>", row) for _, row in (monday, tuesday, thursday)]
    assert cells[0][0] == cells[2][10] == "<td>0<small>of 1</small></td>"
    assert cells[0][9] == '<td class="heat-3"><b>2</b><small>of 3</small></td>'
    assert cells[1][10] == '<td class="heat-4"><b>3</b><small>of 3</small></td>'


def test_columns_stand_on_each_other_as_high_as_their_figures(page: str) -> None:
    by_day, by_time = re.findall(r"<svg.*?</svg>", page)
    marks = re.findall(r'<rect x="(.*?)" y="(.*?)" width=".*?" height="(.*?)" class="is-(.*?)">', by_day)
    unit = float(marks[-1][2])

    assert [(kind, round(float(height) / unit)) for *_, height, kind in marks] == [
        *(("answered", 2), ("missed", 2)),
        *(("gave-up", 2), ("missed", 1), ("turned-away", 1)),
        *(("answered", 2), ("unclear", 1)),
    ]
    ends = [(x, float(y), round(float(y) + float(height), 1)) for x, y, height, _ in marks]
    assert [one == other for (x, one, _), (same, _, other) in pairwise(ends) if x == same] == [True] * 3
    assert len({x for x, *_ in ends}) == 4
    assert re.findall(r">(\d)</text>", by_day) == list("01234")
    assert re.findall(r">(\w{3} \d+)</text>", by_day)[::6] == ["Mon 23", "Sun 29"]
    heights = re.findall(r'height="(.*?)" class="is-plain"', by_time)
    assert [round(float(height) / unit) for height in heights] == [3, 1, 1, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("most", "labels"),
    [(0, "0 1 2 3 4"), (4, "0 1 2 3 4"), (5, "0 2 4 6 8"), (9, "0 5 10 15 20"), (81, "0 50 100 150 200")],
)
def test_no_column_is_higher_than_its_plot(most: int, labels: str) -> None:
    stacked = stacked_columns("x", [("a", {CallClass.MISSED: most}), ("b", {CallClass.MISSED: 1})]).text
    plain = plain_columns("x", [("a", most), ("b", 1)]).text

    for drawn in (stacked, plain):
        assert re.findall(r">(\d+)</text>", drawn) == labels.split()
        assert min(float(y) for y in re.findall(r'<rect x=".*?" y="(.*?)"', drawn)) >= 8


@pytest.mark.parametrize(
    ("calls", "hour"),
    [
        pytest.param("23T01 busy, 23T02 busy, 23T02 busy, 23T02 answered", (0, 2), id="most-calls"),
        pytest.param("23T01 busy, 23T01 answered, 23T02 busy", (0, 2), id="of-as-many-the-larger-share"),
        pytest.param("23T03 busy, 24T01 busy, 23T02 busy", (0, 2), id="of-the-same-the-first-of-the-week"),
        pytest.param("23T01 answered, 23T02 closed, 23T03 ended", None, id="none"),
    ],
)
def test_the_worst_hour_is_one_in_which_most_reached_nobody(calls: str, hour: tuple[int, int] | None) -> None:
    figures = Figures(Period(date(2026, 11, 23), date(2026, 11, 29), "2026-W48"))
    for time, outcome in (one.split() for one in calls.split(", ")):
        figures.add(call_of({"ReceivedAt": f"2026-11-{time}:00:00Z", "Outcome": outcome}), lambda _: UTC)

    assert figures.worst_hour == hour


@pytest.mark.parametrize("order", [*permutations(["09 Old", "10 New", "11"])])
def test_a_line_has_the_newest_name_in_whatever_order_calls_are_read(order: tuple[str, ...]) -> None:
    figures = Figures(Period(date(2026, 11, 23), date(2026, 11, 23), "x"))
    for hour, *name in (one.split() for one in order):
        row = {"ReceivedAt": f"2026-11-23T{hour}:00:00Z", "Called": DESK, "CalledName": "".join(name)}
        figures.add(call_of(row), lambda _: UTC)

    assert figures.line_names[DESK][1] == "New"


def test_a_day_of_one_line_has_no_sum_and_its_hours_are_drawn(files: list[str], tmp_path: Path) -> None:
    folder = _made(files, tmp_path, "--day", "2026-11-26")
    lines = (folder / "report-2026-11-26-lines.csv").read_text(encoding="utf-8-sig").splitlines()
    page = (folder / "page.html").read_text(encoding="utf-8")

    assert len(lines) == 2
    assert "calls of 2026-11-26<" in page
    assert "<h1>2 calls, and none is known to have reached nobody.</h1>" in page
    assert "The worst hour" not in page
    plot = re.findall(r"<svg.*?</svg>", page)[0]
    marks = re.findall(r'<rect x="(.*?)" y=".*?" width="(.*?)" height=".*?" class="is-(.*?)">', plot)
    assert [kind for *_, kind in marks] == ["answered", "answered"]
    places = [(float(x) - 44) / (float(width) / 0.76) for x, width, _ in marks]
    assert [int(place) for place in places] == [10, 11]
    heat = re.findall(r'<table class="heat">.*?</table>', page)[0]
    assert re.findall(r'<th scope="col">(\d+)</th>', heat) == ["10", "11"]
    assert "Nobody whose number is known." in page


def test_two_days_are_drawn_as_days(files: list[str], tmp_path: Path) -> None:
    folder = _made(files, tmp_path, "--from", "2026-11-23", "--to", "2026-11-24")

    page = (folder / "page.html").read_text(encoding="utf-8")
    assert re.findall(r">(\w{3} \d+)</text>", page) == ["Mon 23", "Tue 24"]


def test_where_semicolons_part_cells_a_comma_parts_decimals(files: list[str], tmp_path: Path) -> None:
    """A spreadsheet that takes semicolons reads 33.3 as a day in March."""
    folder = _made(files, tmp_path, "--week", "2026-W48", "--separator", ";")

    lines = (folder / "report-2026-W48-lines.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[1] == '"\'=Sales, ""EU"" & Dr. <b> (5a1e5000)";7;4;0;2;0;1;33,3;251;15000;15000'


def test_at_the_terminal_it_is_said_what_was_made_and_what_was_left_out(
    files: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    _write(tmp_path / "more-calls.csv", _KEYS, [("x", "a"), ("x", "b")])
    options = ["--week", "2026-W48", "--zone", "Europe/Vienna", "--csv", "new/folder"]

    for _ in range(2):
        assert main([*files, "more-calls.csv", *options]) == 0

    said = capsys.readouterr()
    assert said.out.splitlines()[2:] == [
        "5 of 9 calls reached nobody: 55.6 %. The worst hour was Tuesday, 10:00 to 11:00: 3 of 3.",
        "report-2026-W48.html: open it in a browser",
    ]
    assert said.err.splitlines() == ["2 rows without a clear time: not counted"] * 2
    assert {path.name for path in tmp_path.iterdir()} == {"more-calls.csv", "new", "report-2026-W48.html"}
    assert len([*(tmp_path / "new" / "folder").iterdir()]) == len(TABLES)


def test_without_a_file_of_calls_none_is_looked_for_elsewhere(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*files[1:], "--week", "2026-W48"]) == 2
    assert "name it calls.csv" in capsys.readouterr().err


def _made(files: list[str], folder: Path, *options: str) -> Path:
    options = (*options, "--zone", "Europe/Vienna", "--csv", str(folder), "--output", str(folder / "page.html"))
    assert main([*files, *options]) == 0
    return folder


def _cells(name: str) -> list[list[str]]:
    return [row.split("|") for row in TABLES[name].strip().splitlines()]


def _write(file: Path, columns: list[str], rows: list[tuple[object, ...]]) -> None:
    with file.open("w", encoding="utf-8-sig", newline="") as text:
        csv.writer(text).writerows([columns, *rows])
