"""The whole of it for a test: Azurite, the simulated Microsoft, and the app in its own process."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import requests
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.data.tables import TableServiceClient

from local.azurite import azurite
from local.microsoft.identity.token_forms import TokenForm
from local.microsoft.simulator import Microsoft
from local.processes import Running, running_host
from tests.support.paths import SAMPLES

BASE_URL = "https://bot.contoso.com"


@dataclass(frozen=True, slots=True)
class Stack:
    microsoft: Microsoft
    host: Running
    tables: TableServiceClient

    def post(
        self,
        body: object,
        *,
        path: str = "/api/calls",
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Post as Microsoft does, with a genuine token unless another is given ("" sends none)."""
        token = self.microsoft.courier.token() if token is None else token
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        return requests.post(self.host.url + path, data=content, headers=sent | dict(headers or {}), timeout=20)

    def record(self, call: str, *, day: str | None = None) -> dict[str, Any]:
        """Give the call's row; fails where there is none."""
        return dict(self.tables.get_table_client("calls").get_entity(day or today(), call))

    def has_record(self, call: str) -> bool:
        try:
            return bool(self.record(call))
        except ResourceNotFoundError:
            return False

    def record_in_state(self, call: str, state: str, within: float = 10.0) -> dict[str, Any]:
        """Wait until the call's row has come so far."""
        end = time.monotonic() + within
        while not (self.has_record(call) and self.record(call)["State"] == state):
            assert time.monotonic() < end, f"not {state} in {within} s: {self.record(call)}"
            time.sleep(0.02)
        return self.record(call)

    def sent(self, call: str, action: str = "redirect") -> list[dict[str, Any]]:
        """Give the bodies that reached Graph for this call."""
        path = f"/v1.0/communications/calls/{call}/{action}"
        return [seen.json for seen in self.microsoft.seen("graph") if seen.path == path]


@contextmanager
def running_stack(
    *,
    targets: Sequence[Mapping[str, object]] = (),
    routes: Sequence[Mapping[str, object]] = (),
    settings: Mapping[str, str] | None = None,
    forms: Sequence[TokenForm] = tuple(TokenForm),
    speed: float = 20.0,
) -> Iterator[Stack]:
    """Bring it all up with these rows in the tables; `speed` is how fast phones are answered.

    Notifications are signed in each of the forms in turn.
    """
    with azurite() as table_server, Microsoft(forms=forms, speed=speed) as microsoft:
        tables = TableServiceClient.from_connection_string(table_server.connection_string)
        seed(tables, "targets", targets)
        seed(tables, "routes", routes)
        storage = {"TABLES_CONNECTION_STRING": table_server.connection_string, "PUBLIC_BASE_URL": BASE_URL}
        with tables, running_host(microsoft.settings() | storage | dict(settings or {})) as host:
            microsoft.exchange.delivers_to(host.url)
            yield Stack(microsoft, host, tables)


def seed(tables: TableServiceClient, table: str, rows: Sequence[Mapping[str, object]]) -> None:
    try:
        client = tables.create_table(table)
    except ResourceExistsError:
        client = tables.get_table_client(table)
    for row in rows:
        client.upsert_entity(dict(row))


def sample(name: str, call: str | None = None) -> dict[str, Any]:
    """Read one of Microsoft's own examples; with `call`, for a call of that id."""
    text = (SAMPLES / f"{name}.json").read_text(encoding="utf-8")
    body: dict[str, Any] = json.loads(text)
    if call is not None:
        entry = body["value"][0]
        entry["resourceUrl"] = f"/communications/calls/{call}"
        entry["resourceData"]["id"] = call
    return body


def today() -> str:
    return datetime.now(UTC).date().isoformat()
