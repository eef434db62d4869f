"""Tables checked before they are imported, then imported and exported: at the command line, against a table server."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest
from azure.data.tables import EdmType, EntityProperty, TableServiceClient

from local import check, tables, who
from local.azurite import azurite
from local.processes import PROJECT

type Command = Callable[[list[str] | None], int]

ANNA = "98da8a1a-1b87-452c-a713-65d3f10b1253"
LINE = "7629bdce-046c-4903-86b4-a8f718277e1a"
GOOD = f"""\
PartitionKey,RowKey,Name,Name@type,Order,Order@type,Enabled,Enabled@type
default,{ANNA},Anna Berg,String,10,Int32,true,Boolean
sales,+12345678901,007,String,,,,
"""
BAD = f"""\
PartitionKey,RowKey,Name
default,{ANNA},Anna
default,0664123456,"Cy
the second"
default,{ANNA},again
a/b,+12345678901,Bo
"""


@dataclass(frozen=True, slots=True)
class Ended:
    returncode: int
    stdout: str
    stderr: str


class Run(Protocol):
    def __call__(self, command: Command, *words: object, **settings: str) -> Ended: ...


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process: one of its own would take a second each time."""

    def run(command: Command, *words: object, **settings: str) -> Ended:
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        code = command([str(word) for word in words])
        said = capsys.readouterr()
        return Ended(code, said.out, said.err)

    return run


@pytest.fixture(scope="module")
def account() -> Iterator[str]:
    with azurite() as server:
        yield server.connection_string


@pytest.fixture
def targets(tmp_path: Path) -> Path:
    return written(tmp_path, "targets.csv", GOOD)


def written(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_a_good_file_is_said_to_be_good(targets: Path, run: Run) -> None:
    checked = run(check.main, targets)

    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "2 rows: 0 errors, 0 warnings.\n", "")


def test_the_seeds_of_the_demo_are_good(run: Run) -> None:
    checked = run(check.main, *sorted((PROJECT / "local/seed").glob("*.csv")))

    assert checked.returncode == 0, checked.stdout
    assert "0 errors" in checked.stdout


def test_each_mistake_is_named_with_its_line_row_and_column(tmp_path: Path, run: Run) -> None:
    checked = run(check.main, written(tmp_path, "targets.csv", BAD))

    assert checked.returncode == 1
    assert "error   targets.csv line 3, row default/0664123456, column RowKey: a phone number" in checked.stdout
    assert "the same row is in the file twice" in checked.stdout
    assert "column PartitionKey: a key must not hold '/'" in checked.stdout


@pytest.mark.parametrize(
    ("key", "says"),
    [("+49#1", "must not hold '#'"), ("", "must not be empty"), ("x" * 513, "longer than 512"), ("a\tb", r"'\t'")],
)
def test_a_key_that_no_table_takes_is_found(tmp_path: Path, key: str, says: str, run: Run) -> None:
    checked = run(check.main, written(tmp_path, "targets.csv", f'PartitionKey,RowKey\ndefault,"{key}"\n'))

    assert (checked.returncode, says in checked.stdout) == (1, True), checked.stdout


def test_a_list_that_only_the_other_table_knows_is_no_mistake(tmp_path: Path, run: Run) -> None:
    routes = written(tmp_path, "my-routes.csv", f"PartitionKey,RowKey,Ring,Empty\n{LINE},any,sales,night\n")
    both = run(check.main, routes, written(tmp_path, "targets.csv", GOOD))

    alone = run(check.main, routes)

    assert (alone.returncode, alone.stdout) == (0, "1 rows: 0 errors, 0 warnings.\n")
    assert both.returncode == 1
    assert "no such list: 'night'" in both.stdout


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("people.csv", GOOD, "name it after its table"),
        ("targets.csv", "Name\nAnna\n", "no column PartitionKey"),
        ("targets.csv", "PartitionKey,RowKey,A,A@type\na,b,x,Colour\n", "line 2, column A: no such type"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, name: str, text: str, says: str, run: Run) -> None:
    checked = run(check.main, written(tmp_path, name, text))

    assert (checked.returncode, says in checked.stderr) == (2, True)


def test_a_file_of_another_encoding_says_how_to_save_it_and_where(tmp_path: Path, run: Run) -> None:
    (tmp_path / "targets.csv").write_bytes("PartitionKey,RowKey,Name\ndefault,+12345678901,Jürgen\n".encode("cp1252"))

    checked = run(check.main, tmp_path / "targets.csv")

    assert checked.returncode == 2
    assert 'targets.csv, line 2: not UTF-8; save the file as "CSV UTF-8"' in checked.stderr


def test_a_file_in_utf_16_is_read(tmp_path: Path, run: Run) -> None:
    (tmp_path / "targets.csv").write_text(GOOD, encoding="utf-16")

    assert run(check.main, tmp_path / "targets.csv").returncode == 0


def test_a_list_in_capitals_still_has_its_line(tmp_path: Path, run: Run) -> None:
    checked = run(
        check.main, written(tmp_path, "targets.csv", f"PartitionKey,RowKey\nSales,{ANNA}\nSales,{ANNA.upper()}\n")
    )

    assert "warning targets.csv line 2, row sales/" in checked.stdout


def test_the_keys_may_be_in_any_letter_case(tmp_path: Path, run: Run) -> None:
    checked = run(check.main, written(tmp_path, "targets.csv", f"partitionkey,ROWKEY\ndefault,{ANNA}\n"))

    assert checked.returncode == 0, checked.stdout + checked.stderr


UNTYPED = (
    f"PartitionKey,RowKey,Order,Order@type\ndefault,{ANNA},ten,Int32\ndefault,0664123456,1,\nnight,+12345678902,2,\n"
)


def test_a_cell_that_is_not_of_its_type_hides_no_other_mistake(tmp_path: Path, run: Run) -> None:
    file = written(tmp_path, "targets.csv", UNTYPED)

    checked = run(check.main, file)
    told = run(who.main, file)

    assert checked.returncode == 1
    assert f"line 2, row default/{ANNA}, column Order: 'ten' is no Int32" in checked.stdout
    assert "line 3, row default/0664123456, column RowKey: a phone number" in checked.stdout
    assert "column Order: 'ten' is no Int32; taken as text" in told.stderr
    assert f"rings      {ANNA}" in told.stdout


def test_an_import_that_is_wanted_anyway_leaves_out_what_no_table_takes(account: str, tmp_path: Path, run: Run) -> None:
    good = "u,+12345678901,a,\nzzz,+12345678901,first,\nzzz,+12345678901,last,\n"
    bad = "b/b,+12345678901,b,\nuuu,+12345678901,x,Int32\n"
    file = written(tmp_path, "targets.csv", f"PartitionKey,RowKey,Name,Name@type\n{good}{bad}")

    imported = run(tables.main, "import", "--anyway", file, TABLES_CONNECTION_STRING=account)
    there = run(tables.main, "export", "targets", TABLES_CONNECTION_STRING=account).stdout

    assert imported.returncode == 1
    assert "left out: targets, row b/b/+12345678901: a key must not hold '/'" in imported.stderr
    assert "left out: targets, row uuu/+12345678901: a cell is not of its type" in imported.stderr
    assert "targets: 2 rows written" in imported.stdout
    assert ("u,+12345678901,a,String" in there, "zzz,+12345678901,last,String" in there) == (True, True)


def test_a_row_that_the_service_refuses_takes_no_other_down(account: str, tmp_path: Path, run: Run) -> None:
    rows = f"svc,+12345678901,{'x' * 40_000}\nsvc,+12345678902,good\n"
    file = written(tmp_path, "targets.csv", f"PartitionKey,RowKey,Note\n{rows}")

    imported = run(tables.main, "import", "--anyway", file, TABLES_CONNECTION_STRING=account)
    there = run(tables.main, "export", "targets", TABLES_CONNECTION_STRING=account).stdout

    assert imported.returncode == 1, imported.stdout
    assert "row svc/+12345678901: the service refuses it" in imported.stderr
    assert "svc,+12345678902" in there


def test_line_ends_in_a_cell_survive(account: str, tmp_path: Path, run: Run) -> None:
    (tmp_path / "targets.csv").write_bytes(b'PartitionKey,RowKey,Note\nuends,+12345678901,"a\r\nb\rc\nd"\n')

    run(tables.main, "import", tmp_path / "targets.csv", TABLES_CONNECTION_STRING=account)
    run(tables.main, "export", "targets", tmp_path / "out-targets.csv", TABLES_CONNECTION_STRING=account)

    assert b'"a\r\nb\rc\nd"' in (tmp_path / "out-targets.csv").read_bytes()


def test_a_file_that_is_not_there_is_refused_without_a_traceback(tmp_path: Path) -> None:
    checked = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "local.check", tmp_path / "targets.csv"],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    assert (checked.returncode, checked.stdout) == (2, "")
    assert "Traceback" not in checked.stderr


def test_what_is_imported_and_exported_keeps_its_types(targets: Path, account: str, tmp_path: Path, run: Run) -> None:
    imported = run(tables.main, "import", targets, TABLES_CONNECTION_STRING=account)
    with TableServiceClient.from_connection_string(account) as service:
        table = service.get_table_client("targets")
        table.upsert_entity({"PartitionKey": "x", "RowKey": "+4366412345", "Big": EntityProperty(7, EdmType.INT64)})
        before = [dict(row) for row in table.list_entities()]
        exported = run(tables.main, "export", "targets", tmp_path / "out-targets.csv", TABLES_CONNECTION_STRING=account)
        service.delete_table("targets")
        again = run(tables.main, "import", tmp_path / "out-targets.csv", TABLES_CONNECTION_STRING=account)
        after = [dict(row) for row in table.list_entities()]

    assert [imported.returncode, exported.returncode, again.returncode] == [0, 0, 0], imported.stderr + again.stderr
    assert after == before
    assert before[0] == {"PartitionKey": "default", "RowKey": ANNA, "Name": "Anna Berg", "Order": 10, "Enabled": True}
    assert before[1] == {"PartitionKey": "sales", "RowKey": "+12345678901", "Name": "007"}


def test_more_rows_than_one_batch_takes_are_imported(account: str, tmp_path: Path, run: Run) -> None:
    many = "".join(f"many,+4366400{number:05}\n" for number in range(250))

    imported = run(
        tables.main,
        "import",
        written(tmp_path, "targets.csv", f"PartitionKey,RowKey\n{many}"),
        TABLES_CONNECTION_STRING=account,
    )

    assert "250 rows written" in imported.stdout
    exported = run(tables.main, "export", "targets", TABLES_CONNECTION_STRING=account)
    assert exported.stdout.count("many,") == 250


def test_a_file_with_errors_is_not_imported_unless_asked_to(account: str, tmp_path: Path, run: Run) -> None:
    file = written(tmp_path, "holidays.csv", "PartitionKey,RowKey,Name\ndefault,Christmas,x\n")

    refused = run(tables.main, "import", file, TABLES_CONNECTION_STRING=account)
    none = run(tables.main, "export", "holidays", TABLES_CONNECTION_STRING=account)
    taken = run(tables.main, "import", "--anyway", file, TABLES_CONNECTION_STRING=account)

    assert (refused.returncode, "Nothing was written" in refused.stderr) == (1, True)
    assert none.stdout == "PartitionKey,RowKey\n"
    assert taken.returncode == 0


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        pytest.param({}, "set TABLES_ENDPOINT", id="nothing-set"),
        pytest.param({"TABLES_CONNECTION_STRING": "x"}, "is not a storage account's", id="no-connection-string"),
        pytest.param(
            {"TABLES_CONNECTION_STRING": "TableEndpoint=http://127.0.0.1:9/a;AccountName=a;AccountKey=YQ=="},
            "the tables do not answer",
            id="nobody-there",
        ),
        pytest.param({"TABLES_ENDPOINT": "https://a.invalid", "PATH": "/"}, "az login", id="no-azure-cli"),
    ],
)
def test_tables_out_of_reach_say_what_to_do(settings: dict[str, str], says: str, run: Run) -> None:
    commands: list[tuple[Command, list[str]]] = [(tables.main, ["export", "targets"]), (who.main, [])]
    for command, words in commands:
        refused = run(command, *words, **settings)

        assert (refused.returncode, says in refused.stderr) == (2, True), refused.stderr


def test_whoever_is_signed_in_with_az_needs_no_key(tmp_path: Path) -> None:
    given = json.dumps({"accessToken": "of-anna", "expires_on": 4_000_000_000})
    az = written(tmp_path, "az", f"#!/bin/sh\necho \"$@\" >{tmp_path}/asked\necho '{given}'\n")
    az.chmod(0o755)
    program = "from local.live import AzLogin; print(AzLogin().get_token('any'))"

    signed_in = subprocess.run(  # noqa: S603 - our own line
        [sys.executable, "-c", program],
        cwd=PROJECT,
        env={"PATH": f"{tmp_path}:/bin:/usr/bin"},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )

    assert "of-anna" in signed_in.stdout
    assert "--scope https://storage.azure.com/.default" in (tmp_path / "asked").read_text()
