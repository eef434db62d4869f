"""The app in this process, over real sockets, with a clock that a test moves and budgets that it shortens."""

import asyncio
import contextlib
import io
import json
import logging
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import TableServiceClient

from local.azurite import Azurite
from local.faultproxy import FaultProxy
from local.loopback.messages import Request, Response
from local.loopback.server import Connection, LoopbackServer
from local.microsoft.exchange import notifications
from local.microsoft.exchange.call import Call
from local.microsoft.exchange.call_script import Delivery, IncomingCall
from local.microsoft.simulator import Microsoft
from shared.adapters import telemetry
from shared.call import flow as flows
from shared.core.budgets import Budgets
from shared.core.refusals import RefusedRequest
from shared.settings.settings import Settings
from shared.wiring.app import build
from shared.wiring.process import log_refusal
from tests.support.stack import BASE_URL, seed

ANNA = "98da8a1a-1b87-452c-a713-65d3f10b1253"
BO = "bf5aae9a-d11d-47a8-93b1-782504c9c3f3"
NUMBER = "+12345678901"
TARGETS: list[dict[str, object]] = [
    {"PartitionKey": "team", "RowKey": ANNA},
    {"PartitionKey": "team", "RowKey": BO},
    {"PartitionKey": "default", "RowKey": NUMBER},
]
ROUTES: list[dict[str, object]] = [{"PartitionKey": "any", "RowKey": "any", "Ring": "team"}]
# A third of the seconds where a neighbour is waited for on its socket; the ring window's own bounds are kept.
BRIEF = Budgets(connect=0.6, read=1.0, claim_write=0.8, record_write=0.8, directory_wait=0.8, table_page=2.0)


class MovableClock:
    """The machine's clock, moved on by whoever sleeps on it; `waits` makes sleeping take its time as well."""

    def __init__(self, *, waits: bool = False) -> None:
        self.slept: list[float] = []
        self._waits = waits
        self._ahead = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._ahead)

    def monotonic(self) -> float:
        return time.monotonic() + self._ahead

    def sleep(self, seconds: float, /) -> None:
        self.slept.append(seconds)
        if self._waits:
            time.sleep(seconds)
        else:
            self.advance(seconds)

    def advance(self, seconds: float) -> None:
        self._ahead += seconds


class _Said(io.TextIOBase):
    """What the app writes: events, from the log and from stdout, as they come."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def write(self, text: str, /) -> int:
        self.events += [json.loads(line) for line in text.splitlines() if line.startswith('{"event"')]
        return len(text)


@dataclass(frozen=True, slots=True)
class _Door:
    """Hands what comes over HTTP to the flow, as function_app does."""

    flow: Any
    loop: asyncio.AbstractEventLoop
    pool: ThreadPoolExecutor

    def serve(self, connection: Connection) -> None:
        connection.respond(self.answer(connection.request))

    def answer(self, request: Request) -> Response:
        asked = flows.Request(request.headers.get("authorization"), request.body)
        parts = request.target.split("/")[3:]
        way = self.flow.callback(asked, *parts, self._threads) if parts else self.flow.incoming(asked, self._threads)
        try:
            status = asyncio.run_coroutine_threadsafe(way, self.loop).result()
        except RefusedRequest as refusal:
            log_refusal(refusal)
            return Response(refusal.status)
        return Response(status)

    async def _threads(self, work: Any, /, *args: Any, **kwargs: Any) -> Any:
        def inside() -> Any:
            with telemetry.invocation():
                return work(*args, **kwargs)

        return await self.loop.run_in_executor(self.pool, inside)


@dataclass(frozen=True, slots=True)
class Line:
    """An app with its neighbours; the table server stands behind a fault proxy."""

    microsoft: Microsoft
    proxy: FaultProxy
    tables: TableServiceClient  # past the proxy
    clock: MovableClock
    flow: Any
    door: _Door
    url: str
    _said: _Said = field(repr=False)

    def ring(self, script: IncomingCall | None = None) -> Call:
        """Let a call ring, and give it once the app has answered."""
        call = self.microsoft.exchange.ring(script or IncomingCall(hangs_up_after=8))
        call.wait_for("notified", 20)
        return call

    def post(self, body: object, *, path: str = "/api/calls", token: str | None = None) -> int:
        """Post as Microsoft does by the clock's own time, with a genuine token unless another is given."""
        ahead = (self.clock.now() - datetime.now(UTC)).total_seconds()
        token = token or self.microsoft.signing.token(expires_in=300 + ahead)
        return self.door.answer(
            Request("POST", path, {"authorization": f"Bearer {token}"}, json.dumps(body).encode())
        ).status

    def deliver(self, call: Call, token: str | None = None) -> int:
        """Deliver the call's first notification once more."""
        return self.post(notifications.incoming(call, BASE_URL), token=token)

    def end(self, call: str, *, code: int = 487) -> int:
        """Tell at the call's own address that it is over."""
        result = {"code": code, "subcode": 0, "message": "over"}
        data = {"@odata.type": "#microsoft.graph.call", "state": "terminated", "resultInfo": result}
        entry = {"changeType": "deleted", "resourceUrl": f"/communications/calls/{call}", "resourceData": data}
        return self.post({"value": [entry]}, path=f"/api/calls/{self.today()}/{call}")

    def warm(self) -> None:
        """Take a first call, so that keys, token, directory and connections are there, and forget what it did."""
        # Its end is told to nobody: it would come in the middle of what follows.
        assert self.ring(IncomingCall(hangs_up_after=8, delivery=Delivery(terminated=0))).notified == 202
        self._said.events.clear()
        self.clock.slept.clear()

    def today(self) -> str:
        return self.clock.now().date().isoformat()

    def record(self, call: str) -> dict[str, Any] | None:
        try:
            return dict(self.tables.get_table_client("calls").get_entity(self.today(), call))
        except ResourceNotFoundError:
            return None

    def events(self, name: str) -> list[dict[str, Any]]:
        return [event for event in self._said.events.copy() if event["event"] == name]

    def lines(self, call: str) -> list[dict[str, Any]]:
        """Give the rows that only the log has."""
        return [event["row"] for event in self.events("call.unrecorded") if event["row"]["call"] == call]

    def sent(self, call: str, action: str = "redirect") -> list[dict[str, Any]]:
        path = f"/v1.0/communications/calls/{call}/{action}"
        return [seen.json for seen in self.microsoft.seen("graph") if seen.path == path]

    def asked(self, *neighbours: str) -> int:
        """Count the requests that these neighbours have seen."""
        return sum(len(self.microsoft.seen(neighbour)) for neighbour in neighbours)


@contextlib.contextmanager
def line(
    server: Azurite,
    microsoft: Microsoft,
    *,
    budgets: Budgets = BRIEF,
    waits: bool = False,
    targets: list[dict[str, object]] | None = None,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Line]:
    """Build an app of its own on a server and a Microsoft that others may use too.

    What the app's background threads say goes to stdout, which is seen only where a test itself opens the line.
    """
    said = _Said()
    handler = logging.StreamHandler(said)
    logger = logging.getLogger(telemetry.LOGGER)
    clock = MovableClock(waits=waits)
    with contextlib.ExitStack() as parts:
        patience = parts.enter_context(pytest.MonkeyPatch.context())
        patience.setenv("SSL_CERT_FILE", str(microsoft.ca_file))  # OpenSSL reads it where the app makes its context
        logger.addHandler(handler)
        parts.callback(logger.removeHandler, handler)
        telemetry.quiet_libraries()
        parts.enter_context(contextlib.redirect_stdout(said))
        tables = parts.enter_context(TableServiceClient.from_connection_string(server.connection_string))
        seed(tables, "targets", TARGETS if targets is None else targets)
        seed(tables, "routes", ROUTES)
        proxy = parts.enter_context(FaultProxy(int(server.endpoint.rpartition(":")[2].partition("/")[0])))
        storage = {"TABLES_CONNECTION_STRING": proxy.through(server.connection_string), "PUBLIC_BASE_URL": BASE_URL}
        wanted = Settings.from_env(microsoft.settings() | storage | dict(settings or {}))
        flow = build(wanted, budgets, clock).flow
        door = _Door(flow, parts.enter_context(_loop()), parts.enter_context(ThreadPoolExecutor(64)))
        listening = parts.enter_context(LoopbackServer().start(door.serve))
        microsoft.exchange.delivers_to(listening.url)
        parts.callback(behave, microsoft)
        yield Line(microsoft, proxy, tables, clock, flow, door, listening.url, said)


def behave(microsoft: Microsoft) -> None:
    for neighbour in microsoft.neighbours.values():
        neighbour.behaves()


def new_id() -> str:
    return str(uuid.uuid4())


@contextlib.contextmanager
def _loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()
