"""Keep the rows of Table Storage in memory and answer its requests, quickly: Azurite is for what is right."""

import json
import re
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import unquote

type TableResponse = tuple[int, dict[str, str], bytes]
type Row = dict[str, Any]

_ENTITY = re.compile(r"(\w+)\(PartitionKey='(.*)',RowKey='(.*)'\)")
_CONFLICT, _NOT_FOUND, _PRECONDITION = 409, 404, 412


@dataclass(slots=True)
class Tables:
    """https://learn.microsoft.com/rest/api/storageservices/table-service-rest-api, no filters, pages or batches."""

    rows: dict[str, dict[tuple[str, str], Row]] = field(default_factory=dict)
    operations: int = 0
    _etags: "count[int]" = field(default_factory=count)

    def add(self, table: str, *rows: Row) -> None:
        """Make the table with these rows."""
        self._create_table(table)
        for row in rows:
            self._insert(self.rows[table], row)

    def answer(self, method: str, resource: str, if_match: str | None, body: bytes) -> TableResponse:
        """TableResponse for `resource`, what follows the account in the path."""
        self.operations += 1
        resource = unquote(resource)
        if resource == "Tables":
            return self._create_table(json.loads(body)["TableName"])
        entity = _ENTITY.fullmatch(resource)
        table = self.rows.get(entity[1] if entity else resource.removesuffix("()"))
        if table is None:
            return _error(_NOT_FOUND, "TableNotFound")
        if entity:
            return self._one(table, method, (_key(entity[2]), _key(entity[3])), if_match, body)
        if method == "GET":
            return _json(200, {"value": list(table.values())})
        return self._insert(table, json.loads(body))

    def _create_table(self, name: str) -> TableResponse:
        if name in self.rows:
            return _error(_CONFLICT, "TableAlreadyExists")
        self.rows[name] = {}
        return _json(201, {"TableName": name})

    def _insert(self, table: dict[tuple[str, str], Row], row: Row) -> TableResponse:
        key = (row["PartitionKey"], row["RowKey"])
        if key in table:
            return _error(_CONFLICT, "EntityAlreadyExists")
        return self._write(table, key, row)

    def _one(
        self, table: dict[tuple[str, str], Row], method: str, key: tuple[str, str], if_match: str | None, body: bytes
    ) -> TableResponse:
        row = table.get(key)
        if row is None and (method in {"GET", "DELETE"} or if_match):
            return _error(_NOT_FOUND, "ResourceNotFound")
        if row and if_match not in {None, "*", row["odata.etag"]}:
            return _error(_PRECONDITION, "UpdateConditionNotSatisfied")
        match method:
            case "GET":
                return _json(200, row)
            case "DELETE":
                del table[key]
                return 204, {}, b""
            case "PUT":
                return self._write(table, key, json.loads(body))
            case _:  # PATCH, or MERGE as it was called before
                return self._write(table, key, (row or {}) | json.loads(body))

    def _write(self, table: dict[tuple[str, str], Row], key: tuple[str, str], row: Row) -> TableResponse:
        etag = f"W/\"datetime'{next(self._etags)}'\""
        keys = {"PartitionKey": key[0], "RowKey": key[1]}
        table[key] = row | keys | {"odata.etag": etag, "Timestamp": "2026-01-01T00:00:00Z"}
        return 204, {"ETag": etag, "Preference-Applied": "return-no-content"}, b""


def _key(quoted: str) -> str:
    return quoted.replace("''", "'")


def _error(status: int, code: str) -> TableResponse:
    return _json(status, {"odata.error": {"code": code, "message": {"lang": "en-US", "value": code}}})


def _json(status: int, value: object) -> TableResponse:
    return status, {"Content-Type": "application/json;odata=minimalmetadata"}, json.dumps(value).encode()
