"""The table `calls`: one row a call, each change by one short round trip."""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.data.tables import EdmType, EntityProperty, TableClient, TableServiceClient, UpdateMode

from shared.adapters.tables.client import storage_errors, timeouts
from shared.core.budgets import Budgets
from shared.core.errors import StorageUnavailable
from shared.core.record.claim_status import StoredRecord
from shared.core.record.record import CallKey, Outcome, Record, State

_INT32_BITS, _INT64 = 32, 2**63 - 1
_LONGEST_TEXT = 10_000  # characters; a cell holds 32,000
_COLUMNS = {
    field.name: "".join(part.capitalize() for part in field.name.split("_"))
    for field in fields(Record)
    if field.name != "key"
}


class CallsTable:
    """`calls`, one row a call; every method takes one short round trip and raises StorageUnavailable."""

    def __init__(self, tables: TableServiceClient, budgets: Budgets) -> None:
        self._table: TableClient = tables.get_table_client("calls")
        self._claim = timeouts(budgets.claim_write, budgets.claim_write)
        self._other = timeouts(budgets.claim_write, budgets.record_write)

    def insert(self, record: Record) -> str | None:
        """Give the new row's etag, or nothing where there is one: the lock. Makes the table where it is missing."""
        with storage_errors():
            try:
                return self._create(record)
            except ResourceExistsError:
                return None
            except ResourceNotFoundError:
                self._make_table()
            try:
                return self._create(record)
            except ResourceExistsError:
                return None

    def read(self, key: CallKey) -> StoredRecord | None:
        with storage_errors():
            try:
                entity = self._table.get_entity(key.day.isoformat(), key.call, **self._other)
            except ResourceNotFoundError:
                return None
        if entity.get("RowKey") != key.call:
            raise StorageUnavailable("an answer that is not the row")
        return StoredRecord(_record(key, entity), _etag(entity.metadata))

    def replace(self, record: Record, etag: str) -> str | None:
        """Give the new etag, or nothing where the row has changed, or gone, since `etag`."""
        with storage_errors():
            try:
                written = self._table.update_entity(
                    _entity(record),
                    mode=UpdateMode.REPLACE,
                    etag=etag,
                    match_condition=MatchConditions.IfNotModified,
                    **self._other,
                )
            except (ResourceModifiedError, ResourceNotFoundError):
                return None
        return _etag(written)

    def _create(self, record: Record) -> str:
        return _etag(self._table.create_entity(_entity(record), **self._claim))

    def _make_table(self) -> None:
        try:
            self._table.create_table(**self._other)
        except ResourceExistsError:
            return


def _etag(told: Mapping[str, Any]) -> str:
    etag = told["etag"]
    if not isinstance(etag, str):
        raise StorageUnavailable("an answer without an etag")
    return etag


def _entity(record: Record) -> dict[str, Any]:
    entity: dict[str, Any] = {"PartitionKey": record.key.day.isoformat(), "RowKey": record.key.call}
    for name, column in _COLUMNS.items():
        value = getattr(record, name)
        if value is not None:
            entity[column] = _storable(value)
    return entity


def _storable(value: object) -> object:
    """Make text of what is text: an enum's member, and a lone surrogate, would not reach the service.

    A plain int is sent as Int32, and one that is none would not be sent at all.
    """
    if isinstance(value, int) and value.bit_length() >= _INT32_BITS:
        return EntityProperty(max(-_INT64, min(value, _INT64)), EdmType.INT64)
    if isinstance(value, str):
        return str.__str__(value).encode("utf-8", "replace").decode()[:_LONGEST_TEXT]
    return value


def _record(key: CallKey, entity: Mapping[str, Any]) -> Record:
    read: dict[str, Any] = {name: _READERS[name](entity.get(column)) for name, column in _COLUMNS.items()}
    return Record(key=key, **(read | {"state": read["state"] or State.CLAIMED}))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _whole(value: object) -> int | None:
    if isinstance(value, EntityProperty):  # Int64
        value = value.value
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _truth(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _moment(value: object) -> datetime | None:
    return value.astimezone(UTC) if isinstance(value, datetime) else None


def _state(value: object) -> State | None:
    return State(value) if isinstance(value, str) and value in set(State) else None


def _outcome(value: object) -> Outcome | None:
    return Outcome(value) if isinstance(value, str) and value in set(Outcome) else None


def _reader(kind: str) -> Callable[[object], object]:
    by_type = {"str": _text, "int": _whole, "bool": _truth, "datetime": _moment, "Outcome": _outcome, "State": _state}
    return next(by_type[word] for word in re.findall(r"\w+", kind) if word in by_type)


_READERS = {field.name: _reader(str(field.type)) for field in fields(Record) if field.name != "key"}
