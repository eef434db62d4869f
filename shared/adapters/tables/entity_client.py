"""Insert, read and replace one row of a table: the writes that a call waits for.

azure-data-tables does the same for five times the CPU (docs/performance.md); it stays the client of everything else,
and the tests have each of the two read what the other wrote. https://learn.microsoft.com/rest/api/storageservices/table-service-rest-api
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote, urlsplit

from shared.adapters.http_pool import HttpAnswer, HttpPool, NoAnswer
from shared.adapters.tables.account import TableAccount
from shared.core.errors import StorageUnavailable

_JSON = "application/json;odata=minimalmetadata"
_MOST_OF_A_ROW, _MOST_OF_AN_ERROR = 2 << 20, 64 * 1024  # bytes: a row has at most 1 MiB, and JSON makes it longer
_CODE = re.compile(r"[A-Za-z]{1,60}")
_OK, _CREATED, _NO_CONTENT, _NOT_FOUND, _CONFLICT, _PRECONDITION_FAILED = 200, 201, 204, 404, 409, 412

type Entity = Mapping[str, object]


class EntityClient:
    """One table. Every method takes one round trip and raises StorageUnavailable.

    `timeout` is for connecting, and from then on for the whole answer, in seconds.
    """

    def __init__(self, http: HttpPool, account: TableAccount, table: str, now: Callable[[], datetime]) -> None:
        self._http = http
        self._account = account
        self._table = table
        self._now = now
        self._path = urlsplit(account.endpoint).path

    def insert(self, entity: Entity, timeout: tuple[float, float]) -> str | None:
        """Give the new row's etag, or nothing where there is a row already. Raises LookupError for a missing table."""
        body = json.dumps(entity, separators=(",", ":")).encode()
        with self._send("POST", f"/{self._table}", body, timeout, {"Prefer": "return-no-content"}) as answer:
            if answer.status in {_CREATED, _NO_CONTENT}:
                return _etag(answer.header("ETag"))
            code = _error_code(answer)
            if (answer.status, code) == (_CONFLICT, "EntityAlreadyExists"):
                return None
            if (answer.status, code) == (_NOT_FOUND, "TableNotFound"):
                raise LookupError(self._table)
            raise _unavailable(answer, code)

    def get(self, partition: str, row: str, timeout: tuple[float, float]) -> tuple[dict[str, Any], str] | None:
        """Give a row with its etag, or nothing where there is none. Int64 and times stay as the service writes them."""
        with self._send("GET", self._row(partition, row), None, timeout, {}) as answer:
            if answer.status != _OK:
                code = _error_code(answer)
                if answer.status == _NOT_FOUND and code in {"ResourceNotFound", "TableNotFound"}:
                    return None
                raise _unavailable(answer, code)
            entity = _object(_body(answer, _MOST_OF_A_ROW))
        if (entity.get("PartitionKey"), entity.get("RowKey")) != (partition, row):
            raise StorageUnavailable("an answer that is not the row")
        return entity, _etag(entity.get("odata.etag"))

    def replace(self, entity: Entity, etag: str, timeout: tuple[float, float]) -> str | None:
        """Give the new etag, or nothing where the row has changed, or gone, since `etag`."""
        body = json.dumps(entity, separators=(",", ":")).encode()
        place = self._row(str(entity["PartitionKey"]), str(entity["RowKey"]))
        with self._send("PUT", place, body, timeout, {"If-Match": etag}) as answer:
            if answer.status == _NO_CONTENT:
                return _etag(answer.header("ETag"))
            code = _error_code(answer)
            if answer.status == _PRECONDITION_FAILED or code in {"ResourceNotFound", "TableNotFound"}:
                return None
            raise _unavailable(answer, code)

    def create_table(self, timeout: tuple[float, float]) -> None:
        """Make the table; one that is there already is as good."""
        body = json.dumps({"TableName": self._table}).encode()
        with self._send("POST", "/Tables", body, timeout, {"Prefer": "return-no-content"}) as answer:
            if answer.status not in {_CREATED, _NO_CONTENT} and (code := _error_code(answer)) != "TableAlreadyExists":
                raise _unavailable(answer, code)

    def _send(
        self, method: str, place: str, body: bytes | None, timeout: tuple[float, float], more: Mapping[str, str]
    ) -> HttpAnswer:
        date = format_datetime(self._now(), usegmt=True)
        content_type = "" if body is None else "application/json"
        headers = {
            "Accept": _JSON,
            "DataServiceVersion": "3.0",
            "x-ms-version": "2019-02-02",
            "x-ms-date": date,
            **more,
        }
        if content_type:
            headers["Content-Type"] = content_type
        if proof := self._account.authorization(method, content_type, date, self._path + place):
            headers["Authorization"] = proof
        query = f"?{self._account.query}" if self._account.query else ""
        try:
            return self._http.send(method, f"{self._account.endpoint}{place}{query}", headers, body, timeout)
        except NoAnswer as lost:
            raise StorageUnavailable(str(lost)) from lost

    def _row(self, partition: str, row: str) -> str:
        return f"/{self._table}(PartitionKey='{_quoted(partition)}',RowKey='{_quoted(row)}')"


def _quoted(key: str) -> str:
    return quote(key.replace("'", "''"), safe="")


def _body(answer: HttpAnswer, most: int) -> bytes:
    try:
        return answer.read(most)
    except NoAnswer as lost:
        raise StorageUnavailable(str(lost)) from lost


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise StorageUnavailable(f"an answer that cannot be read: {type(error).__name__}") from error
    if not isinstance(value, dict):
        raise StorageUnavailable("an answer that is no row")
    return value


def _error_code(answer: HttpAnswer) -> str:
    """Give the service's code for an error, "" for whatever else answers there."""
    try:
        error = _object(_body(answer, _MOST_OF_AN_ERROR)).get("odata.error")
    except StorageUnavailable:
        return ""
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else ""


def _unavailable(answer: HttpAnswer, code: str) -> StorageUnavailable:
    return StorageUnavailable(f"status {answer.status} {code}".strip())


def _etag(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise StorageUnavailable("an answer without an etag")
    return value
