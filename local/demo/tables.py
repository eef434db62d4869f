"""The tables of this machine: filled from readable files, read for the terminal, edited for want of a tool."""

import csv
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
    ServiceRequestError,
)
from azure.data.tables import TableServiceClient, UpdateMode

_MADE = ("targets", "routes", "holidays", "shifts", "away", "problems")
SEED = Path(__file__).parents[1] / "seed"

# As the @type columns of Storage Explorer's CSV files name them.
_TYPES: Mapping[str, Callable[[str], object]] = {
    "String": str,
    "Int32": int,
    "Boolean": {"true": True, "false": False}.__getitem__,
}

type Row = Mapping[str, Any]


class NoTables(Exception):
    """No table server answers there."""


class RowRefused(Exception):
    """The table takes no such row; the text says why."""


class Tables:
    """The emulator's tables on that port."""

    def __init__(self, port: int) -> None:
        # Its account and key are the same everywhere, and the client knows them: but only for the default port.
        known = TableServiceClient.from_connection_string("UseDevelopmentStorage=true")
        endpoint = f"http://127.0.0.1:{port}/{known.account_name}"
        self._service = TableServiceClient(endpoint, credential=known.credential, retry_total=0)

    def make(self) -> None:
        """Make the tables that the app reads, as a deployment does."""
        for table in _MADE:
            self._service.create_table_if_not_exists(table)

    def seed(self) -> dict[str, int]:
        """Fill each table that has a file in local/seed; give how many rows each got. The others are there, empty."""
        self.make()
        counts = {}
        for file in sorted(SEED.glob("*.csv")):
            rows = read_csv(file.read_text(encoding="utf-8"))
            client = self._service.create_table_if_not_exists(file.stem)
            for row in rows:
                client.upsert_entity(dict(row), mode=UpdateMode.MERGE)
            counts[file.stem] = len(rows)
        return counts

    def put(self, table: str, row: Row) -> None:
        """Write these columns of a row; its others stay. Makes what is not there. Raises NoTables and RowRefused."""
        client = self._service.get_table_client(table)
        try:
            client.create_table()
        except ResourceExistsError:
            pass
        except ServiceRequestError as error:
            raise NoTables from error
        try:
            client.upsert_entity(dict(row), mode=UpdateMode.MERGE)
        except HttpResponseError as error:
            code = getattr(error, "error_code", None)
            raise RowRefused(str(getattr(code, "value", code) or error.status_code)) from error

    def rows(self, table: str) -> list[Row]:
        """Give all rows, in the order of their keys."""
        return self._query(table, "")

    def latest_calls(self) -> list[Row]:
        """Give the records of today and yesterday, the newest first."""
        today = datetime.now(UTC).date()
        since = f"PartitionKey ge '{(today - timedelta(days=1)).isoformat()}'"
        return sorted(self._query("calls", since), key=_when, reverse=True)

    def record(self, call: str) -> Row | None:
        """Give the record of a call, also by the beginning of its id."""
        return next((row for row in self.latest_calls() if row["RowKey"].startswith(call)), None)

    def call(self, day: str, call: str) -> Row | None:
        """Give the record of a call of that UTC day. Raises NoTables."""
        keys = f"PartitionKey eq '{day}' and RowKey eq '{call}'"
        return next(iter(self._query("calls", keys)), None)

    def names(self) -> dict[str, Row]:
        """Give the target's row for each id that can ring."""
        return {row["RowKey"]: row for row in self.rows("targets")}

    def _query(self, table: str, condition: str) -> list[Row]:
        try:
            return list(self._service.get_table_client(table).query_entities(condition))
        except ResourceNotFoundError:
            return []
        except AzureError as error:
            raise NoTables from error


def read_csv(text: str) -> list[Row]:
    """Read rows as Storage Explorer's CSV has them: each column is followed by one of its type."""
    return [dict(_cells(row)) for row in csv.DictReader(text.splitlines())]


def _cells(row: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    for column, value in row.items():
        if column in {"PartitionKey", "RowKey"}:
            yield column, value
        elif not column.endswith("@type"):
            yield column, _TYPES[row[f"{column}@type"]](value)


def _when(record: Row) -> str:
    return str(record.get("ReceivedAt") or record.get("EndedAt") or "")
