"""The switchboard over a whole local world, and a page of it without a browser."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import requests

from local.demo.data_folder import Loading
from local.demo.stack import Ports, Stack, running_stack
from local.microsoft.exchange.exchange import WINDOW_SECONDS
from local.microsoft.identity.token_forms import TokenForm
from local.switchboard.guard import TOKEN_HEADER
from local.switchboard.serving import running_switchboard

TOKEN = "0" * 32
_PATIENCE = 30.0

type Document = Any


@dataclass(frozen=True, slots=True)
class World:
    stack: Stack
    address: str  # with the token, as it is printed

    @property
    def url(self) -> str:
        return self.address.partition("/#")[0]


@contextmanager
def running_world(folder: Path | None = None, window: float = WINDOW_SECONDS) -> Iterator[World]:
    """Bring up all of it on free ports, as `make run` does; with the rows of a folder's files where one is given.

    Microsoft waits for an answer as long as `window` says, in seconds.
    """
    loading = Loading(folder) if folder else None
    with (
        running_stack(Ports(0, 0, 0, 0, 0), forms=tuple(TokenForm), loading=loading, window=window) as stack,
        running_switchboard(stack, TOKEN) as address,
    ):
        yield World(stack, address)


class Stream:
    """A stream of events, read line by line as they come."""

    def __init__(self, url: str, last: str = "", token: str = TOKEN) -> None:
        address = urlsplit(url)
        self._connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
        self._connection.request("GET", "/api/events", headers={TOKEN_HEADER: token, "Last-Event-ID": last})
        self._socket = self._connection.sock
        self._answer = self._connection.getresponse()
        self.status = self._answer.status

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._answer.close()
        self._connection.close()

    def hang_up(self) -> None:
        """End it from another thread than the one that reads."""
        self._socket.shutdown(socket.SHUT_RDWR)

    def events(self) -> Iterator[dict[str, str]]:
        """Give each event by its fields; comments are left out. Ends with the stream."""
        event: dict[str, str] = {}
        while line := self._answer.readline():
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name:
                event[name] = value
            elif event:
                yield event
                event = {}
            else:
                event = {}


class OpenPage:
    """Hears what a page hears, and asks what it asks."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.headers[TOKEN_HEADER] = TOKEN
        self._documents: dict[str, Document] = {}
        self._changed = threading.Condition()
        self._stream = Stream(url)
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.hang_up()
        self._thread.join()
        self.session.close()

    def post(self, path: str, **asked: object) -> requests.Response:
        return self.session.post(f"{self.url}/api/{path}", json=asked, timeout=60)

    def place(self, line: str, **caller: object) -> str:
        """Let somebody call that line; give the call's key."""
        self.until("world", lambda world: any(one["id"] == line for one in world["lines"]))
        answer = self.post("calls", line=line, caller=caller or {"kind": "colleague"})
        assert answer.status_code == 200, answer.text
        return f"call/{answer.json()['id']}"

    def act(self, key: str, who: str, does: str) -> None:
        answer = self.post(f"calls/{key.removeprefix('call/')}/act", who=who, does=does)
        assert answer.status_code == 200, answer.text

    def until(self, key: str, holds: Callable[[Document], bool], patience: float = _PATIENCE) -> Document:
        """Wait until a document is so, for so many seconds at most."""
        end = time.monotonic() + patience
        with self._changed:
            while not (key in self._documents and holds(self._documents[key])):
                left = end - time.monotonic()
                assert left > 0, f"{key} did not become so: {self._documents.get(key)}"
                self._changed.wait(left)
            return self._documents[key]

    def ended(self, key: str) -> Document:
        """Wait until a call is over and its record is done."""
        return self.until(key, lambda call: call["over"] and (call["record"] or {}).get("State") == "done")

    def _listen(self) -> None:
        with self._stream, suppress(OSError):  # what is cut off in the middle was hung up on
            for event in self._stream.events():
                if event["event"] == "update":
                    told = json.loads(event["data"])
                    with self._changed:
                        self._documents[told["key"]] = told["value"]
                        self._changed.notify_all()


def step(call: Document, key: str) -> dict[str, Any]:
    """Give that step of a call's way."""
    found: dict[str, Any] = next(one for one in call["steps"] if one["key"] == key)
    return found


def keys(call: Document) -> list[str]:
    return [one["key"] for one in call["steps"]]
