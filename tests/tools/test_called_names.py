"""A line that the tables do not name is called by what its last calls were told, in every command."""

import json
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from azure.data.tables import TableServiceClient

from local.azurite import azurite
from tests.support.commands import Run
from tests.support.stack import seed
from tests.support.tables import ANNA, LINE, SECOND_LINE, route, target
from tools import line_names, tables, week, who

DESK = "Night [31mdesk \u0645\u06cc\u200c\u0634\u0648\u062f"  # the joiner in it belongs to the word
TWINS = ("5b1e0000-0000-4000-8000-000000000003", "5b1e0000-0000-4000-8000-000000000004")
NEWER, NAMELESS = "5b1e0000-0000-4000-8000-000000000001", "5b1e0000-0000-4000-8000-000000000002"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(monkeypatch, capsys)


@pytest.fixture(scope="module")
def account() -> Iterator[str]:
    with azurite() as server, TableServiceClient.from_connection_string(server.connection_string) as service:
        seed(service, "targets", [target(ANNA, Name="Anna Berg")])
        seed(service, "routes", [route(LINE), route(SECOND_LINE, Name="Sales"), route(NAMELESS)])
        now = datetime.now(UTC)
        seed(
            service,
            "calls",
            [
                called(LINE, "Night\n\x1b[31mdesk \u0645\u06cc\u200c\u0634\u0648\u062f", now - timedelta(days=5)),
                called(SECOND_LINE, "What Microsoft calls it", now),
                called(NEWER, "Reception", now),
                *(called(line, "Twins", now) for line in TWINS),
            ],
        )
        yield server.connection_string


def called(line: str, name: str, came: datetime) -> dict[str, object]:
    key = {"PartitionKey": came.date().isoformat(), "RowKey": f"call-{line}"}
    return key | {"Called": line, "CalledName": name, "Outcome": "busy", "ReceivedAt": came}


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        (LINE, f"{DESK} ({LINE[:8]}), "),
        (SECOND_LINE, f"Sales ({SECOND_LINE[:8]}), "),
        (NEWER, f"Reception ({NEWER[:8]}), "),  # without a row
        ("reception", f"Reception ({NEWER[:8]}), "),
        (NAMELESS, f"line {NAMELESS[:8]}, "),
    ],
)
def test_who_calls_a_line_by_its_name_else_by_what_its_calls_were_told(
    account: str, run: Run, asked: str, shown: str
) -> None:
    told = run(who.main, "--called", asked, "--at", "2026-11-21T12:00", TABLES_CONNECTION_STRING=account)

    assert told.stdout.startswith(f"{shown}Saturday 2026-11-21"), told


def test_of_two_lines_that_are_called_the_same_one_has_to_be_named_by_its_id(account: str, run: Run) -> None:
    told = run(who.main, "--called", "twins", TABLES_CONNECTION_STRING=account)

    assert (told.returncode, told.stdout) == (2, "")
    assert "by its object id" in told.stderr


def test_the_week_does_so(account: str, run: Run) -> None:
    told = run(week.main, TABLES_CONNECTION_STRING=account).stdout

    assert f"\n{DESK} ({LINE[:8]}) (times of UTC)\n" in told
    assert f"\nSales ({SECOND_LINE[:8]}) (times of UTC)\n" in told
    assert f"\nline {NAMELESS[:8]} (times of UTC)\n" in told


def test_a_deployment_is_given_these_names(account: str, run: Run) -> None:
    told = run(line_names.main, TABLES_CONNECTION_STRING=account).stdout

    (word,) = shlex.split(told)
    names = json.loads(word.removeprefix("lineNames="))
    assert names == {LINE: DESK, SECOND_LINE: "Sales", NEWER: "Reception", **dict.fromkeys(TWINS, "Twins")}


def test_what_rows_would_change_is_told_so(account: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / "routes.csv").write_text(f"PartitionKey,RowKey,Ring\n{LINE},any,reject\n")

    told = run(tables.main, "apply", tmp_path / "routes.csv", "--dry-run", TABLES_CONNECTION_STRING=account)

    assert f"  {DESK} ({LINE[:8]})  " in told.stdout, told
