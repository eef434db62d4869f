"""`problems`: what is wrong in the other tables, beside them, for people to read."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import (
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.data.tables import TableClient, TableServiceClient, UpdateMode

from shared.adapters.tables.client import storage_errors, timeouts
from shared.core.budgets import Budgets
from shared.core.directory.problem_rows import ProblemKey, ProblemRow, StoredProblem

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class ProblemsTable:
    """What another instance did in between stays: the next beat sees it. Each method raises StorageUnavailable."""

    def __init__(self, tables: TableServiceClient, budgets: Budgets) -> None:
        self._tables = tables
        self._table: TableClient = tables.get_table_client("problems")
        self._timeouts = timeouts(budgets.connect, budgets.table_page)

    def read(self) -> Iterable[StoredProblem]:
        with storage_errors():
            try:
                rows = list(self._table.list_entities(**self._timeouts))
            except ResourceNotFoundError:
                return []
        return [_kept(row) for row in rows]

    def insert(self, row: ProblemRow) -> None:
        """Write a new row; one that is there already stays, for it knows better since when."""
        with storage_errors():
            try:
                self._create(row)
            except ResourceNotFoundError:
                self._tables.create_table_if_not_exists("problems", **self._timeouts)
                self._create(row)

    def replace(self, row: ProblemRow, etag: str) -> None:
        unchanged: dict[str, Any] = {"etag": etag, "match_condition": MatchConditions.IfNotModified}
        with storage_errors():
            try:
                self._table.update_entity(_entity(row), mode=UpdateMode.REPLACE, **unchanged, **self._timeouts)
            except (ResourceModifiedError, ResourceNotFoundError):
                return

    def remove(self, key: ProblemKey, etag: str) -> None:
        unchanged: dict[str, Any] = {"etag": etag, "match_condition": MatchConditions.IfNotModified}
        with storage_errors():
            try:
                self._table.delete_entity(key.table, key.place, **unchanged, **self._timeouts)
            except (ResourceModifiedError, ResourceNotFoundError):
                return

    def _create(self, row: ProblemRow) -> None:
        try:
            self._table.create_entity(_entity(row), **self._timeouts)
        except ResourceExistsError:
            return


def _entity(row: ProblemRow) -> dict[str, Any]:
    return {
        "PartitionKey": row.key.table,
        "RowKey": row.key.place,
        "Level": row.level,
        "Message": row.message.encode("utf-8", "replace").decode(),
        "Since": row.since,
    }


def _kept(entity: Mapping[str, Any]) -> StoredProblem:
    since = entity.get("Since")
    row = ProblemRow(
        key=ProblemKey(entity["PartitionKey"], entity["RowKey"]),
        level=str(entity.get("Level")),
        message=str(entity.get("Message")),
        since=since.astimezone(UTC) if isinstance(since, datetime) else _LONG_AGO,
    )
    return StoredProblem(row, str(entity.metadata["etag"]))  # type: ignore[attr-defined]  # azure's own entity has it
