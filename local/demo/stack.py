"""Bring up all of it: the table server with its rows, the simulated Microsoft, and the app in its own process."""

import socket
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from local.azurite import azurite
from local.demo.exchange_client import ExchangeClient
from local.demo.tables import Tables
from local.microsoft.identity.token_forms import TokenForm
from local.microsoft.simulator import Microsoft
from local.processes import Running, free_port, running_host

BASE_URL = "https://bot.contoso.com"  # of the API page; the exchange keeps its paths and delivers to this machine
_FRESH = "1"  # second: whoever tries an edit here does not want to wait for half a minute
_WARM_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Ports:
    """A port of 0 stands for a free one."""

    host: int = 7071
    microsoft: int = 7080
    login: int = 7081
    tables: int = 10002

    def chosen(self) -> "Ports":
        """Put a free port for each 0. Raises PortTaken for the first of them that another program has."""
        for option, (what, port) in self._named().items():
            if port and not _is_free(port):
                raise PortTaken(option, what, port)
        free = {option: free_port() for option, (_, port) in self._named().items() if not port}
        return replace(self, **free)

    def _named(self) -> dict[str, tuple[str, int]]:
        return {
            "host": ("the app", self.host),
            "microsoft": ("the simulated Microsoft", self.microsoft),
            "login": ("the simulated Entra", self.login),
            "tables": ("the table server", self.tables),
        }


class PortTaken(Exception):
    """Another program listens where a part of this would."""

    def __init__(self, option: str, what: str, port: int) -> None:
        super().__init__(
            f"Port {port} ({what}) is in use: end what listens there (another `make run`?), "
            f"or take another with --{option}-port (0: a free one)."
        )


@dataclass(frozen=True, slots=True)
class Stack:
    ports: Ports
    host: Running
    exchange: ExchangeClient
    tables: Tables
    connection_string: str
    log: Path
    rows: Mapping[str, int]  # that each table was filled with


@contextmanager
def running_stack(wanted: Ports, *, forms: Sequence[TokenForm], speed: float = 1.0) -> Iterator[Stack]:
    """Yield it once it runs, and end it. Raises PortTaken, and what azurite and running_host raise."""
    ports = wanted.chosen()
    with ExitStack() as parts:
        log = Path(parts.enter_context(tempfile.TemporaryDirectory(prefix="call-redirect-"))) / "app.log"
        storage = parts.enter_context(azurite(port=ports.tables))
        tables = Tables(ports.tables)
        rows = tables.seed()
        microsoft = parts.enter_context(Microsoft(port=ports.microsoft, tls_port=ports.login, forms=forms, speed=speed))
        settings = microsoft.settings() | {
            "TABLES_CONNECTION_STRING": storage.connection_string,
            "PUBLIC_BASE_URL": BASE_URL,
            "CONFIG_TTL_SECONDS": _FRESH,
            "WARM_UP": "true",
        }
        host = parts.enter_context(running_host(settings, options=("--timers",), port=ports.host))
        microsoft.exchange.delivers_to(host.url)
        parts.enter_context(_copied(host, log))
        _wait_until_warm(microsoft, host)
        yield Stack(ports, host, ExchangeClient(microsoft.url), tables, storage.connection_string, log, rows)


@contextmanager
def _copied(host: Running, log: Path) -> Iterator[None]:
    """Write what the app logs into a file, as it comes."""
    ended = threading.Event()

    def copy() -> None:
        with log.open("w", encoding="utf-8") as file:
            written = 0
            while not ended.is_set() and host.process.poll() is None:
                host.wait_until(lambda: len(host.log) > written or ended.is_set(), 0.5)  # noqa: B023 - asked at once
                lines = host.log[written:]
                file.writelines(f"{line}\n" for line in lines)
                file.flush()
                written += len(lines)

    thread = threading.Thread(target=copy, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


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
