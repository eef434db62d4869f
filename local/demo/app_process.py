"""The app in its own process: to be killed, started anew, and started in another time."""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from local.processes import Running, free_port, running_host

_KEPT = 2_000  # lines of its log


class AppProcess:
    """Runs between start() and stop(), always at the same address. `heard` gets each line that it says."""

    def __init__(self, settings: Mapping[str, str], port: int, log: Path) -> None:
        self.url = f"http://127.0.0.1:{port or free_port()}"
        self.log: deque[str] = deque(maxlen=_KEPT)
        self.heard: Callable[[str], object] = lambda _: None
        self.shift = 0.0  # seconds that its clock is ahead of this machine's, from the next start on
        self._settings = settings
        self._file = log.open("a", encoding="utf-8")
        self._lock = threading.RLock()
        self._said = threading.Lock()
        self._parts = ExitStack()
        self._running: Running | None = None
        self._changing = False

    @property
    def is_running(self) -> bool:
        running = self._running
        return running is not None and running.process.poll() is None

    @property
    def ended(self) -> int | None:
        """The exit code, where it has ended though nobody asked it to."""
        running = self._running
        return None if self._changing or running is None else running.process.poll()

    def start(self) -> Running:
        """Give it once it serves. Raises NotStarted."""
        with self._lock:
            port = int(self.url.rpartition(":")[2])
            options = ("--timers",)
            host = running_host(self._settings, options=options, port=port, shift=self.shift, heard=self._hear)
            self._running = self._parts.enter_context(host)
            self._changing = False
            return self._running

    def kill(self) -> None:
        """End it at once, whatever it is doing, as a machine that goes away."""
        with self._lock:
            self._changing = True
            if self._running:
                self._running.process.kill()
            self._end()

    def restart(self) -> None:
        """End it as it wants to be ended, and start it anew. Raises NotStarted."""
        with self._lock:
            self._changing = True
            self._end()
            self.start()

    def stop(self) -> None:
        with self._lock:
            self._changing = True
            self._end()
            with self._said:
                self._file.close()

    def _end(self) -> None:
        self._parts.close()
        self._parts = ExitStack()
        self._running = None

    def _hear(self, line: str) -> None:
        with self._said:
            self.log.append(line)
            if not self._file.closed:
                self._file.write(f"{line}\n")
                self._file.flush()
        self.heard(line)
