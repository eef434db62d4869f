"""Bring up all of it: the table server with its rows, the simulated Microsoft, and the app in its own process."""

import socket
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from local.azurite import azurite
from local.clock import Clock
from local.demo.app_process import AppProcess
from local.demo.data_folder import EDITED, DataFolder, Loading
from local.demo.exchange_client import ExchangeClient
from local.demo.tables import Tables
from local.faultproxy import FaultProxy
from local.microsoft.exchange.exchange import WINDOW_SECONDS
from local.microsoft.identity.token_forms import TokenForm
from local.microsoft.simulator import Microsoft
from local.processes import Running, free_port

BASE_URL = "https://bot.contoso.com"  # of the API page; the exchange keeps its paths and delivers to this machine
TIME_ZONE, _COUNTRY = "Europe/Vienna", "AT"
_FRESH = "1"  # second: whoever tries an edit here does not want to wait for half a minute
_WARM_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Ports:
    """A port of 0 stands for a free one."""

    host: int = 7071
    microsoft: int = 7080
    login: int = 7081
    tables: int = 10002
    page: int = 7090

    def chosen(self) -> "Ports":
        """Put a free port for each 0. Raises PortTaken where another program has one of them, or two parts are to."""
        named = self._named()
        wanted = [port for _, port in named.values()]
        taken = {
            option: (what, port)
            for number, (option, (what, port)) in enumerate(named.items())
            if port and (port in wanted[:number] or not _is_free(port))
        }
        if taken:
            raise PortTaken(taken)
        # The page's server takes a free one itself: from here to there another program could have it.
        free = {option: free_port() for option, (_, port) in self._named().items() if not port and option != "page"}
        return replace(self, **free)

    def _named(self) -> dict[str, tuple[str, int]]:
        return {
            "host": ("the app", self.host),
            "microsoft": ("the simulated Microsoft", self.microsoft),
            "login": ("the simulated Entra", self.login),
            "tables": ("the table server", self.tables),
            "page": ("the switchboard", self.page),
        }


class PortTaken(Exception):
    """Another program or part listens where a part of this would; the options for all such ports are named at once."""

    def __init__(self, taken: Mapping[str, tuple[str, int]]) -> None:
        what, port = next(iter(taken.values()))
        options = " ".join(f"--{option}-port 0" for option in taken)
        super().__init__(
            f"Port {port} ({what}) is in use: end what listens there (another `make run`?), "
            f'or take free ones: add ARGS="{options}" to `make run`'
        )


@dataclass(frozen=True, slots=True)
class Stack:
    ports: Ports
    app: AppProcess
    microsoft: Microsoft
    table_proxy: FaultProxy  # between the app and its tables
    clock: Clock  # of the app and of this process, which is Microsoft's
    exchange: ExchangeClient
    tables: Tables
    connection_string: str
    log: Path
    rows: Mapping[str, int]  # that each table was filled with
    data: DataFolder | None  # where they are somebody's own


@contextmanager
def running_stack(
    wanted: Ports,
    *,
    forms: Sequence[TokenForm],
    speed: float = 1.0,
    window: float = WINDOW_SECONDS,
    since: datetime | None = None,
    loading: Loading | None = None,
) -> Iterator[Stack]:
    """Yield it once it runs, and end it; its time begins at `since`.

    Raises PortTaken, DataRefused, and what its parts raise.
    """
    ports = wanted.chosen()
    with ExitStack() as parts:
        log = Path(parts.enter_context(tempfile.TemporaryDirectory(prefix="call-redirect-"))) / "app.log"
        storage = parts.enter_context(azurite(port=ports.tables))
        tables = Tables(ports.tables)
        microsoft = parts.enter_context(
            Microsoft(port=ports.microsoft, tls_port=ports.login, forms=forms, speed=speed, window=window)
        )
        table_proxy = parts.enter_context(FaultProxy(ports.tables))
        settings = microsoft.settings() | {
            "TABLES_CONNECTION_STRING": table_proxy.through(storage.connection_string),
            "PUBLIC_BASE_URL": BASE_URL,
            "CONFIG_TTL_SECONDS": _FRESH,
            "WARM_UP": "true",
            "TIME_ZONE": TIME_ZONE,
            "HOLIDAY_COUNTRY": _COUNTRY,
        }
        straight = {"TABLES_CONNECTION_STRING": storage.connection_string}
        data = DataFolder(loading, tables, settings | straight) if loading else None
        rows = _filled(tables, data)
        clock = Clock()
        parts.callback(clock.back)
        if since:
            clock.set_to(since)
        app = AppProcess(settings, ports.host, log)
        parts.callback(app.stop)
        app.shift = clock.shift
        microsoft.exchange.delivers_to(app.url)
        _wait_until_warm(microsoft, app.start())
        exchange, connection = ExchangeClient(microsoft.url), storage.connection_string
        yield Stack(ports, app, microsoft, table_proxy, clock, exchange, tables, connection, log, rows, data)


def _filled(tables: Tables, data: DataFolder | None) -> Mapping[str, int]:
    """Give how many rows each table has. Raises DataRefused."""
    if data is None:
        return tables.seed()
    tables.make()
    data.load()
    return {table: len(tables.rows(table)) for table in EDITED}


def _wait_until_warm(microsoft: Microsoft, host: Running) -> None:
    """Wait for what WARM_UP fetches, as an app in Azure is warm before its calls; a call would not need it."""
    host.wait_until(lambda: bool(host.events("directory.changed")), _WARM_SECONDS)
    until = time.monotonic() + _WARM_SECONDS
    fetched = microsoft.token, microsoft.keys, microsoft.entra_keys
    while not all(neighbour.seen for neighbour in fetched) and time.monotonic() < until:
        time.sleep(0.02)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the servers themselves do
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
