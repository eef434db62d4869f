"""Who would ring, asked at the command line: of CSV files, and of the live tables."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.data.tables import TableServiceClient

from local.azurite import azurite
from tests.support.commands import Run
from tests.support.stack import seed
from tests.support.tables import ANNA, BO, LINE, route, target
from tools import who

MOBILE = "+12345678901"
TARGETS = f"""\
PartitionKey,RowKey,Name,Hours
default,{ANNA},Anna Berg,
default,{MOBILE},,Mo-Fr 08:00-17:00
night,{BO},Bo,
"""
ROUTES = f"PartitionKey,RowKey,Hours,Closed,TimeZone\n{LINE},any,Mo-Sa 07:00-20:00,night,Europe/Vienna\n"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(monkeypatch, capsys)


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    (tmp_path / "targets.csv").write_text(TARGETS)
    (tmp_path / "routes.csv").write_text(ROUTES)
    return [str(tmp_path / "targets.csv"), str(tmp_path / "routes.csv")]


@pytest.fixture(scope="module")
def account() -> Iterator[str]:
    with azurite() as server, TableServiceClient.from_connection_string(server.connection_string) as tables:
        seed(tables, "targets", [target(ANNA, Name="Anna Berg")])
        seed(tables, "routes", [route("any", "+882", Ring="reject")])
        yield server.connection_string


def test_of_files_it_tells_who_rings_and_who_does_not(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code = who.main([*files, "--called", LINE, "--caller", "+43664", "--at", "2026-11-21T12:00"])

    said = capsys.readouterr().out
    assert code == 0
    assert f"Saturday 2026-11-21 12:00 CET: rings default, by route {LINE}/any." in said
    assert f"rings      Anna Berg ({ANNA})" in said
    assert f"not rung   {MOBILE}: outside its hours" in said
    assert f'"id":"{ANNA}","displayName":"Anna Berg"' in said
    assert "From Saturday 2026-11-21 20:00 CET: rings night (Bo)." in said


def test_a_line_is_called_by_its_name(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    Path(files[1]).write_text(f"PartitionKey,RowKey,Name\n{LINE},any,Sales\n")

    who.main([*files, "--called", LINE, "--at", "21.11.2026 12:00"])

    assert capsys.readouterr().out.startswith(f"Sales ({LINE[:8]}), Saturday 2026-11-21 12:00 UTC: rings default")


def test_it_says_so_when_nothing_will_change(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    who.main([files[0].replace("targets", "routes"), "--caller", "anonymous"])

    assert "changes within 8 days" in capsys.readouterr().out


def test_of_the_live_tables_it_tells_the_same(
    account: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TABLES_CONNECTION_STRING", account)

    codes = [who.main(["--json"]), who.main(["--caller", "+8825"])]

    out = capsys.readouterr().out
    first, _, second = out.partition("\n}\n")
    assert codes == [0, 0]
    assert [one["id"] for one in json.loads(first + "\n}")["rings"]] == [ANNA]
    assert "turned away by a rule (busy), by route any/+882" in second
    assert "to reject the call" in second


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--called", "+4312345"], "called is neither"),
        (["--caller", "0664"], "caller is neither"),
        (["--at", "soon"], "at is not a time"),
    ],
)
def test_a_question_that_is_unclear_is_refused(
    files: list[str], options: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert who.main([*files, *options]) == 2
    assert says in capsys.readouterr().err


def test_settings_that_are_wrong_are_refused(
    files: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("UNROUTABLE", "sing")

    assert who.main(files) == 2
    assert "UNROUTABLE" in capsys.readouterr().err


def test_rows_that_override_a_line_are_told_and_a_protected_one_says_so(tmp_path: Path, run: Run) -> None:
    many = "".join(f"any,+4{number},reject,,\n" for number in range(100, 122))
    text = f"PartitionKey,RowKey,Ring,Name,Protected\n{many}{LINE},any,default,Sales,\n{BO},any,default,Emergency,yes\n"
    (tmp_path / "routes.csv").write_text(text, encoding="utf-8")

    sales = run(who.main, tmp_path / "routes.csv", "--called", "sales")
    emergency = run(who.main, tmp_path / "routes.csv", "--called", "Emergency", "--caller", "+4100")

    assert "Rows of any override the line's own:" in sales.stdout
    assert "  any/+4100: callers whose number begins with +4100: turned away" in sales.stdout
    assert "  and 2 more" in sales.stdout
    assert "The line is protected" in emergency.stdout
    assert f"by route {BO}/any" in emergency.stdout
