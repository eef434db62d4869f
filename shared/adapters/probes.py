"""What the doctor asks: what each table lets the app do, and what time it is at Graph."""

from datetime import datetime
from typing import Any

import requests
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.data.tables import TableServiceClient, UpdateMode

from shared.adapters.tables.client import storage_errors, timeouts
from shared.core.errors import StorageUnavailable
from shared.core.health import GraphUnreachable, TableAccess
from shared.core.http_dates import parse_http_date

_NOWHERE = {"PartitionKey": "check", "RowKey": "a row that is never there"}
_REFUSED = {401, 403}


class TableProbe:
    """Each raises StorageUnavailable."""

    def __init__(self, tables: TableServiceClient) -> None:
        self._tables = tables

    def may_read(self, table: str, within: float) -> TableAccess:
        client = self._tables.get_table_client(table)
        with storage_errors():
            try:
                next(iter(client.list_entities(results_per_page=1, select=["RowKey"], **_whole(within))), None)
            except ResourceNotFoundError:
                return TableAccess.NO_TABLE
            except HttpResponseError as error:
                return _denied(error)
        return TableAccess.GRANTED

    def may_write(self, table: str, within: float) -> TableAccess:
        """Change a row that is not there: rights are asked before rows, and a row that is missing stays so."""
        client = self._tables.get_table_client(table)
        with storage_errors():
            try:
                client.update_entity(_NOWHERE, mode=UpdateMode.MERGE, **_whole(within))
            except ResourceNotFoundError as missing:
                is_table = "TableNotFound" in str(getattr(missing, "error_code", ""))
                return TableAccess.NO_TABLE if is_table else TableAccess.GRANTED
            except HttpResponseError as error:
                return _denied(error)
        return TableAccess.GRANTED


class GraphProbe:
    def __init__(self, http: requests.Session, url: str) -> None:
        self._http = http
        self._url = url

    def date(self, within: float) -> datetime | None:
        try:
            timeout = within / 3, within * 2 / 3
            with self._http.head(self._url, timeout=timeout, allow_redirects=False) as answer:
                said = answer.headers.get("Date", "")
        except requests.RequestException as error:
            raise GraphUnreachable(type(error).__name__) from error
        return parse_http_date(said)


def _denied(error: HttpResponseError) -> TableAccess:
    if error.status_code in _REFUSED:
        return TableAccess.DENIED
    if error.status_code is None:  # it never got there: the identity gave no token, and says so
        raise StorageUnavailable(error.message) from error
    raise error


def _whole(within: float) -> dict[str, Any]:
    return timeouts(within / 3, within * 2 / 3)
