"""A headless Chromium, spoken to over a pair of pipes: https://chromedevtools.github.io/devtools-protocol/."""

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_OPTIONS = (
    "--headless=new",
    "--no-sandbox",  # a container has no other; it shows our own page alone
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)
_PATIENCE = 30.0


def installed() -> str | None:
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


class Chromium:
    """One browser with one page in it."""

    def __init__(self, commands: int, answers: int) -> None:
        self._commands = commands
        self._answers = answers
        self._read = b""
        self._count = 0
        self._session: str | None = None
        self.told: list[dict[str, Any]] = []  # what the page reported: requests, console lines, faults

    def open(self, url: str, *, width: int, height: int, dark: bool, headers: dict[str, str] | None = None) -> None:
        """Show the page in a new tab of that size, and wait until it has loaded."""
        self._session = None
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.told.clear()
        for domain in ("Page", "Network", "Runtime", "Log", "Accessibility"):
            self.ask(f"{domain}.enable")
        self.ask("Network.setExtraHTTPHeaders", headers=headers or {})
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", features=[scheme])
        self.ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        self.ask("Page.navigate", url=url)
        while not any(one["method"] == "Page.loadEventFired" for one in self.told):
            self.told.append(self._message(time.monotonic() + _PATIENCE))

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Give the answer to one command of the protocol."""
        self._count += 1
        command = {"id": self._count, "method": method, "params": parameters}
        if self._session:
            command["sessionId"] = self._session
        os.write(self._commands, json.dumps(command).encode() + b"\0")
        until = time.monotonic() + _PATIENCE
        while (message := self._message(until)).get("id") != self._count:
            self.told.append(message)
        if "error" in message:
            raise RuntimeError(f"{method}: {message['error']}")
        return dict(message["result"])

    def value(self, expression: str) -> Any:
        """Evaluate from outside of the page: its policy lets no script run inside."""
        return self.ask("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def requests(self) -> list[str]:
        return [one["params"]["request"]["url"] for one in self.told if one["method"] == "Network.requestWillBeSent"]

    def complaints(self) -> list[str]:
        """Give what the browser's console says: blocked styles, scripts, faults."""
        return [
            json.dumps(one["params"])
            for one in self.told
            if one["method"] in {"Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown"}
        ]

    def picture(self, *, whole: bool = True) -> bytes:
        """Give a PNG of the page, all of it or what fits the window."""
        return base64.b64decode(self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"])

    def _message(self, until: float) -> dict[str, Any]:
        while b"\0" not in self._read:
            ready, _, _ = select.select([self._answers], [], [], max(until - time.monotonic(), 0))
            piece = os.read(self._answers, 1 << 16) if ready else b""
            if not piece:
                raise TimeoutError("Chromium says nothing more")
            self._read += piece
        message, _, self._read = self._read.partition(b"\0")
        return {"method": "", **json.loads(message)}


# Chromium takes commands on descriptor 3 and answers on 4.
_STARTS = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4); os.execv(sys.argv[3], sys.argv[3:])"
)
_FIRST_FREE = 10  # above those two


@contextmanager
def chromium(program: str) -> Iterator[Chromium]:
    """Run it until the block ends, with a profile of its own."""
    with ExitStack() as ends, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        commands, to_browser = _pipe(ends)
        from_browser, answers = _pipe(ends)
        process = subprocess.Popen(  # noqa: S603 - the browser, with arguments of our own
            [
                sys.executable,
                "-c",
                _STARTS,
                str(commands),
                str(answers),
                program,
                *_OPTIONS,
                f"--user-data-dir={profile}",
            ],
            pass_fds=(commands, answers),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield Chromium(to_browser, from_browser)
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _pipe(ends: ExitStack) -> list[int]:
    pair = []
    for end in os.pipe():
        pair.append(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, _FIRST_FREE))
        os.close(end)
        ends.callback(os.close, pair[-1])
    return pair
