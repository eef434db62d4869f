"""The tables that people edit, read whole."""

from collections.abc import Iterator, Mapping
from typing import Any

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import TableServiceClient

from shared.adapters.tables.client import storage_errors, timeouts
from shared.core.budgets import Budgets
from shared.core.directory import reader
from shared.core.directory.model import Directory
from shared.core.directory.reader import RouteDefaults
from shared.core.ids import AppId

_PAGE = 1000  # the most rows that the service gives at once


class DirectoryTables:
    """`targets`, `routes`, `holidays`, `shifts` and `away`, which people edit."""

    def __init__(self, tables: TableServiceClient, bot: AppId, defaults: RouteDefaults, budgets: Budgets) -> None:
        self._tables = tables
        self._bot = bot
        self._defaults = defaults
        self._timeouts = timeouts(budgets.connect, budgets.table_page)

    def load(self) -> Directory:
        """Read the tables whole, a page at a time; one that is not there is empty. Raises StorageUnavailable."""
        return reader.read_directory(
            self._rows("targets"),
            self._rows("routes"),
            self._bot,
            self._rows("holidays"),
            self._defaults,
            shifts=self._rows("shifts"),
            away=self._rows("away"),
        )

    def _rows(self, table: str) -> Iterator[Mapping[str, Any]]:
        client = self._tables.get_table_client(table)
        with storage_errors():
            try:
                yield from client.list_entities(results_per_page=_PAGE, **self._timeouts)
            except ResourceNotFoundError:
                return
