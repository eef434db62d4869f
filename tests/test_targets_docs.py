"""docs/targets.md does what it shows: its rows, az commands and questions run, its columns and messages fit."""

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.console.explain.question import Question, sample_call
from shared.core.directory import away_rows, holiday_rows, route_rows, shift_rows, target_rows
from shared.core.directory.model import DEFAULT_LIST, Directory
from shared.core.notification.calls import Identity
from shared.core.routing.decide import choose_route
from shared.core.schedule import opening_hours, time_zones
from shared.settings.settings import NAMES, PLATFORM_NAMES
from tests.support.paths import ROOT
from tests.support.tables import ANNA, LINE, SECOND_LINE, absence, route, shift, target
from tools import check, csv_rows, rota, shifts_from, table_source, tables, week, who
from tools.table_source import Tables

TEXT = (ROOT / "docs" / "targets.md").read_text(encoding="utf-8")
SECTIONS = {part.partition("\n")[0]: part for part in re.split(r"^#{2,3} ", TEXT, flags=re.MULTILINE)[1:]}
RECIPES = {title.partition(". ")[2]: part for title, part in SECTIONS.items() if re.match(r"\d+\. ", title)}
KNOWN = {
    "targets": target_rows.COLUMNS,
    "routes": route_rows.COLUMNS,
    "holidays": holiday_rows.COLUMNS,
    "shifts": shift_rows.COLUMNS,
    "away": away_rows.COLUMNS,
}
VIENNA = ZoneInfo("Europe/Vienna")
WRONG: Mapping[tuple[str, str], Any] = {  # a cell that cannot be right, by table and column
    ("targets", "PartitionKey"): "reject",
    ("targets", "RowKey"): "0664123456",
    ("targets", "Kind"): "phone",
    ("targets", "Name"): "x" * 257,
    ("targets", "Enabled"): "maybe",
    ("targets", "Order"): "first",
    ("targets", "Hours"): "9-17",
    ("targets", "From"): "24/12/2026",
    ("targets", "Until"): "24/12/2026",
    ("targets", "TimeZone"): "Vienna time",
    ("routes", "PartitionKey"): "+4312345",
    ("routes", "RowKey"): "0664",
    ("routes", "Ring"): "slaes",
    ("routes", "Hours"): "9-17",
    ("routes", "Closed"): "nihgt",
    ("routes", "Empty"): "defualt",
    ("routes", "TimeZone"): "Vienna time",
    ("routes", "Country"): "Austria",
    ("routes", "Timeout"): 5,
    ("routes", "Pick"): "some",
    ("routes", "Forwarding"): "perhaps",
    ("routes", "Name"): "Sales",
    ("routes", "Protected"): "perhaps",
    ("routes", "Enabled"): "maybe",
    ("holidays", "PartitionKey"): "vienna",
    ("holidays", "RowKey"): "24.12.",
    ("shifts", "PartitionKey"): "defualt",
    ("shifts", "RowKey"): "Monday",
    ("shifts", "Who"): "Ana Berg",
    ("shifts", "Until"): "soon",
    ("away", "PartitionKey"): "Ana Berg",
    ("away", "RowKey"): "tomorrow",
    ("away", "Until"): "soon",
}
GOOD = {
    "targets": target(ANNA, Name="Anna Berg"),
    "routes": route(LINE, Name="Sales"),
    "holidays": {"PartitionKey": "default", "RowKey": "12-24"},
    "shifts": shift("default", "2026-11-30T08:00", "Anna Berg"),
    "away": absence("Anna Berg", "2026-12-21", Until="2027-01-03"),
}
LARGEST = 2**31 - 1  # an Int32: a longer number that is no key stops az

type Command = Callable[[list[str] | None], int]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a section shows: its files, the words of its az commands, its question, and what that prints."""

    files: Mapping[str, str]
    az: tuple[list[str], ...]
    asked: list[str]
    printed: str


def shown(section: str) -> Shown:
    blocks = re.findall(r"^```console\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 1
    commands = re.findall(r"^\$ (.*)$", blocks[0], re.MULTILINE)
    return Shown(
        files=dict(re.findall(r"^`(\w+\.csv)`\n```csv\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)),
        az=tuple(shlex.split(command) for command in commands[:-1]),
        asked=shlex.split(commands[-1]),
        printed=blocks[0].partition(f"$ {commands[-1]}\n")[2],
    )


def table(section: str, head: str) -> list[list[str]]:
    """Give the rows of the table whose first column has that head."""
    rows = section.partition(f"\n| {head} |")[2].partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split(" |")] for row in rows]


def as_az_writes(command: list[str]) -> tuple[str, dict[str, Any]]:
    """Give the table and the cells of an `az storage entity insert` or `merge`, as tests/az has seen az write."""
    assert command[:3] == ["az", "storage", "entity"]
    assert [command[4], command[6]] == ["-t", "-e"]
    cells = dict(word.split("=", 1) for word in command[7:])
    assert cells.keys() >= set(csv_rows.KEYS)
    return command[5], {name: text if name in csv_rows.KEYS else _cast(text) for name, text in cells.items()}


def _cast(text: str) -> str | float:
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        assert kind is float or abs(number) <= LARGEST, f"az stops at {text}"
        if number:
            return number
    return text


def by_az(commands: tuple[list[str], ...]) -> Tables:
    written: dict[str, dict[tuple[str, str], dict[str, Any]]] = {}
    for command in commands:
        name, row = as_az_writes(command)
        key, rows = (row["PartitionKey"], row["RowKey"]), written.setdefault(name, {})
        assert (key in rows) == (command[3] == "merge"), f"{command[3]} {key}"
        rows[key] = rows.get(key, {}) | row
    return Tables({name: list(rows.values()) for name, rows in written.items()})


def by_csv(files: Mapping[str, str]) -> Tables:
    return Tables({Path(name).stem: [placed.row for placed in csv_rows.read(text)] for name, text in files.items()})


def directory(rows: Tables) -> Directory:
    return table_source.directory(rows, table_source.settings({}))


def minutes_open(text: str, night_before: datetime) -> int:
    """Count the minutes of the day from noon on in which it is open in Vienna."""
    noon = night_before.replace(hour=12, tzinfo=VIENNA).astimezone(UTC)
    walls = (opening_hours.wall_clock(noon + timedelta(minutes=count), VIENNA) for count in range(24 * 60))
    return sum(opening_hours.parse_hours(text).open_at(wall) for wall in walls)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Run a command line of the page over its files, with none of this machine's settings: a blank one is missing."""
    for name in (*NAMES, *PLATFORM_NAMES):
        monkeypatch.setenv(name, "")
    monkeypatch.chdir(tmp_path)

    def run(command: Command, asked: list[str], files: Mapping[str, str]) -> str:
        assert asked[:3] == [".venv/bin/python", "-m", command.__module__]
        for name, text in files.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        command(asked[3:])
        said = capsys.readouterr()
        assert said.err == ""
        return said.out

    return run


@pytest.fixture(params=[pytest.param(text, id=title.lower().replace(" ", "-")) for title, text in RECIPES.items()])
def recipe(request: pytest.FixtureRequest) -> Shown:
    return shown(request.param)


def test_there_are_ten_recipes_in_order() -> None:
    numbered = [title.partition(". ")[0] for title in SECTIONS if re.match(r"\d+\. ", title)]

    assert numbered == [str(number) for number in range(1, 11)]
    assert len(RECIPES) == 10


def test_a_recipes_question_prints_what_the_page_says(recipe: Shown, run: Callable[..., str]) -> None:
    assert {word for word in recipe.asked if word.endswith(".csv")} == set(recipe.files)
    assert {"--caller", "--at"} <= set(recipe.asked)
    assert run(who.main, recipe.asked, recipe.files) == recipe.printed


def test_a_recipes_rows_have_no_problem(recipe: Shown, run: Callable[..., str]) -> None:
    checking = [*recipe.asked[:2], "tools.check", *recipe.files]

    assert directory(by_csv(recipe.files)).problems == ()
    assert "0 errors, 0 warnings" in run(check.main, checking, recipe.files)


def test_a_recipes_az_commands_write_its_rows(recipe: Shown) -> None:
    assert {command[3] for command in recipe.az} <= {"insert", "merge"}
    assert directory(by_az(recipe.az)) == directory(by_csv(recipe.files))


@pytest.mark.parametrize("name", KNOWN)
def test_the_page_has_each_column_that_the_code_reads_and_no_other(name: str) -> None:
    assert [row[0] for row in table(SECTIONS[name], "column")] == list(KNOWN[name])


@pytest.mark.parametrize("name", KNOWN)
def test_every_line_of_a_table_of_columns_has_all_its_cells(name: str) -> None:
    assert {len(row) for row in table(SECTIONS[name], "column")} == {4}


@pytest.mark.parametrize(
    ("name", "column", "says"),
    [
        pytest.param(name, row[0], row[3], id=f"{name}-{row[0]}")
        for name in KNOWN
        for row in table(SECTIONS[name], "column")
    ],
)
def test_a_wrong_cell_is_the_error_or_warning_that_the_page_says(name: str, column: str, says: str) -> None:
    assert ((name, column) in WRONG) == bool(says)
    wrong = {name: [GOOD[name] | {column: WRONG.get((name, column), "007")}]}

    others = {"targets": [GOOD["targets"]], "routes": [route(SECOND_LINE, Name="Sales")] if column == "Name" else []}
    problems = directory(
        Tables(others | {name: [*others.get(name, []), *wrong[name]]} if name == "routes" else others | wrong)
    ).problems

    levels = [problem.level.value for problem in problems if problem.table == name and problem.column == column]
    assert {level for level in levels if level not in says} == set()
    assert bool(levels) == bool(says)


def test_the_route_that_counts_is_the_first_of_the_pages() -> None:
    section = SECTIONS["Which route counts"]
    keys = [tuple(key.split("/")) for key in re.findall(r"^\d\. `(.+)`$", section, re.MULTILINE)]
    caller, line = re.findall(r"If (\+\d+) calls the line (\S+),", section)[0]
    call = sample_call(Question(line, caller, datetime.now(UTC)))

    assert call.caller == Identity("phone", caller)
    for place, key in enumerate(keys):
        rows = [route(*one) for one in reversed(keys[place:])]
        chosen = choose_route(call, directory(Tables({"targets": [target(ANNA)], "routes": rows})))
        assert (chosen.line, chosen.caller) == key
    assert choose_route(call, directory(Tables({}))).ring == DEFAULT_LIST
    assert len(keys) == 6


@pytest.mark.parametrize(
    "row", [pytest.param(row, id=row[0]) for row in table(SECTIONS["What Hours can say"], "Hours")]
)
def test_hours_are_open_and_closed_when_the_page_says(row: list[str]) -> None:
    read = opening_hours.parse_hours(row[0].strip("`"), "AT")

    assert (read.error, read.warnings) == ("", ())
    assert read.open_at(datetime.fromisoformat(row[2]))
    assert not read.open_at(datetime.fromisoformat(row[3]))


def test_hours_that_mean_something_else_are_warned_of_and_what_to_write_instead_is_not() -> None:
    rows = table(SECTIONS["What Hours can say"], "you write")

    assert len(rows) > 5
    for surprising, _, instead in rows:
        assert opening_hours.parse_hours(surprising.strip("`"), "AT").warnings, surprising
        right = opening_hours.parse_hours(instead.split("`")[1], "AT")
        assert (right.error, right.warnings) == ("", ()), instead


def test_time_zones_that_the_page_warns_of_are_named_by_a_city_instead() -> None:
    section = SECTIONS["Time zones"]
    cities, traps = (re.findall(r"`([^`]+)`", part) for part in section.split("Other ways"))

    assert all(time_zones.time_zone(city) and not time_zones.time_zone_trap(city) for city in cities)
    assert len(traps) > 5
    assert [trap for trap in traps if not time_zones.time_zone_trap(trap)] == []


def test_hours_that_the_page_calls_refused_are_and_what_to_write_instead_is_not() -> None:
    rows = table(SECTIONS["What Hours can say"], "refused")

    assert len(rows) == 5
    for refused, right in ([cell.strip("`") for cell in row] for row in rows):
        assert opening_hours.parse_hours(refused, "AT").error.endswith("; ignored, always on"), refused
        assert (opening_hours.parse_hours(right, "AT").error, opening_hours.parse_hours(right, "AT").warnings) == (
            "",
            (),
        ), right


def test_the_nights_in_which_the_clocks_change_are_as_long_as_the_page_says() -> None:
    section = SECTIONS["When the clocks change"]
    mornings = [datetime.fromisoformat(day) for day in re.findall(r"night to (\S+)", section)]
    rows = table(section, "Hours")

    assert len(rows) == len(mornings) == 2
    for text, *said in rows:
        lengths = [minutes_open(text.strip("`"), morning - timedelta(days=1)) for morning in mornings]
        assert [f"{length / 60:g} hours" for length in lengths] == said


def test_the_files_are_read_without_a_problem() -> None:
    plain, typed = (
        [
            placed.row
            for placed in csv_rows.read(re.findall(r"^```csv\n(.*?)^```$", SECTIONS[name], re.MULTILINE | re.DOTALL)[0])
        ]
        for name in ("Many rows at once", "Types")
    )
    night = route(Hours="Mo-Fr 08:00-17:00", Closed="night")

    assert plain[0] == target(ANNA, Name="Anna Berg", Order="10")
    assert typed[0] == target(ANNA, Name="Anna Berg", Order=10, Enabled=True)
    for rows in (plain, typed):
        assert directory(Tables({"targets": rows, "routes": [night]})).problems == ()


def test_the_commands_for_files_and_tables_are_taken(
    run: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    section = SECTIONS["Many rows at once"]
    lines = [shlex.split(line) for line in re.findall(r"^\.venv/bin/python .*$", section, re.MULTILINE)]

    assert [line[2:4] for line in lines] == [
        ["tools.check", "targets.csv"],
        ["tools.tables", "export"],
        ["tools.tables", "import"],
    ]
    assert "0 errors, 0 warnings" in run(check.main, lines[0], shown(RECIPES["A VIP"]).files)
    for line in lines[1:]:
        assert tables.main(line[3:]) == 2  # for want of an account, not of a word that it knows
        assert capsys.readouterr().err.startswith("set TABLES_ENDPOINT=")


def test_the_commands_for_rotas_and_days_are_taken(run: Callable[..., str], capsys: pytest.CaptureFixture[str]) -> None:
    text = "".join(SECTIONS[title] for title in ("Changing rows safely", "A rota in one go", "The days to come"))
    lines = [shlex.split(line) for line in re.findall(r"^\.venv/bin/python .*$", text, re.MULTILINE)]
    by_name: dict[str, Command] = {one.__module__: one for one in (tables.main, week.main, shifts_from.main)}

    assert [line[2] for line in lines][:3] == ["tools.tables", "tools.tables", "tools.rota"]
    assert [line[2] for line in lines][3:] == ["tools.shifts_from", "tools.week"]
    assert "13 shifts. After the last, from 2027-02-22T08:00" in run(rota.main, lines[2], {})
    Path("oncall.ics").touch()
    for line in (*lines[:2], *lines[3:]):
        assert by_name[line[2]](line[3:]) == 2  # for want of an account, not of a word that it knows
        assert capsys.readouterr().err.startswith("set TABLES_ENDPOINT=")


def test_the_messages_are_those_of_the_code(run: Callable[..., str]) -> None:
    said = shown(SECTIONS["What the messages mean"])

    assert len(said.printed.splitlines()) == 4
    assert run(check.main, said.asked, said.files) == said.printed
