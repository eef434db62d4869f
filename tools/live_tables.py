"""Reach the live tables as the person at this terminal: by the app's settings, or signed in with az."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.data.tables import TableServiceClient

from tools.az_login import AzLogin

TABLES = ("targets", "routes", "holidays", "shifts", "away")
TOO_LARGE = 413
OF_A_ROW = (400, TOO_LARGE)  # the service finds fault with a row, not with us
_SETTINGS_FILE = Path(__file__).parents[1] / "local.settings.json"
_AT_MOST: dict[str, Any] = {"connection_timeout": 5, "read_timeout": 30}
_STRING = r'("(?:\\.|[^"\\])*")'
_COMMENT = re.compile(rf"{_STRING}|//[^\n]*|/\*.*?\*/", re.DOTALL)
_TRAILING_COMMA = re.compile(rf"{_STRING}|,(?=\s*[}}\]])")

type Row = Mapping[str, Any]


class NoTables(Exception):
    """The tables cannot be reached; the text says what to do."""


class NoneNamed(NoTables):
    """No setting says where the tables are."""


def environment(file: Path = _SETTINGS_FILE) -> dict[str, str]:
    """Give the settings: those of the process over those of local.settings.json, as `func start` has them."""
    try:
        values = _without_comments(file.read_bytes()).get("Values", {}) if file.exists() else {}
    except (ValueError, AttributeError) as error:
        raise NoTables(f"{file.name} is not what `func start` reads: {error}") from error
    except OSError as error:
        raise NoTables(f"{file.name}: {error.strerror}") from error
    return {name: str(value) for name, value in values.items()} | dict(os.environ)


def _without_comments(content: bytes) -> Any:
    """Read JSON with comments and trailing commas, which `func start` takes."""
    text = content.decode(json.detect_encoding(content)).removeprefix("\ufeff")
    return json.loads(_TRAILING_COMMA.sub(r"\1", _COMMENT.sub(r"\1", text)))


def service(settings: Mapping[str, str]) -> TableServiceClient:
    """Reach the storage account of TABLES_CONNECTION_STRING, else TABLES_ENDPOINT as whoever has done `az login`."""
    connection, endpoint = settings.get("TABLES_CONNECTION_STRING", ""), settings.get("TABLES_ENDPOINT", "")
    if connection:
        try:
            return TableServiceClient.from_connection_string(connection, retry_total=1)
        except ValueError:
            raise NoTables("TABLES_CONNECTION_STRING is not a storage account's connection string") from None
    if endpoint and not endpoint.lower().startswith("https://"):
        raise NoTables(
            "TABLES_ENDPOINT must begin with https://, for your sign-in goes there; "
            "for tables on this machine set TABLES_CONNECTION_STRING, as `make run ARGS=--verbose` prints it"
        )
    if endpoint:
        return TableServiceClient(endpoint, credential=AzLogin(), retry_total=1)
    raise NoneNamed(
        "set TABLES_ENDPOINT=https://ACCOUNT.table.core.windows.net (and `az login`), or TABLES_CONNECTION_STRING"
    )


def rows(tables: TableServiceClient, table: str) -> list[Row]:
    """Give all rows of a table; one that is not there has none. Raises NoTables, NotSignedIn."""
    try:
        return [dict(row) for row in tables.get_table_client(table).list_entities(**_AT_MOST)]
    except ResourceNotFoundError:
        return []
    except AzureError as error:
        raise unreachable(error) from error


def tagged_rows(tables: TableServiceClient, table: str) -> list[Row]:
    """Give all rows with the tag that a change of each must name, as their `etag`. Raises NoTables, NotSignedIn."""
    try:
        found = tables.get_table_client(table).list_entities(**_AT_MOST)
        return [dict(row) | {"etag": row.metadata["etag"]} for row in found]
    except ResourceNotFoundError:
        return []
    except AzureError as error:
        raise unreachable(error) from error


def unreachable(error: AzureError) -> NoTables:
    """Say what a person can do about it; the service's own text can fill a screen."""
    status = getattr(error, "status_code", None)
    hint = {
        401: "sign in again: az login",
        403: "you need the role Storage Table Data Reader (to write Contributor), and a firewall that lets you in",
    }.get(status or 0, "is the address right, and the machine on the network?")
    return NoTables(f"the tables do not answer ({status or type(error).__name__}): {hint}")
