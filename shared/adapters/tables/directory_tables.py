"""The tables that people edit, read whole."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import TableServiceClient

from shared.adapters.tables.client import storage_errors, timeouts
from shared.core.budgets import Budgets
from shared.core.directory import reader
from shared.core.directory.cells import Row
from shared.core.directory.model import Directory
from shared.core.directory.reader import RouteDefaults
from shared.core.ids import AppId

_TABLES = ("targets", "routes", "holidays", "shifts", "away")
_PAGE = 1000  # the most rows that the service gives at once


class DirectoryTables:
    """`targets`, `routes`, `holidays`, `shifts` and `away`, which people edit."""

    def __init__(self, tables: TableServiceClient, bot: AppId, defaults: RouteDefaults, budgets: Budgets) -> None:
        self._tables = tables
        self._bot = bot
        self._defaults = defaults
        self._timeouts = timeouts(budgets.connect, budgets.table_page)

    def load(self) -> Directory:
        """Read the tables whole; one that is not there is empty. Raises StorageUnavailable.

        Their first pages come at the same time, for at a cold start a call waits for them. What is more is read a page
        at a time, so that never two tables are in memory as they came.
        """
        tables = {name: self._pages(name) for name in _TABLES}
        with ThreadPoolExecutor(len(tables), "directory") as threads:
            first = {name: threads.submit(next, pages, ()) for name, pages in tables.items()}
        rows = {name: chain(first[name].result(), chain.from_iterable(pages)) for name, pages in tables.items()}
        return reader.read_directory(
            rows["targets"],
            rows["routes"],
            self._bot,
            rows["holidays"],
            self._defaults,
            shifts=rows["shifts"],
            away=rows["away"],
        )

    def _pages(self, table: str) -> Iterator[Iterable[Row]]:
        client = self._tables.get_table_client(table)
        with storage_errors():
            try:
                for page in client.list_entities(results_per_page=_PAGE, **self._timeouts).by_page():
                    yield list(page)
            except ResourceNotFoundError:
                return
