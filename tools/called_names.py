"""Call the lines that have no Name in the live tables as the records of their last calls call them."""

from collections.abc import Sequence
from pathlib import Path

from azure.data.tables import TableServiceClient

from shared.adapters.clock import SystemClock
from shared.adapters.tables.past_calls_table import PastCallsTable
from shared.console.recent_calls import RecentCalls
from shared.core.budgets import Budgets
from shared.core.directory.line_names import unnamed_lines, with_called_names
from shared.core.directory.model import Directory
from shared.settings.settings import Settings
from tools import live_tables, table_source
from tools.table_source import Tables


def add(directory: Directory, service: TableServiceClient, line: str | None = None) -> Directory:
    """Give the directory with these names; `line` is one that may have no rows.

    Whoever edits the tables may have no role on `calls`: then it stays as it is.
    """
    unnamed = unnamed_lines(directory) | ({line} if line else frozenset()) - directory.names.keys()
    if not unnamed:
        return directory
    calls = RecentCalls(PastCallsTable(service, Budgets()), SystemClock())
    last_day = calls.begin(lambda: unnamed).result()
    return with_called_names(directory, last_day.names) if last_day else directory


def read(files: Sequence[Path], encoding: str | None, line: str | None = None) -> tuple[Tables, Settings, Directory]:
    """Read CSV files, or the live tables where there are none, by the settings here.

    Raises Unusable, NoTables, NotSignedIn.
    """
    environment = live_tables.environment()
    settings = table_source.settings(environment)
    tables = table_source.read(files, encoding, environment)
    directory = table_source.directory(tables, settings)
    if not files:
        with live_tables.service(environment) as service:
            directory = add(directory, service, line)
    return tables, settings, directory
