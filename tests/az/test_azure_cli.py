"""Rows that the real `az storage entity insert` wrote are read as they were meant: `make test-az` has the az.

Each az command takes some seconds, so this is no part of `make test`.
"""

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from azure.data.tables import TableServiceClient

from local.azurite import azurite
from shared.core.directory.model import Directory, Route, Severity, Target, TargetKind
from tests.support.paths import ROOT
from tools import csv_rows, live_tables, table_source
from tools.table_source import Tables

AZ = os.environ.get("AZURE_CLI", "")
pytestmark = pytest.mark.skipif(not AZ, reason="AZURE_CLI names no az: `make test-az` installs one")

ANNA = "98da8a1a-1b87-452c-a713-65d3f10b1253"
NUMBER = "+491234567"

type Insert = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TableServiceClient]:
    """Give tables with three rows of az in them."""
    with azurite() as server, TableServiceClient.from_connection_string(server.connection_string) as service:
        insert = _az(server.connection_string, tmp_path_factory.mktemp("az"))
        service.create_table("targets")
        service.create_table("routes")
        insert("targets", f"RowKey={NUMBER}", "Name=007", "Order=20", "Enabled=yes", f"Target={NUMBER}", "Note=inf")
        insert("targets", f"RowKey={ANNA}", "Name=Anna Berg", "Enabled=false")
        insert("routes", "PartitionKey=any", "RowKey=+4312345", "Ring=default", "Timeout=45", "Forwarding=1")
        yield service


def _environment(connection_string: str, folder: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "AZURE_CONFIG_DIR": str(folder),
        "AZURE_CORE_COLLECT_TELEMETRY": "false",
        "AZURE_STORAGE_CONNECTION_STRING": connection_string,
    }


def _az(connection_string: str, folder: Path) -> Insert:
    environment = _environment(connection_string, folder)

    def insert(table: str, *cells: str) -> dict[str, Any]:
        keys = () if any(cell.startswith("PartitionKey=") for cell in cells) else ("PartitionKey=default",)
        command = [AZ, "storage", "entity", "insert", "--table-name", table, "--entity", *keys, *cells]
        said = subprocess.run(  # noqa: S603 - az, with arguments of our own and no shell
            [*command, "--only-show-errors", "--output", "json"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )
        assert said.returncode == 0, said.stderr
        return dict(json.loads(said.stdout)["content"])

    return insert


def read(tables: TableServiceClient) -> Directory:
    rows = {table: live_tables.rows(tables, table) for table in live_tables.TABLES}
    return table_source.directory(Tables(rows), table_source.settings({}))


def test_az_turns_what_is_no_key_into_a_number(tables: TableServiceClient) -> None:
    row = dict(tables.get_table_client("targets").get_entity("default", NUMBER))

    assert {name: row[name] for name in ("RowKey", "Target", "Name", "Order", "Enabled", "Note")} == {
        "RowKey": NUMBER,
        "Target": 491234567,
        "Name": 7,
        "Order": 20,
        "Enabled": "yes",
        "Note": float("inf"),
    }


def test_its_rows_are_read_as_they_were_meant(tables: TableServiceClient) -> None:
    directory = read(tables)

    assert directory.lists["default"] == (
        Target(TargetKind.PHONE, NUMBER, "7", order=20),
        Target(TargetKind.USER, ANNA, "Anna Berg", enabled=False),
    )
    assert directory.routes["any", "+4312345"] == Route("any", "+4312345", timeout=45, forwarding=True)


def test_the_column_that_lost_its_plus_is_told_and_harms_nobody(tables: TableServiceClient) -> None:
    problems = read(tables).problems

    assert [problem.level for problem in problems if problem.column == "Target"] == [Severity.WARNING]
    assert not [problem for problem in problems if problem.level is Severity.ERROR]


def test_its_rows_are_exported_and_read_again_with_their_types(tables: TableServiceClient) -> None:
    rows = [dict(row) for row in tables.get_table_client("targets").list_entities()]

    assert [placed.row for placed in csv_rows.read(csv_rows.write(rows, types=True))] == rows


def test_the_queries_of_the_readme_draw_their_tables(tmp_path: Path) -> None:
    text = re.sub(r"\\\n", " ", (ROOT / "README.md").read_text(encoding="utf-8"))
    queries = re.findall(r"^az (storage entity query .*)$", text, re.MULTILINE)
    today = datetime.now(UTC).date().isoformat()
    with azurite() as server, TableServiceClient.from_connection_string(server.connection_string) as service:
        service.create_table("targets").create_entity({"PartitionKey": "default", "RowKey": NUMBER})
        calls = service.create_table("calls")
        for call, second in (("b", 1), ("a", 2), ("c", 0)):
            came = f"{today}T10:00:0{second}+00:00"
            calls.create_entity({"PartitionKey": today, "RowKey": call, "ReceivedAt": came, "List": f"list-{call}"})
        calls.create_entity({"PartitionKey": today, "RowKey": "d", "Outcome": "ended"})
        drawn = [
            subprocess.run(  # noqa: S603 - the README's own lines
                ["sh", "-c", f"{AZ} {query} --only-show-errors"],  # noqa: S607 - whichever sh
                env=_environment(server.connection_string, tmp_path),
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=False,
                timeout=180,
            )
            for query in queries
        ]

    assert [(one.returncode, one.stderr) for one in drawn] == [(0, "")] * 2
    assert NUMBER in drawn[0].stdout
    assert re.findall(r"list-\w", drawn[1].stdout) == ["list-c", "list-b", "list-a"]
