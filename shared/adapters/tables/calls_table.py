"""The table `calls`: one row a call, each change by one short round trip."""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

from shared.adapters.http_pool import HttpPool
from shared.adapters.tables.account import TableAccount
from shared.adapters.tables.entity_client import EntityClient
from shared.core.budgets import Budgets
from shared.core.errors import StorageUnavailable
from shared.core.record.claim_status import StoredRecord
from shared.core.record.record import LONGEST_TEXT, CallKey, Outcome, Record, State

_INT32_BITS, _INT64 = 32, 2**63 - 1
_TYPE = "@odata.type"
_COLUMNS = {
    field.name: "".join(part.capitalize() for part in field.name.split("_"))
    for field in fields(Record)
    if field.name != "key"
}
_cells = attrgetter(*_COLUMNS)  # in one call


class CallsTable:
    """`calls`, one row a call; every method takes one short round trip and raises StorageUnavailable."""

    def __init__(self, http: HttpPool, account: TableAccount, budgets: Budgets, now: Callable[[], datetime]) -> None:
        self._table = EntityClient(http, account, "calls", now)
        self._claim = budgets.claim_write, budgets.claim_write
        self._other = budgets.claim_write, budgets.record_write

    def insert(self, record: Record) -> str | None:
        """Give the new row's etag, or nothing where there is one: the lock. Makes the table where it is missing."""
        entity = _entity(record)
        try:
            return self._table.insert(entity, self._claim)
        except LookupError:
            self._table.create_table(self._other)
        try:
            return self._table.insert(entity, self._claim)
        except LookupError as gone:
            raise StorageUnavailable("the table calls cannot be made") from gone

    def read(self, key: CallKey) -> StoredRecord | None:
        found = self._table.get(key.day.isoformat(), key.call, self._other)
        if found is None:
            return None
        entity, etag = found
        return StoredRecord(_record(key, entity), etag)

    def replace(self, record: Record, etag: str) -> str | None:
        """Give the new etag, or nothing where the row has changed, or gone, since `etag`."""
        return self._table.replace(_entity(record), etag, self._other)


def _entity(record: Record) -> dict[str, object]:
    """Write a record as the service reads rows: what is None is left out, and types that JSON lacks are named."""
    entity: dict[str, object] = {"PartitionKey": record.key.day.isoformat(), "RowKey": record.key.call}
    for column, fact in zip(_COLUMNS.values(), _cells(record), strict=True):
        match fact:
            case None:
                pass
            case bool() as value:
                entity[column] = value
            case int() as value if value.bit_length() < _INT32_BITS:
                entity[column] = value
            case int() as value:
                entity[column] = str(max(-_INT64, min(value, _INT64)))
                entity[f"{column}{_TYPE}"] = "Edm.Int64"
            case datetime() as value:
                entity[column] = value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
                entity[f"{column}{_TYPE}"] = "Edm.DateTime"
            case text:  # a lone surrogate would not reach the service
                entity[column] = str.encode(text, "utf-8", "replace").decode()[:LONGEST_TEXT]
    return entity


def _record(key: CallKey, entity: Mapping[str, Any]) -> Record:
    try:
        read: dict[str, Any] = {
            name: _READERS[name](_cell(entity, column)) for name, column in _COLUMNS.items() if column in entity
        }
    except (ValueError, OverflowError) as error:
        raise StorageUnavailable(f"a row that cannot be read: {type(error).__name__}") from error
    return Record(key=key, **(read | {"state": read.get("state") or State.CLAIMED}))


def _cell(entity: Mapping[str, Any], column: str) -> object:
    value, kind = entity[column], entity.get(f"{column}{_TYPE}")
    match kind:
        case None:
            return value
        case "Edm.Int64":
            return int(value)
        case "Edm.DateTime":
            return datetime.fromisoformat(value)
        case _:  # bytes, a GUID, a fraction: nothing that the app writes
            return None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _integer(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _boolean(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _moment(value: object) -> datetime | None:
    return value.astimezone(UTC) if isinstance(value, datetime) else None


def _state(value: object) -> State | None:
    return State(value) if isinstance(value, str) and value in set(State) else None


def _outcome(value: object) -> Outcome | None:
    return Outcome(value) if isinstance(value, str) and value in set(Outcome) else None


def _reader(kind: str) -> Callable[[object], object]:
    by_type = {
        "str": _text,
        "int": _integer,
        "bool": _boolean,
        "datetime": _moment,
        "Outcome": _outcome,
        "State": _state,
    }
    return next(by_type[word] for word in re.findall(r"\w+", kind) if word in by_type)


_READERS = {field.name: _reader(str(field.type)) for field in fields(Record) if field.name != "key"}
