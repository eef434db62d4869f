"""Tables imported and exported, at the command line, against a table server."""

import codecs
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.data.tables import EdmType, EntityProperty, TableServiceClient

from local.azurite import Azurite
from local.faultproxy import FaultProxy
from local.loopback.faults import Reset, Says, Slow
from local.processes import PROJECT
from tests.support.commands import Command, Run
from tests.support.servers import Exchange, Handler, serving
from tests.support.tables import ANNA
from tools import live_tables, tables, who

GOOD = f"""\
PartitionKey,RowKey,Name,Name@type,Order,Order@type,Enabled,Enabled@type
default,{ANNA},Anna Berg,String,10,Int32,true,Boolean
sales,+12345678901,007,String,,,,
"""


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(monkeypatch, capsys)


@pytest.fixture
def account(server: Azurite) -> str:
    """Give a storage account without tables."""
    with TableServiceClient.from_connection_string(server.connection_string) as service:
        for table in live_tables.TABLES:
            service.delete_table(table)
    return server.connection_string


@pytest.fixture
def proxy(server: Azurite) -> Iterator[FaultProxy]:
    with FaultProxy(int(server.endpoint.rpartition(":")[2].partition("/")[0])) as proxy:
        yield proxy


@pytest.fixture
def targets(tmp_path: Path) -> Path:
    return written(tmp_path, "targets.csv", GOOD)


def written(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def keys(run: Run, account: str, *partitions: str) -> list[str]:
    """Give the keys of the targets in these partitions."""
    rows = run(tables.main, "export", "targets", TABLES_CONNECTION_STRING=account).stdout.splitlines()
    return [",".join(row.split(",")[:2]) for row in rows if row.partition(",")[0] in partitions]


def test_an_import_that_is_wanted_anyway_leaves_out_what_no_table_takes(account: str, tmp_path: Path, run: Run) -> None:
    rows = "aaa,+12345678901,1,Int32\nb/b,+12345678901,2,\nuuu,+12345678901,WAHR,\nzzz,+12345678901,3,\n"
    file = written(tmp_path, "targets.csv", f"PartitionKey,RowKey,Order,Order@type\n{rows}")

    imported = run(tables.main, "import", "--anyway", file, TABLES_CONNECTION_STRING=account)

    key, cell = imported.stderr.splitlines()
    assert imported.returncode == 1
    assert (
        key == "left out: targets.csv line 3, row b/b/+12345678901: a key must not hold '/': the table refuses the row"
    )
    assert cell.startswith("left out: targets.csv line 4, row uuu/+12345678901: Order: 'WAHR' is no Int32: write")
    assert imported.stdout.splitlines()[-1].startswith("targets: 2 rows written, 2 left out;")
    assert keys(run, account, "aaa", "b/b", "uuu", "zzz") == ["aaa,+12345678901", "zzz,+12345678901"]


def test_of_a_row_that_is_there_twice_the_last_is_written(account: str, tmp_path: Path, run: Run) -> None:
    first = written(tmp_path, "targets-1.csv", "PartitionKey,RowKey,Name\ntwice,+12345678901,a\n")
    second = written(tmp_path, "targets-2.csv", "PartitionKey,RowKey,Name\ntwice,+12345678901,b\n")

    imported = run(tables.main, "import", "--anyway", first, second, TABLES_CONNECTION_STRING=account)

    assert imported.returncode == 1
    assert imported.stderr == (
        "left out: targets-1.csv line 2, row twice/+12345678901: "
        "the same row comes again in targets-2.csv line 2, and the last one counts\n"
    )
    assert "targets: 1 rows written, 1 left out;" in imported.stdout
    assert "twice,+12345678901,b\n" in run(tables.main, "export", "targets").stdout


def test_a_row_that_is_there_twice_is_left_out_only_where_a_cell_is_wrong(
    account: str, tmp_path: Path, run: Run
) -> None:
    rows = "half,+12345678901,1,Int32\nhalf,+12345678901,x,Int32\n"
    file = written(tmp_path, "targets.csv", f"PartitionKey,RowKey,Order,Order@type\n{rows}")

    imported = run(tables.main, "import", "--anyway", file, TABLES_CONNECTION_STRING=account)

    assert "targets: 1 rows written, 1 left out;" in imported.stdout
    assert "targets.csv line 3, row half/+12345678901: Order: 'x' is no Int32" in imported.stderr
    assert keys(run, account, "half") == ["half,+12345678901"]


def test_a_row_that_the_service_refuses_takes_no_other_down(account: str, tmp_path: Path, run: Run) -> None:
    rows = f"svc,+12345678901,{'x' * 40_000}\nsvc,+12345678902,good\n"
    file = written(tmp_path, "targets.csv", f"PartitionKey,RowKey,Note\n{rows}")

    imported = run(tables.main, "import", file, TABLES_CONNECTION_STRING=account)

    assert imported.returncode == 1
    refused = "row svc/+12345678901: the service refuses it (PropertyValueTooLarge)"
    assert imported.stderr == f"left out: targets.csv line 2, {refused}\n"
    assert "targets: 1 rows written, 1 left out;" in imported.stdout
    assert keys(run, account, "svc") == ["svc,+12345678902"]


def test_rows_that_are_too_many_bytes_at_once_are_written_one_by_one(
    account: str, proxy: FaultProxy, tmp_path: Path, run: Run
) -> None:
    file = written(tmp_path, "targets.csv", "PartitionKey,RowKey\nlong,+12345678901\nlong,+12345678902\n")
    proxy.spoils(Says(413), table="$batch", times=1)

    imported = run(tables.main, "import", file, TABLES_CONNECTION_STRING=proxy.through(account))

    assert (imported.returncode, imported.stderr) == (0, "")
    assert keys(run, account, "long") == ["long,+12345678901", "long,+12345678902"]


def refuses_all(exchange: Exchange) -> None:
    exchange.reply(400, b'{"odata.error":{"code":"InvalidInput","message":{"value":"-"}}}')


def finds_a_row_too_large(exchange: Exchange) -> None:
    inner = "Content-Type: application/http\r\n\r\nHTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"
    parts = f"--c\r\n{inner}\r\n--c--\r\n"
    body = f"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n{parts}--b--\r\n"
    exchange.reply(202, body.encode(), "Content-Type: multipart/mixed; boundary=b")


@pytest.mark.parametrize(("answer", "code"), [(refuses_all, "InvalidInput"), (finds_a_row_too_large, "413")])
def test_a_refused_row_is_named_with_the_code_of_the_service(
    answer: Handler, code: str, tmp_path: Path, run: Run
) -> None:
    def of_tables(exchange: Exchange) -> None:
        if "$batch" in exchange.path:
            answer(exchange)
        else:
            exchange.reply(409, b'{"odata.error":{"code":"TableAlreadyExists","message":{"value":"-"}}}')

    file = written(tmp_path, "targets.csv", "PartitionKey,RowKey\nlong,+12345678901\n")
    with serving(of_tables) as service:
        connection = f"TableEndpoint={service.url}/a;AccountName=a;AccountKey=YQ=="
        imported = run(tables.main, "import", file, TABLES_CONNECTION_STRING=connection)

    assert (imported.returncode, f"the service refuses it ({code})" in imported.stderr) == (1, True), imported.stderr


@pytest.mark.parametrize(
    ("rows", "passed", "count"),
    [
        pytest.param("".join(f"gone,+4366400{n:05}\n" for n in range(150)), 1, 100, id="between-two-batches"),
        pytest.param("gone,+1,\ngone,+2,\n" + f"gone,+3,{'x' * 40_000}\n" + "gone,+4,\n", 3, 2, id="one-by-one"),
    ],
)
def test_what_was_written_before_the_tables_went_away_is_said(  # noqa: PLR0917 - the last four are fixtures
    rows: str, passed: int, count: int, account: str, proxy: FaultProxy, tmp_path: Path, run: Run
) -> None:
    file = written(tmp_path, "targets.csv", f"PartitionKey,RowKey,Note\n{rows}")
    proxy.spoils(Slow(0), table="$batch", times=passed)
    proxy.spoils(Reset(), table="$batch")

    imported = run(tables.main, "import", "--anyway", file, TABLES_CONNECTION_STRING=proxy.through(account))

    assert imported.returncode == 2
    assert "the tables do not answer" in imported.stderr
    assert f"targets: {count} rows were written before that" in imported.stderr


def test_who_may_not_write_is_told_so_and_no_row_is_blamed(
    account: str, proxy: FaultProxy, tmp_path: Path, run: Run
) -> None:
    file = written(tmp_path, "targets.csv", "PartitionKey,RowKey\nnone,+12345678901\nnone,+12345678902\n")
    proxy.spoils(Says(403), table="$batch")

    imported = run(tables.main, "import", file, TABLES_CONNECTION_STRING=proxy.through(account))

    assert imported.returncode == 2
    assert imported.stderr.startswith("the tables do not answer (403): you need the role")
    assert "targets: 0 rows were written before that" in imported.stderr
    assert "left out" not in imported.stderr


def test_line_ends_in_a_cell_survive(account: str, tmp_path: Path, run: Run) -> None:
    (tmp_path / "targets.csv").write_bytes(b'PartitionKey,RowKey,Note\nuends,+12345678901,"a\r\nb\rc\nd"\n')

    run(tables.main, "import", tmp_path / "targets.csv", TABLES_CONNECTION_STRING=account)
    run(tables.main, "export", "targets", tmp_path / "out-targets.csv", TABLES_CONNECTION_STRING=account)

    assert b'"a\r\nb\rc\nd"' in (tmp_path / "out-targets.csv").read_bytes()


def test_what_is_imported_and_exported_keeps_its_types(targets: Path, account: str, tmp_path: Path, run: Run) -> None:
    imported = run(tables.main, "import", targets, TABLES_CONNECTION_STRING=account)
    with TableServiceClient.from_connection_string(account) as service:
        table = service.get_table_client("targets")
        table.upsert_entity({"PartitionKey": "x", "RowKey": "+4366412345", "Big": EntityProperty(7, EdmType.INT64)})
        before = [dict(row) for row in table.list_entities()]
        exported = run(tables.main, "export", "targets", tmp_path / "out-targets.csv", "--types")
        service.delete_table("targets")
        again = run(tables.main, "import", tmp_path / "out-targets.csv", TABLES_CONNECTION_STRING=account)
        after = [dict(row) for row in table.list_entities()]

    assert [imported.returncode, exported.returncode, again.returncode] == [0, 0, 0], imported.stderr + again.stderr
    assert after == before
    assert before[0] == {"PartitionKey": "default", "RowKey": ANNA, "Name": "Anna Berg", "Order": 10, "Enabled": True}
    assert before[1] == {"PartitionKey": "sales", "RowKey": "+12345678901", "Name": "007"}


@pytest.mark.parametrize("separator", [",", ";", "tab"])
def test_a_file_that_is_exported_opens_in_a_spreadsheet_and_comes_back_as_it_went(
    separator: str, account: str, tmp_path: Path, run: Run
) -> None:
    rows = f"default,{ANNA},Jürgen Groß,Mo-Fr 08:00-17:00; PH off\nsales,+12345678901,Zoë,\n"
    file, out = written(tmp_path, "targets.csv", f"PartitionKey,RowKey,Name,Hours\n{rows}"), tmp_path / "targets-2.csv"
    run(tables.main, "import", file, TABLES_CONNECTION_STRING=account)

    exported = run(tables.main, "export", "targets", out, "--separator", separator)
    content = out.read_bytes()
    again = run(tables.main, "import", out)

    assert (exported.returncode, exported.stderr, again.returncode) == (0, "", 0)
    assert content.startswith(codecs.BOM_UTF8)  # Excel would read a code page
    assert "Jürgen Groß".encode() in content
    assert b"@type" not in content
    if separator == ",":
        assert content.decode("utf-8-sig") == f"PartitionKey,RowKey,Name,Hours\n{rows}"


def test_what_a_spreadsheet_would_run_is_named_in_the_peoples_tables_and_defused_in_the_apps(
    account: str, run: Run
) -> None:
    row = {"PartitionKey": "2026-11-22", "RowKey": "call", "CalledName": "=1+1", "Caller": "+436641234567"}
    with TableServiceClient.from_connection_string(account) as service:
        service.create_table_if_not_exists("calls").upsert_entity(row)
        service.create_table("targets").upsert_entity(
            {"PartitionKey": "default", "RowKey": "+12345678901", "Name": "=1+1"}
        )
        exported = run(tables.main, "export", "targets", TABLES_CONNECTION_STRING=account)
        calls = run(tables.main, "export", "calls")
        service.delete_table("calls")

    assert exported.stdout == "PartitionKey,RowKey,Name\ndefault,+12345678901,=1+1\n"
    assert exported.stderr.startswith("targets, row default/+12345678901, column Name: a spreadsheet would run")
    assert calls.stdout.endswith("2026-11-22,call,'=1+1,+436641234567\n")


def test_a_file_that_cannot_be_written_is_one_line(account: str, tmp_path: Path, run: Run) -> None:
    refused = run(tables.main, "export", "targets", tmp_path / "none/targets.csv", TABLES_CONNECTION_STRING=account)

    assert (refused.returncode, refused.stderr) == (2, f"{tmp_path}/none/targets.csv: No such file or directory\n")


def test_rows_that_lean_on_other_tables_are_imported_alone_where_those_are_there(
    account: str, tmp_path: Path, run: Run
) -> None:
    people = written(tmp_path, "targets.csv", f"PartitionKey,RowKey,Name\nsales,{ANNA},Anna\n")
    shifts = written(tmp_path, "shifts.csv", "PartitionKey,RowKey,Who\nsales,2026-12-01T08:00,Anna\n")

    before = run(tables.main, "import", shifts, TABLES_CONNECTION_STRING=account)
    run(tables.main, "import", people)
    after = run(tables.main, "import", shifts)

    assert (before.returncode, "no such list: 'sales'" in before.stdout) == (1, True)
    assert (after.returncode, after.stderr) == (0, "")


def test_more_rows_than_one_batch_takes_are_imported(account: str, tmp_path: Path, run: Run) -> None:
    many = "".join(f"many,+4366400{number:05}\n" for number in range(250))

    imported = run(
        tables.main,
        "import",
        written(tmp_path, "targets.csv", f"PartitionKey,RowKey\n{many}"),
        TABLES_CONNECTION_STRING=account,
    )

    assert "250 rows written, 0 left out" in imported.stdout
    exported = run(tables.main, "export", "targets", TABLES_CONNECTION_STRING=account)
    assert exported.stdout.count("many,") == 250


@pytest.mark.parametrize(
    ("row", "written_anyway"),
    [
        pytest.param("default,Christmas,x,", 1, id="no-such-day"),
        pytest.param("default,12-24,ten,Int32", 0, id="no-such-number"),
    ],
)
def test_a_file_with_errors_is_not_imported_unless_asked_to(
    row: str, written_anyway: int, account: str, tmp_path: Path, run: Run
) -> None:
    file = written(tmp_path, "holidays.csv", f"PartitionKey,RowKey,Name,Name@type\ndefault,12-25,Christmas,\n{row}\n")

    refused = run(tables.main, "import", file, TABLES_CONNECTION_STRING=account)
    none = run(tables.main, "export", "holidays", TABLES_CONNECTION_STRING=account)
    taken = run(tables.main, "import", "--anyway", file, TABLES_CONNECTION_STRING=account)

    assert (refused.returncode, "Nothing was written" in refused.stderr) == (1, True)
    assert none.stdout == "PartitionKey,RowKey\n"
    assert f"holidays: {1 + written_anyway} rows written, {1 - written_anyway} left out;" in taken.stdout
    assert taken.returncode == 1 - written_anyway


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
        pytest.param(
            {"TABLES_ENDPOINT": "http://127.0.0.1:10002/devstoreaccount1"},
            "for tables on this machine set TABLES_CONNECTION_STRING, as `make run ARGS=--verbose` prints it\n",
            id="plain-http",
        ),
        pytest.param({"TABLES_ENDPOINT": "a.table.core.windows.net"}, "TABLES_ENDPOINT ", id="no-url"),
    ],
)
def test_tables_out_of_reach_say_what_to_do(settings: dict[str, str], says: str, run: Run) -> None:
    commands: list[tuple[Command, list[str]]] = [(tables.main, ["export", "targets"]), (who.main, [])]
    for command, words in commands:
        refused = run(command, *words, **settings)

        assert (refused.returncode, says in refused.stderr) == (2, True), refused.stderr


def test_only_a_command_that_takes_files_tells_of_them_where_no_tables_are_named(run: Run) -> None:
    assert "CSV" in run(who.main).stderr
    assert "CSV" not in run(tables.main, "export", "targets").stderr


def test_settings_with_comments_are_read_as_func_reads_them(tmp_path: Path) -> None:
    file = tmp_path / "local.settings.json"
    text = '{ // ours\n"Values": {"A": "https://a/*b*/", /* C */ "D": "\\"//", // the last\n},\n}'
    file.write_text(text, encoding="utf-8-sig")

    settings = live_tables.environment(file)

    assert (settings["A"], settings["D"]) == ("https://a/*b*/", '"//')


@pytest.mark.parametrize("content", [b"{", b"[1]", b'"Values"'])
def test_settings_that_are_none_are_named(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "local.settings.json").write_bytes(content)

    with pytest.raises(live_tables.NoTables, match=r"local\.settings\.json is not what"):
        live_tables.environment(tmp_path / "local.settings.json")


@pytest.mark.parametrize("words", ["tools.check targets.csv", "tools.who targets.csv", "tools.check --help"])
def test_whoever_reads_may_go_away(words: str, tmp_path: Path) -> None:
    written(tmp_path, "targets.csv", "PartitionKey,RowKey\n" + "default,0664\n" * 10_000)
    reading, writing = os.pipe()
    os.close(reading)

    with os.fdopen(writing, "wb") as closed:
        ended = subprocess.run(  # noqa: S603 - our own modules
            [sys.executable, "-m", *words.split()],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT)},
            stdout=closed,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=30,
        )

    assert (ended.returncode, ended.stderr) == (0, "")


def test_whoever_is_signed_in_with_az_needs_no_key(tmp_path: Path) -> None:
    given = json.dumps({"accessToken": "of-anna", "expires_on": 4_000_000_000})
    az = written(tmp_path, "az", f"#!/bin/sh\necho \"$@\" >{tmp_path}/asked\necho '{given}'\n")
    az.chmod(0o755)
    program = "from tools.az_login import AzLogin; print(AzLogin().get_token('https://storage.azure.com/.default'))"

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
