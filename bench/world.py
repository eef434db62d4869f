"""What every app is measured in: the same neighbours, rows, notifications and settings."""

import contextlib
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from azure.data.tables import TableServiceClient

from bench.load import Ringing
from bench.neighbours import Neighbours
from local.azurite import azurite
from local.loopback.certificate import certified
from local.microsoft.exchange.call_script import BOT, TENANT
from local.microsoft.identity.notification_tokens import Signing

_USER = "bf5aae9a-d11d-47a8-93b1-782504c9c3f3"
_ROWS = {
    "targets": {"PartitionKey": "default", "RowKey": _USER},
    "redirects": {"PartitionKey": "default", "RowKey": BOT, "Target": _USER},  # the usual stack's
}


@dataclass(frozen=True, slots=True)
class World:
    """`settings` are an app's; the usual stack takes those of the same names."""

    neighbours: Neighbours
    ringing: Ringing
    settings: dict[str, str]


@contextlib.asynccontextmanager
async def world(listening: type[Neighbours] = Neighbours) -> AsyncIterator[World]:
    signing = Signing(BOT, TENANT)
    neighbours = listening(signing.legacy.document(), signing.entra.document())
    neighbours.tables.add("calls")
    for table, row in _ROWS.items():
        neighbours.tables.add(table, row)
    with tempfile.TemporaryDirectory() as folder:
        authority, tls = certified(Path(folder), "localhost", "127.0.0.1")
        async with neighbours.listening(tls):
            yield World(neighbours, Ringing(signing), neighbours.settings() | _settings(str(authority)))


@contextlib.contextmanager
def seeded_azurite() -> Iterator[dict[str, str]]:
    """Run a new Azurite with the same rows; give the setting that names it."""
    with azurite() as server, TableServiceClient.from_connection_string(server.connection_string) as tables:
        tables.create_table("calls")
        for table, row in _ROWS.items():
            tables.create_table(table).create_entity(row)
        yield {"TABLES_CONNECTION_STRING": server.connection_string}


def _settings(authority: str) -> dict[str, str]:
    return {
        "SSL_CERT_FILE": authority,
        "REQUESTS_CA_BUNDLE": authority,  # requests' own name for it
        "BOT_APP_ID": BOT,
        "BOT_TENANT_ID": TENANT,
        "BOT_CLIENT_SECRET": "made-up-secret",
        "PUBLIC_BASE_URL": "https://bot.example.com",
        "FALLBACK_TARGETS": _USER,
        "WARM_UP": "true",  # as it is deployed
    }
