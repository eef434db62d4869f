"""Old records are judged by the table of codes as it is now, and nothing else about them changes."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from azure.data.tables import TableServiceClient

from local.azurite import azurite
from shared.adapters.call_memory import MemoryCalls
from shared.core.errors import StorageUnavailable
from shared.core.ids import CallId
from shared.core.record.record import CallKey, Outcome, Record, State
from tests.support.nowhere import STORAGE_NOWHERE
from tests.support.stack import seed
from tools import judge

KEY = CallKey(date(2026, 11, 23), CallId("a"))
AT = datetime(2026, 11, 23, 13, tzinfo=UTC)
OLD = Record(key=KEY, state=State.DONE, rung="x", ended_at=AT, code=486, outcome=Outcome.ENDED, graph_status=202)


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> Iterator[TableServiceClient]:
    with azurite() as running, TableServiceClient.from_connection_string(running.connection_string) as tables:
        monkeypatch.setenv("TABLES_CONNECTION_STRING", running.connection_string)
        row = {"PartitionKey": "2026-11-23", "State": "done", "Rung": "x", "EndedAt": AT, "GraphStatus": 202}
        rows = [
            row | {"RowKey": "busy", "Code": 486, "Outcome": "ended"},
            row | {"RowKey": "right", "Code": 603, "Outcome": "declined"},
            row | {"RowKey": "rings", "State": "redirected", "Code": 486},
            row | {"RowKey": "another-day", "PartitionKey": "2026-11-24", "Code": 486, "Outcome": "ended"},
        ]
        seed(tables, "calls", rows)
        yield tables


def outcomes(tables: TableServiceClient) -> dict[str, str | None]:
    return {row["RowKey"]: row.get("Outcome") for row in tables.get_table_client("calls").list_entities()}


def test_records_of_a_span_are_judged_again(tables: TableServiceClient, capsys: pytest.CaptureFixture[str]) -> None:
    before = outcomes(tables)
    arguments = ["--day", "2026-11-23"]

    assert judge.main([*arguments, "--dry-run"]) == 0
    assert outcomes(tables) == before
    assert judge.main(arguments) == 0
    assert judge.main(arguments) == 0

    assert outcomes(tables) == before | {"busy": "busy"}
    assert capsys.readouterr().out.splitlines() == [
        "ended -> busy: 1",
        "3 records of 2026-11-23: 1 would change",
        "ended -> busy: 1",
        "3 records of 2026-11-23: 1 changed",
        "3 records of 2026-11-23: 0 changed",
    ]


def test_a_span_that_is_none_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert judge.main(["--day", "yesterday"]) == 2
    assert "is no day" in capsys.readouterr().err


def test_tables_that_are_away_are_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("TABLES_CONNECTION_STRING", STORAGE_NOWHERE)

    assert judge.main(["--day", "2026-11-23"]) == 2
    assert "run it again" in capsys.readouterr().err


class Restless(MemoryCalls):
    """A table in which somebody else is always faster."""

    def replace(self, record: Record, etag: str) -> str | None:
        del record, etag
        return None


def test_a_row_that_is_gone_or_changes_all_the_time_is_met() -> None:
    restless = Restless()
    restless.note(OLD)

    assert judge.judge(MemoryCalls(), KEY) is None
    with pytest.raises(StorageUnavailable):
        judge.judge(restless, KEY)


def test_a_call_that_goes_on_is_left() -> None:
    calls = MemoryCalls()
    calls.note(replace(OLD, state=State.REDIRECTED))

    assert judge.judge(calls, KEY) is None
