"""All tables as the CSV files of a folder: loaded and saved, against a table server."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.data.tables import TableServiceClient

from local.azurite import Azurite
from tests.support.commands import Ended, Run
from tests.support.tables import ANNA, BO
from tools import folder, live_tables
from tools.replace_files import replace_files
from tools.table_source import Unusable

TARGETS = f"PartitionKey;RowKey;Order;Hours;Name\r\nb;+436641234567;2;;Jürgen\r\na;{ANNA};10;Mo-Fr 08:00-17:00;Anna\r\n"
ROUTES = "PartitionKey,RowKey,Ring,Ring@type,Enabled,Enabled@type\nany,any,a,String,true,Boolean\nany,+41,b,String,,\n"
HEAD = "PartitionKey,RowKey,Name\n"


@pytest.fixture(autouse=True)
def service(server: Azurite) -> Iterator[TableServiceClient]:
    """Give a storage account without rows."""
    with TableServiceClient.from_connection_string(server.connection_string) as service:
        for table in live_tables.TABLES:
            service.delete_table(table)
        yield service


@pytest.fixture
def run(server: Azurite, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("TABLES_CONNECTION_STRING", server.connection_string)
    return Run(monkeypatch, capsys)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Give a folder as a German Excel and Storage Explorer have saved it."""
    (tmp_path / "Targets.CSV").write_bytes(TARGETS.encode("cp1252"))
    (tmp_path / "routes.csv").write_text(ROUTES, encoding="utf-8")
    return tmp_path


def files(place: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in place.iterdir() if file.is_file()}


def text(file: Path) -> str:
    return file.read_bytes().decode("utf-8-sig")


def load(run: Run, place: Path, *options: str) -> Ended:
    return run(folder.main, "load", place, *options)


def save(run: Run, place: Path, *options: str) -> Ended:
    return run(folder.main, "save", place, *options)


def test_a_folder_is_loaded_with_what_there_is_to_say_of_it(run: Run, service: TableServiceClient, place: Path) -> None:
    (place / "target-list.csv").write_text("whatever")
    (place / ".~lock.routes.csv").write_text("LibreOffice's")

    loaded = load(run, place)

    names = {row["Name"] for row in live_tables.rows(service, "targets")}
    assert (loaded.returncode, loaded.stdout) == (0, f"{place}: 2 targets, 2 routes.\n")
    assert names == {"Jürgen", "Anna"}
    assert "target-list.csv is not read" in loaded.stderr
    assert "was read as Windows has it (cp1252)" in loaded.stderr
    assert "lock" not in loaded.stderr


def test_what_nobody_has_edited_is_not_written(run: Run, place: Path) -> None:
    before = files(place)
    load(run, place)

    saved = save(run, place)

    assert (saved.returncode, saved.stdout, files(place)) == (0, "", before)


def test_a_file_keeps_its_layout(run: Run, service: TableServiceClient, place: Path) -> None:
    load(run, place)
    targets, routes = service.get_table_client("targets"), service.get_table_client("routes")
    targets.upsert_entity({"PartitionKey": "a", "RowKey": ANNA, "Order": 3})
    targets.upsert_entity({"PartitionKey": "a", "RowKey": BO, "Name": "Bo", "Kind": "user"})
    routes.upsert_entity({"PartitionKey": "any", "RowKey": "+43", "Ring": "b", "Timeout": 20})

    saved = save(run, place)

    assert saved.stdout == f"saved: {place}/Targets.CSV\nsaved: {place}/routes.csv\n"
    assert text(place / "Targets.CSV") == (
        "PartitionKey;RowKey;Order;Hours;Name;Kind\n"
        "b;+436641234567;2;;Jürgen;\n"
        f"a;{ANNA};3;Mo-Fr 08:00-17:00;Anna;\n"
        f"a;{BO};;;Bo;user\n"
    )
    assert text(place / "routes.csv") == (
        "PartitionKey,RowKey,Ring,Ring@type,Enabled,Enabled@type,Timeout,Timeout@type\n"
        "any,any,a,String,true,Boolean,,\n"
        "any,+41,b,String,,,,\n"
        "any,+43,b,String,,,20,Int32\n"
    )
    assert load(run, place).returncode == 0


def test_new_tables_get_files_and_rows_that_went_are_gone(run: Run, service: TableServiceClient, place: Path) -> None:
    load(run, place)
    for caller in ("any", "+41"):
        service.get_table_client("routes").delete_entity("any", caller)
    service.create_table("holidays").upsert_entity({"PartitionKey": "default", "RowKey": "12-24", "Name": "Christmas"})

    save(run, place)

    assert text(place / "holidays.csv") == f"{HEAD}default,12-24,Christmas\n"
    assert text(place / "routes.csv").splitlines() == ["PartitionKey,RowKey,Ring,Ring@type,Enabled,Enabled@type"]
    assert sorted(files(place)) == ["Targets.CSV", "holidays.csv", "routes.csv"]


def test_only_the_tables_that_are_named_are_saved_and_beside_a_file_that_was_edited(
    run: Run, service: TableServiceClient, place: Path
) -> None:
    load(run, place)
    for table in ("targets", "routes"):
        service.get_table_client(table).upsert_entity({"PartitionKey": "any", "RowKey": "+43", "Name": "New"})
    (place / "routes.csv").write_text("half written by somebody", encoding="utf-8")
    before = files(place)

    saved = save(run, place, "--table=routes", "--beside=routes")

    assert saved.stdout == f"saved: {place}/routes.new.csv, for somebody has edited the file itself\n"
    assert {name: files(place)[name] for name in before} == before
    assert "any,+43,,New," in text(place / "routes.new.csv")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"routes.csv": "PartitionKey,RowKey,Ring\nany,any,\nany,a/b,a\n"}, "error   routes.csv line 3, row any/a/b"),
        ({"targets.csv": f"{HEAD}a,0664 123,Bo\n", "Targets.CSV": ""}, "error   targets.csv line 2, row a/0664 123"),
    ],
)
def test_where_there_is_an_error_nothing_is_loaded(
    run: Run, service: TableServiceClient, place: Path, changed: dict[str, str], said: str
) -> None:
    for name, content in changed.items():
        (place / name).write_text(content, encoding="utf-8")
        if not content:
            (place / name).unlink()

    loaded = load(run, place)

    assert loaded.returncode == 1
    assert said in loaded.stdout
    assert "Nothing was loaded" in loaded.stderr
    assert [row for table in live_tables.TABLES for row in live_tables.rows(service, table)] == []


def test_rows_that_are_left_out_are_told_apart_from_a_whole_load(run: Run, place: Path) -> None:
    (place / "routes.csv").write_text("PartitionKey,RowKey,Ring\nany,any,a\nany,a/b,a\n", encoding="utf-8")

    loaded = load(run, place, "--anyway")

    assert loaded.returncode == folder.LEFT_OUT
    assert loaded.stderr.count("left out: routes.csv line 3") == 1
    assert loaded.stdout.endswith(f"{place}: 2 targets, 1 routes.\n")


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ({}, "none of targets.csv, routes.csv, holidays.csv, shifts.csv, away.csv is in it"),
        ({"target.csv": ""}, "target.csv is not read: no table has its name; did you mean targets?"),
        ({"targets.new.csv": HEAD}, "targets.new.csv is not read"),
        ({"targets.xlsx": ""}, "targets.xlsx is not read: save it as CSV UTF-8, as targets.csv"),
        ({"targets.csv": HEAD, "Targets.csv": HEAD}, "are both for targets: keep one of them"),
        ({"targets.csv": "Name,Number\nBo,1\n"}, "there is no column PartitionKey and no column RowKey"),
        ({"targets.csv": f'{HEAD}a,+43,"Bo\n'}, "targets.csv: line 2:"),
    ],
)
def test_a_folder_of_no_use_is_refused_with_what_to_do(
    run: Run, tmp_path: Path, made: dict[str, str], said: str
) -> None:
    for name, content in made.items():
        (tmp_path / name).write_text(content, encoding="utf-8")

    loaded = load(run, tmp_path)

    assert (loaded.returncode, loaded.stdout) == (2, "")
    assert said in loaded.stderr


@pytest.mark.parametrize("command", ["load", "save"])
@pytest.mark.parametrize(("name", "said"), [("nowhere", "there is no such folder"), ("file", "Not a directory")])
def test_a_folder_that_is_none_is_refused(run: Run, tmp_path: Path, command: str, name: str, said: str) -> None:
    (tmp_path / "file").touch()

    refused = run(folder.main, command, tmp_path / name)

    assert (refused.returncode, refused.stdout, refused.stderr) == (2, "", f"{tmp_path / name}: {said}\n")


def test_a_file_that_cannot_be_read_any_more_keeps_the_others_from_being_written(
    run: Run, service: TableServiceClient, place: Path
) -> None:
    load(run, place)
    for table in ("targets", "routes"):
        service.get_table_client(table).upsert_entity({"PartitionKey": "any", "RowKey": "+43", "Name": "New"})
    (place / "routes.csv").write_text("no table at all", encoding="utf-8")
    before = files(place)

    saved = save(run, place)

    assert (saved.returncode, saved.stdout, files(place)) == (2, "", before)
    assert saved.stderr.startswith(f"{place}/routes.csv: ")


def test_files_are_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("old", encoding="utf-8")
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "file").touch()
    before = files(tmp_path)

    with pytest.raises(Unusable, match=r"nowhere/c\.csv: it cannot be written"):
        replace_files({tmp_path / "a.csv": "new", tmp_path / "nowhere" / "c.csv": "new"})
    with pytest.raises(Unusable, match="taken: it cannot be written"):
        replace_files({tmp_path / "taken": "new", tmp_path / "b.csv": "new"})

    assert files(tmp_path) == before


def test_a_link_stays_a_link_and_rights_stay(tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_text("old", encoding="utf-8")
    (tmp_path / "real.csv").chmod(0o640)
    (tmp_path / "a.csv").symlink_to("real.csv")
    mask = os.umask(0o027)

    try:
        replace_files({tmp_path / "a.csv": "new", tmp_path / "b.csv": "new"})
    finally:
        os.umask(mask)

    assert (tmp_path / "a.csv").is_symlink()
    assert text(tmp_path / "real.csv") == "new"
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("real.csv", "b.csv")] == [0o640, 0o640]
