"""`make run DATA=folder KEEP=1`: one's own CSV files, and the edits in them."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from local import ring
from local.azurite import Azurite
from local.demo.data_folder import EDITED, DataFolder, DataRefused, Loading
from local.demo.examples import FRONT, Sample
from local.demo.own_lines import own_examples, own_sample
from local.demo.tables import SEED, Tables
from local.microsoft.exchange.call_script import BOT
from local.processes import PROJECT, Running, running
from tests.support.tables import ANNA, BO, LINE, SECOND_LINE, route, target

TARGETS = f"PartitionKey;RowKey;Name\r\nsales;{ANNA};Anna Berg\r\nsales;{BO};Bo Lindqvist\r\n"
ROUTES = f"PartitionKey,RowKey,Name,Ring\n{LINE},any,Sales,sales\n"
EDIT = {"PartitionKey": "sales", "RowKey": BO, "Enabled": "false"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "Anna's phones"
    folder.mkdir()
    (folder / "targets.csv").write_text(TARGETS, encoding="utf-8", newline="")
    (folder / "routes.csv").write_text(ROUTES, encoding="utf-8")
    return folder


@pytest.fixture
def tables(server: Azurite) -> Tables:
    """Give tables as a deployment makes them, without rows."""
    tables = Tables(int(re.findall(r":(\d+)/", server.endpoint)[0]))
    tables.make()
    for table in EDITED:
        for row in tables.rows(table):
            tables._service.get_table_client(table).delete_entity(dict(row))  # noqa: SLF001 - only a test deletes
    return tables


def loaded(wanted: Loading, tables: Tables, server: Azurite) -> DataFolder:
    data = DataFolder(wanted, tables, {"TABLES_CONNECTION_STRING": server.connection_string, "BOT_APP_ID": BOT})
    data.load()
    return data


def texts(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text(encoding="utf-8-sig") for file in folder.iterdir()}


def test_edits_are_kept_and_nothing_else_is_written(folder: Path, tables: Tables, server: Azurite) -> None:
    data = loaded(Loading(folder, kept=True), tables, server)
    before = texts(folder)

    unedited = data.keep()
    tables.put("targets", EDIT)
    tables.put("holidays", {"PartitionKey": "default", "RowKey": "12-24", "Name": "Christmas"})
    edited, again = data.keep(), data.keep()

    assert (data.said, unedited, again) == ([f"{folder}: 1 routes, 2 targets."], [], [])
    assert edited == [f"saved: {folder}/targets.csv", f"saved: {folder}/holidays.csv"]
    assert texts(folder) == {
        "routes.csv": before["routes.csv"],
        "targets.csv": f"PartitionKey;RowKey;Name;Enabled\nsales;{ANNA};Anna Berg;\nsales;{BO};Bo Lindqvist;false\n",
        "holidays.csv": "PartitionKey,RowKey,Name\ndefault,12-24,Christmas\n",
    }


def test_edits_are_kept_only_where_that_is_wanted_but_can_be_saved_by_hand(
    folder: Path, tables: Tables, server: Azurite
) -> None:
    data = loaded(Loading(folder), tables, server)
    tables.put("targets", EDIT)

    assert data.keep() == []
    assert texts(folder)["targets.csv"] == TARGETS.replace("\r\n", "\n")
    assert data.save() == [f"saved: {folder}/targets.csv"]


def test_a_file_that_somebody_edits_meanwhile_is_left_alone(folder: Path, tables: Tables, server: Azurite) -> None:
    data = loaded(Loading(folder, kept=True), tables, server)
    (folder / "targets.csv").write_text(f"{TARGETS}sales;+43", encoding="utf-8")
    theirs = (folder / "targets.csv").read_bytes()

    tables.put("routes", {"PartitionKey": "any", "RowKey": "any", "Ring": "sales"})
    other_table = data.keep()
    tables.put("targets", EDIT)
    same_table = data.keep()

    assert other_table == [f"saved: {folder}/routes.csv"]
    assert same_table == [f"saved: {folder}/targets.new.csv, for somebody has edited the file itself"]
    assert (folder / "targets.csv").read_bytes() == theirs
    assert f"sales,{BO},Bo Lindqvist,false" in texts(folder)["targets.new.csv"]


def test_what_cannot_be_kept_is_said_once_and_tried_again(folder: Path, tables: Tables, server: Azurite) -> None:
    data = loaded(Loading(folder, kept=True), tables, server)
    away = folder.with_name("away")
    folder.rename(away)
    tables.put("targets", EDIT)

    first, second, trouble = data.keep(), data.keep(), data.trouble
    away.rename(folder)
    third = data.keep()

    assert first == [f"Your edits are not in the files: {folder}: there is no such folder"] == [trouble]
    assert second == []
    assert (third, data.trouble) == ([f"saved: {folder}/targets.csv"], "")


@pytest.mark.parametrize("kept", [False, True])
def test_an_error_in_a_file_loads_nothing(folder: Path, tables: Tables, server: Azurite, *, kept: bool) -> None:
    (folder / "targets.csv").write_text("PartitionKey,RowKey\nsales,0664 123\n", encoding="utf-8")

    with pytest.raises(DataRefused) as refused:
        loaded(Loading(folder, kept=kept), tables, server)

    told = str(refused.value).splitlines()
    assert told[0].startswith("error   targets.csv line 2, row sales/0664 123, column RowKey: ")
    assert told[-1].startswith("Nothing was loaded: ")
    assert [row for table in EDITED for row in tables.rows(table)] == []


def test_rows_that_no_table_takes_are_not_lost_from_a_file_that_is_kept(
    folder: Path, tables: Tables, server: Azurite
) -> None:
    (folder / "routes.csv").write_text(f"{ROUTES}any,a/b,,sales\n", encoding="utf-8")

    with pytest.raises(DataRefused, match="The rows left out would be lost"):
        loaded(Loading(folder, anyway=True, kept=True), tables, server)
    data = loaded(Loading(folder, anyway=True), tables, server)
    tables.put("routes", {"PartitionKey": "any", "RowKey": "+43", "Ring": "sales"})
    with pytest.raises(DataRefused, match="The rows left out would be lost"):
        data.save()

    assert "1 routes" in data.said[-1]
    assert texts(folder)["routes.csv"] == f"{ROUTES}any,a/b,,sales\n"


@pytest.mark.skipif(not Path("/sys").is_dir(), reason="no folder here refuses even root")
def test_a_folder_that_cannot_be_written_is_refused_at_once_where_edits_are_to_be_kept(
    tables: Tables, server: Azurite
) -> None:
    with pytest.raises(DataRefused, match=r"^/sys: nothing can be written there .* leave KEEP=1 away"):
        loaded(Loading(Path("/sys"), kept=True), tables, server)
    with pytest.raises(DataRefused, match=r"^/sys: none of targets\.csv"):
        loaded(Loading(Path("/sys")), tables, server)


def test_the_code_page_of_the_files_can_be_named(folder: Path, tables: Tables, server: Azurite) -> None:
    (folder / "targets.csv").write_bytes(TARGETS.replace("Bo", "Jürgen").encode("cp850"))

    with pytest.raises(DataRefused, match="--encoding cp850 "):
        loaded(Loading(folder), tables, server)
    data = loaded(Loading(folder, encoding="cp850", kept=True), tables, server)

    assert tables.names()[BO]["Name"] == "Jürgen Lindqvist"
    for who in (ANNA, BO):  # the second time, the file has been written by us
        tables.put("targets", {"PartitionKey": "sales", "RowKey": who, "Enabled": "false"})
        assert data.keep() == [f"saved: {folder}/targets.csv"]
    assert f"sales;{BO};Jürgen Lindqvist;false" in texts(folder)["targets.csv"]


def test_the_first_lines_of_the_routes_are_called() -> None:
    rows = [route(LINE, "any", Name="Sales"), route("any", "+43"), route(SECOND_LINE), route(SECOND_LINE, "+43")]

    played = own_examples(rows)

    assert [example.title for example in played.values()] == ["Sales", "line 8729bdce…"]
    assert [example.asked["called"]["id"] for example in played.values()] == [LINE, SECOND_LINE]
    assert len(own_examples([route(f"{n}{LINE[1:]}") for n in range(7)])) == 3


@pytest.mark.parametrize("rows", [[], [route("any")], [route(BOT.upper(), "any")]])
def test_where_no_line_is_named_the_bot_itself_is_called(rows: list[dict[str, object]]) -> None:
    (played,) = own_examples(rows).values()

    assert (played.title, played.asked["called"]) == ("the bot itself", FRONT.called)
    assert own_sample(rows, []) == Sample("front", BOT, "default", "+436641234567")


def test_the_commands_name_a_target_that_a_shell_takes_as_it_is() -> None:
    targets = [target("+431", "night & day"), target(ANNA, "büro"), target(BO, "sales")]

    assert own_sample([route(LINE)], targets) == Sample(LINE, LINE, "sales", BO)


# From here on the whole of it runs.


def demo(*options: str) -> list[str]:
    ports = [f"--{name}-port=0" for name in ("page", "host", "microsoft", "login", "tables")]
    return [sys.executable, "-m", "local.demo", "--speed", "20", *ports, *options]


def once(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own command
        demo("--once", *options), cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False
    )


def _edited(up: Running, *words: str) -> int:
    up.wait_until(lambda: any("--list " in text for text in up.printed), 10)
    ports = str(re.findall(r'"--list ([^"]*)"', "\n".join(up.printed).replace(" \\\n", " "))[0]).split()
    return ring.main(["--set", *words, *ports])


def test_it_begins_with_the_folder_and_ends_with_the_edits_in_it(folder: Path) -> None:
    with running(demo("--data", str(folder), "--keep"), {}, ready="(It stays up)") as up:
        assert _edited(up, "targets", "sales", BO, "Enabled=false") == 0
        up.process.send_signal(signal.SIGINT)  # at once: it is kept as it ends
        code = up.process.wait(20)

    printed = "\n".join(up.printed)
    assert (code, up.log) == (0, [])
    assert f"{folder}: 1 routes, 2 targets." in printed
    assert "Call 1: Sales" in printed
    assert "list sales rings: Anna Berg and Bo Lindqvist" in printed
    assert up.printed[-1] == "All of it has ended."
    assert f"sales;{BO};Bo Lindqvist;false\n" in texts(folder)["targets.csv"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--keep"], "KEEP=1 keeps edits in a folder: name it with DATA=folder\n"),
        (["--data", "/nowhere", "--keep"], "/nowhere: there is no such folder\n"),
    ],
)
def test_what_makes_no_sense_is_said_before_anything_is_played(options: list[str], said: str) -> None:
    refused = once(*options)

    assert (refused.returncode, refused.stdout, refused.stderr) == (2, "", said)


def test_the_seed_can_be_copied_to_begin_with(tmp_path: Path) -> None:
    for file in SEED.glob("*.csv"):
        shutil.copy(file, tmp_path)

    played = once("--data", str(tmp_path))

    assert (played.returncode, played.stderr) == (0, "")
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(file.name for file in SEED.glob("*.csv"))


@pytest.mark.parametrize(
    ("words", "environment", "options"),
    [
        (["DATA=Anna's phones", "KEEP=1"], {}, ["--data", "Anna's phones", "--keep"]),
        (["DATA=x", "KEEP=0", "ARGS=--once"], {}, ["--data", "x", "--once"]),
        (["KEEP=yes"], {}, ["--keep"]),
        ([], {"DATA": "x", "KEEP": "1"}, []),
    ],
)
def test_make_hands_the_folder_on(words: list[str], environment: dict[str, str], options: list[str]) -> None:
    make = shutil.which("make")
    assert make
    printed = subprocess.run(  # noqa: S603 - our own words
        [make, "--dry-run", "run", *words],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"]} | environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    command = shlex.split(printed.splitlines()[-1].partition("; ")[2].partition(" || ")[0])
    assert command[1:] == ["-m", "local.demo", *options]
