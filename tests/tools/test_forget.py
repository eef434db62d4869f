"""One caller is found and erased, and nobody else."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from azure.data.tables import TableServiceClient

from local.azurite import Azurite
from tests.support.nowhere import STORAGE_NOWHERE
from tests.support.stack import seed
from tools import forget

CALLER, OTHER = "+436641234567", "+4366412345678"
DAY = "2026-11-23"


def call(key: str, caller: str, **columns: Any) -> dict[str, Any]:
    return {"PartitionKey": DAY, "RowKey": key, "Caller": caller, "CallerKind": "phone", "State": "done", **columns}


@pytest.fixture
def tables(server: Azurite, monkeypatch: pytest.MonkeyPatch) -> Iterator[TableServiceClient]:
    monkeypatch.setenv("TABLES_CONNECTION_STRING", server.connection_string)
    with TableServiceClient.from_connection_string(server.connection_string) as tables:
        mine = {
            "Route": f"any/{CALLER}",
            "Skipped": f"{CALLER}: calls",
            "Message": f"{CALLER} declined",
            "Outcome": "declined",
            "Seconds": 7,
        }
        seed(tables, "calls", [call("a", CALLER, **mine), call("b", CALLER), call("c", OTHER, Route="any/any")])
        waits = {"PartitionKey": "missed", "CallerKind": "phone", "Told": False}
        seed(
            tables,
            "state",
            [waits | {"RowKey": "a", "Caller": CALLER}, {"PartitionKey": "tidy", "RowKey": "closed", "Day": DAY}],
        )
        spelt = {"PartitionKey": "7629bdce", "RowKey": "+43 664 1234567", "Ring": "vip"}
        seed(tables, "routes", [{"PartitionKey": "any", "RowKey": CALLER, "Ring": "vip"}, spelt])
        seed(tables, "shifts", [{"PartitionKey": "oncall", "RowKey": DAY, "Who": "+43-664-1234567", "Note": OTHER}])
        seed(tables, "away", [{"PartitionKey": "any", "RowKey": DAY, "Note": f"as {CALLER} asked"}])
        yield tables


def rows(tables: TableServiceClient, table: str) -> dict[str, dict[str, Any]]:
    return {row["RowKey"]: dict(row) for row in tables.get_table_client(table).list_entities()}


def test_a_dry_run_counts_and_changes_nothing(
    tables: TableServiceClient, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "report.html"
    file.write_text(f"{CALLER} {OTHER} {CALLER}")
    before = rows(tables, "calls"), rows(tables, "state")

    assert forget.main(["+43 664 1234567", str(file), "--dry-run"]) == 0

    said = capsys.readouterr().out
    assert said.splitlines() == [
        "calls: 2 rows",
        "state: 1 rows",
        f"{file}: 2 times",
        "left as it is, for people wrote it: routes 7629bdce/+43 664 1234567",
        f"left as it is, for people wrote it: routes any/{CALLER}",
        f"left as it is, for people wrote it: shifts oncall/{DAY}",
        f"left as it is, for people wrote it: away any/{DAY}",
    ]
    assert (rows(tables, "calls"), rows(tables, "state")) == before
    assert file.read_text().count(CALLER) == 3  # with the one that the other number begins with


def test_a_caller_is_erased_and_the_record_stays(tables: TableServiceClient) -> None:
    assert forget.main([CALLER, "--yes"]) == 0

    calls, state = rows(tables, "calls"), rows(tables, "state")
    assert calls["a"] == {
        "PartitionKey": DAY,
        "RowKey": "a",
        "State": "done",
        "Route": "any/(erased)",
        "Skipped": "(erased): calls",
        "Outcome": "declined",
        "Seconds": 7,
    }
    assert "Caller" not in calls["b"]
    assert calls["c"]["Caller"] == OTHER
    assert (state["a"]["Caller"], state["a"]["Told"], state["closed"]["Day"]) == ("", False, DAY)
    assert rows(tables, "routes")[CALLER]["Ring"] == "vip"
    assert forget.main([CALLER, "--dry-run"]) == 0


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_files_are_overwritten_whatever_else_they_hold(tmp_path: Path, encoding: str) -> None:
    text = f"<td>{CALLER}</td>;Hana Weiß;{OTHER};x{CALLER}\r\n"
    files = [tmp_path / "calls.csv", tmp_path / "report.html"]
    for file in files:
        file.write_bytes(text.encode(encoding))

    assert forget.main([CALLER, str(tmp_path), "--yes"]) == 0

    expected = text.replace(f">{CALLER}<", ">(erased)<").encode(encoding)
    assert [file.read_bytes() for file in files] == [expected, expected]


@pytest.mark.usefixtures("tables")
def test_a_caller_of_whom_there_are_files_alone_is_erased_from_them(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text("+4311111111")

    assert forget.main(["+4311111111", str(file), "--yes"]) == 0

    assert file.read_text() == "(erased)"


@pytest.mark.usefixtures("tables")
def test_where_there_is_nothing_to_erase_nobody_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert forget.main(["+4311111111"]) == 0
    assert capsys.readouterr().out.splitlines() == ["calls: 0 rows", "state: 0 rows", "no file"]


@pytest.mark.parametrize(
    "written", ["+43 (664) 123-4567", "00436641234567", "0043 664 1234567", "tel:+436641234567", "436641234567"]
)
def test_a_number_is_read_as_records_are(
    tables: TableServiceClient, capsys: pytest.CaptureFixture[str], written: str
) -> None:
    del tables

    assert forget.main([written, "--dry-run"]) == 0
    assert capsys.readouterr().out.startswith("calls: 2 rows\n")


def test_a_caller_whose_number_could_not_be_read_is_found_as_it_stands(
    tables: TableServiceClient, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seed(tables, "calls", [call("d", "0664 1234567")])
    (tmp_path / "calls.csv").write_text("0664 1234567,10664 1234567\n")

    assert forget.main(["0664 1234567", str(tmp_path), "--yes"]) == 2
    assert "--exact" in capsys.readouterr().err
    assert forget.main(["0664 1234567", str(tmp_path), "--exact", "--yes"]) == 0

    assert "Caller" not in rows(tables, "calls")["d"]
    assert (tmp_path / "calls.csv").read_text() == "(erased),10664 1234567\n"


@pytest.mark.usefixtures("tables")
def test_files_are_found_in_folders_within_and_as_a_spreadsheet_saves_the_number(tmp_path: Path) -> None:
    inner = tmp_path / "november" / "Calls.CSV"
    inner.parent.mkdir()
    inner.write_text(f"{CALLER[1:]};{OTHER[1:]};1{CALLER[1:]};'{CALLER}\n")

    assert forget.main([CALLER, str(tmp_path), "--yes"]) == 0

    assert inner.read_text() == f"(erased);{OTHER[1:]};1{CALLER[1:]};'(erased)\n"


def test_what_came_while_the_question_was_asked_is_erased_too(
    tables: TableServiceClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Slow(io.StringIO):
        def isatty(self) -> bool:
            seed(tables, "calls", [call("new", CALLER)])
            return True

    monkeypatch.setattr("sys.stdin", Slow("yes\n"))

    assert forget.main([CALLER]) == 0

    assert "Caller" not in rows(tables, "calls")["new"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("typed", "code", "is_erased"),
    [
        pytest.param(Terminal(" Yes\n"), 0, True, id="yes"),
        pytest.param(Terminal("y\n"), 1, False, id="another-word"),
        pytest.param(io.StringIO("yes\n"), 1, False, id="nobody-at-a-terminal"),
    ],
)
def test_without_a_yes_nothing_is_erased(
    tables: TableServiceClient,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    typed: io.StringIO,
    code: int,
    *,
    is_erased: bool,
) -> None:
    monkeypatch.setattr("sys.stdin", typed)

    assert forget.main([CALLER]) == code

    assert ("Caller" not in rows(tables, "calls")["a"]) is is_erased
    said = capsys.readouterr()
    assert ("Erased: 3 rows, 0 files." in said.out, "Nothing was erased." in said.err) == (is_erased, not is_erased)


def test_a_user_is_found_whatever_the_case_of_the_id(
    tables: TableServiceClient, capsys: pytest.CaptureFixture[str]
) -> None:
    user = "98da8a1a-1b87-452c-a713-65d3f10b1253"
    seed(tables, "calls", [call("user", user)])
    seed(tables, "targets", [{"PartitionKey": "vip", "RowKey": user.upper()}])

    assert forget.main([user.upper(), "--yes"]) == 0

    assert "Caller" not in rows(tables, "calls")["user"]
    assert f"targets vip/{user.upper()}" in capsys.readouterr().out


@pytest.mark.usefixtures("tables")
def test_a_file_that_is_not_there_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert forget.main([CALLER, "missing.html", "--yes"]) == 2
    assert capsys.readouterr().err.startswith("missing.html: No such file or directory")


def test_tables_that_are_away_are_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("TABLES_CONNECTION_STRING", STORAGE_NOWHERE)

    assert forget.main([CALLER, "--yes"]) == 2
    assert "run it again" in capsys.readouterr().err


@pytest.mark.parametrize("caller", ["0664 1234567", "Anna", ""])
def test_nobody_cannot_be_forgotten(caller: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert forget.main([caller, "--yes"]) == 2
    assert "neither a phone number" in capsys.readouterr().err
