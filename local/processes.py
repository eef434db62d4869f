"""Start servers of the local world as processes of their own, read what they say, and end them."""

import argparse
import contextlib
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

PROJECT = Path(__file__).resolve().parent.parent

# All that a child sees of this process's environment: whatever else it is to know is given by name.
INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "PYTHONHOME", "PYTHONPATH", "SYSTEMROOT")
_READY = r"listening on (https?://\S+)"
_EVENT = re.compile(r'\{"event".*\}')


class NotStarted(Exception):
    """The process ended, or said nothing of being ready in time; the text holds what it did say."""


def port_number(text: str) -> int:
    """Read a port from a command line, 0 for a free one."""
    if text.isdecimal() and int(text) < 65_536:  # noqa: PLR2004 - one past the last port
        return int(text)
    raise argparse.ArgumentTypeError(f"{text} is no port")


def speed(text: str) -> float:
    """Read from a command line how many times faster than life something is to be."""
    factor = float(text)
    if 0 < factor <= 1_000_000:  # noqa: PLR2004 - anything beyond is a slip
        return factor
    raise argparse.ArgumentTypeError(f"{text} is no speed")


def free_port() -> int:
    """Give a port for a server that cannot choose one itself.

    No outgoing connection can take it before that server does: systems give those ports from 32768 on.
    """
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class Running:
    """A server process. `printed` and `log` are its lines on stdout and stderr so far."""

    def __init__(self, process: subprocess.Popen[str], heard: Callable[[str], object] = lambda _: None) -> None:
        self.process = process
        self._heard = heard
        self.url = ""
        self.printed: list[str] = []
        self.log: list[str] = []
        self._events: list[dict[str, Any]] = []
        self._news = threading.Condition()
        self._open = 2  # streams that may still bring lines
        self._readers = [
            threading.Thread(target=self._read, args=pair, daemon=True)
            for pair in ((process.stdout, self.printed), (process.stderr, self.log))
        ]
        for reader in self._readers:
            reader.start()

    def events(self, name: str | None = None) -> list[dict[str, Any]]:
        """Give the app's own events, `{"event": name, ...}`, as they came, from either stream."""
        return [event for event in self._events.copy() if name in {None, event["event"]}]

    def wait_for_event(self, name: str, within: float = 5.0) -> dict[str, Any]:
        """Give the first event of that name, also one from before; TimeoutError after `within` seconds."""
        if not self.wait_until(lambda: bool(self.events(name)), within):
            raise TimeoutError(f"no event {name} in {within} s; the log: {self.log[-20:]}")
        return self.events(name)[0]

    def wait_until(self, said: Callable[[], bool], within: float) -> bool:
        """Ask `said` again at every new line; False after `within` seconds, or when no line can come any more."""
        with self._news:
            self._news.wait_for(lambda: said() or not self._open, within)
            return said()

    def end(self) -> None:
        """Ask it to end, and after 5 s make it."""
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for reader in self._readers:
            reader.join(5)

    def _read(self, stream: IO[str], lines: list[str]) -> None:
        with stream:
            for line in stream:
                event = _EVENT.search(line)
                with self._news:
                    lines.append(line.rstrip("\n"))
                    self._events += [json.loads(event[0])] if event else []
                    self._news.notify_all()
                self._heard(lines[-1])
        with self._news:
            self._open -= 1
            self._news.notify_all()


@contextlib.contextmanager
def running(
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    ready: str = _READY,
    within: float = 30.0,
    heard: Callable[[str], object] = lambda _: None,
) -> Iterator[Running]:
    """Run `command` in the project's folder until the block ends; it is entered when stdout matches `ready`.

    Group 1 of `ready` is the server's url.
    """
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    process = subprocess.Popen(  # noqa: S603  the caller's own command, no shell
        command,
        cwd=PROJECT,
        env=inherited | dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    server = Running(process, heard)

    def is_ready() -> bool:
        found = next((line for line in map(re.compile(ready).search, server.printed) if line), None)
        server.url = found[1] if found else ""
        return bool(found)

    try:
        if not server.wait_until(is_ready, within):
            server.end()
            raise NotStarted(f"exit code {process.returncode}: {'\n'.join(server.printed + server.log)}")
        yield server
    finally:
        server.end()


@contextlib.contextmanager
def running_host(
    settings: Mapping[str, str],
    *,
    app: Path = PROJECT,
    options: Sequence[str] = (),
    port: int = 0,
    shift: float = 0.0,
    heard: Callable[[str], object] = lambda _: None,
) -> Iterator[Running]:
    """Serve the app with these settings alone: neither this process's nor local.settings.json's reach it.

    Its timers run only where `options` say --timers: in a test nothing happens by the clock, which is `shift` seconds
    ahead. `heard` gets each line that it says, as it comes.
    """
    module = ["local.host"] if shift == 0 else ["local.clock", str(shift), "local.host"]
    command = [
        sys.executable,
        "-m",
        *module,
        "--app",
        str(app),
        "--port",
        str(port),
        "--no-settings-file",
        "--no-timers",
    ]
    with running([*command, *options], settings, heard=heard) as host:
        yield host
