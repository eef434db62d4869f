"""Reach Azure Table Storage: one service for all tables, short time-outs, one kind of fault."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from azure.core.credentials import TokenCredential
from azure.core.exceptions import AzureError, HttpResponseError
from azure.core.pipeline.transport import RequestsTransport
from azure.data.tables import TableServiceClient

from shared.adapters import connections
from shared.core.errors import StorageUnavailable

# The client has no error of its own for an answer that it cannot read, as when the connection ends in the middle.
_UNREADABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def table_service(
    http: requests.Session,
    *,
    connection_string: str = "",
    endpoint: str = "",
    credential: TokenCredential | None = None,
) -> TableServiceClient:
    """Reach a storage account by its connection string, or by its endpoint and an identity.

    The client's own retries are off: an insert that took effect behind a 504 would meet itself as a conflict, and
    each caller knows better how much time there is.
    """
    options: dict[str, Any] = {
        "transport": RequestsTransport(session=http, session_owner=False),
        "retry_total": 0,
        "permit_redirects": False,
        "logging_enable": False,
    }
    if credential is not None:
        return TableServiceClient(endpoint=endpoint, credential=credential, **options)
    return TableServiceClient.from_connection_string(connection_string, **options)


@contextmanager
def storage_errors() -> Iterator[None]:
    """Make of every fault of the table service, or of what it answers, a StorageUnavailable. Our own stay ours."""
    try:
        yield
    except AzureError as error:
        status = error.status_code if isinstance(error, HttpResponseError) else None
        raise StorageUnavailable(f"{type(error).__name__} {status}" if status else type(error).__name__) from error
    except _UNREADABLE as error:
        if not _is_the_clients(error):
            raise
        raise StorageUnavailable(type(error).__name__) from error


def timeouts(connect: float, read: float) -> dict[str, Any]:
    """Give the client's two time-outs, in seconds; the second is for the whole answer."""
    return {"connection_timeout": connect, "read_timeout": read}


def _is_the_clients(error: Exception) -> bool:
    """Tell whether it was raised in the client, or below: what it calls of ours, but connections, is not."""
    modules = [frame.f_globals.get("__name__", "") for frame, _ in traceback.walk_tb(error.__traceback__)]
    ours = [place for place, name in enumerate(modules) if name.startswith("shared.") and name != connections.__name__]
    return any(name.startswith("azure.") for name in modules[ours[-1] if ours else 0 :])
