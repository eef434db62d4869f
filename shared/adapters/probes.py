"""What the doctor asks: what each table lets the app do, and what time it is at Graph."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.data.tables import TableServiceClient, UpdateMode

from shared.adapters.tables.client import storage, timeouts
from shared.core.errors import StorageUnavailable
from shared.core.health import Access, Unreachable

_NOWHERE = {"PartitionKey": "check", "RowKey": "a row that is never there"}
_REFUSED = {401, 403}


class TableRights:
    """Each raises StorageAway."""

    def __init__(self, tables: TableServiceClient) -> None:
        self._tables = tables

    def may_read(self, table: str, within: float) -> Access:
        client = self._tables.get_table_client(table)
        with storage():
            try:
                next(iter(client.list_entities(results_per_page=1, select=["RowKey"], **_whole(within))), None)
            except ResourceNotFoundError:
                return Access.NO_TABLE
            except HttpResponseError as error:
                return _denied(error)
        return Access.GRANTED

    def may_write(self, table: str, within: float) -> Access:
        """Change a row that is not there: rights are asked before rows, and a row that is missing stays so."""
        client = self._tables.get_table_client(table)
        with storage():
            try:
                client.update_entity(_NOWHERE, mode=UpdateMode.MERGE, **_whole(within))
            except ResourceNotFoundError as missing:
                is_table = "TableNotFound" in str(getattr(missing, "error_code", ""))
                return Access.NO_TABLE if is_table else Access.GRANTED
            except HttpResponseError as error:
                return _denied(error)
        return Access.GRANTED


class GraphDate:
    def __init__(self, http: requests.Session, url: str) -> None:
        self._http = http
        self._url = url

    def date(self, within: float) -> datetime | None:
        try:
            timeout = within / 3, within * 2 / 3
            with self._http.head(self._url, timeout=timeout, allow_redirects=False) as answer:
                said = answer.headers.get("Date", "")
        except requests.RequestException as error:
            raise Unreachable(type(error).__name__) from error
        try:
            return parsedate_to_datetime(said).astimezone(UTC)
        except ValueError:
            return None


def _denied(error: HttpResponseError) -> Access:
    if error.status_code in _REFUSED:
        return Access.DENIED
    if error.status_code is None:  # it never got there: the identity gave no token, and says so
        raise StorageUnavailable(error.message) from error
    raise error


def _whole(within: float) -> dict[str, Any]:
    return timeouts(within / 3, within * 2 / 3)
