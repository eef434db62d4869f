"""Remember what was seen of each call on the wires between the app and its neighbours, and what the app said of it."""

import itertools
import json
import re
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from local.loopback.messages import Request

_KEPT = 200  # calls
_MOST_LINES = 200  # of one call
_MOST_KEY_REQUESTS = 50
_GRAPH = re.compile(r"/v1\.0/communications/calls/([^/]+)/(redirect|reject)")
_ROW = re.compile(r"/calls\(PartitionKey='[^']*',RowKey='([^']+)'\)$")
_EVENT = re.compile(r'\{"event".*\}')


@dataclass(frozen=True, slots=True)
class Seen:
    """One request; times are time.monotonic(), and `status` is None where no answer went out."""

    what: str  # redirect, reject; POST, PUT, PATCH
    asked: float
    answered: float | None = None
    status: int | None = None
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Said:
    at: float
    event: Mapping[str, Any]


@dataclass(slots=True)
class Sighting:
    """Of one call."""

    graph: dict[int, Seen] = field(default_factory=dict)
    tables: dict[int, Seen] = field(default_factory=dict)
    said: deque[Said] = field(default_factory=lambda: deque(maxlen=_MOST_LINES))

    def copy(self) -> "Sighting":
        return Sighting(dict(self.graph), dict(self.tables), self.said.copy())


class Sightings:
    """Of all calls; `changed` is given a call's id whenever something was seen of it."""

    def __init__(self, changed: Callable[[str], object]) -> None:
        self._changed = changed
        self._calls: OrderedDict[str, Sighting] = OrderedDict()
        self._lock = threading.Lock()
        self.graph = _Wire(lambda request: _match(_GRAPH, request.path), self._note_graph)
        self.tables = _Wire(_written_call, self._note_tables)

        self.keys = KeyRequests()

    def of(self, call: str) -> Sighting:
        with self._lock:
            return self._sighting(call).copy()

    def hear(self, line: str) -> None:
        """Take a line of the app's log."""
        found = _EVENT.search(line)
        try:
            event = json.loads(found[0]) if found else {}
        except ValueError:
            return
        row = event.get("row")  # of a call that could not be recorded
        if call := event.get("call") or (row.get("call") if isinstance(row, dict) else None):
            with self._lock:
                self._sighting(call).said.append(Said(time.monotonic(), event))
            self._changed(call)

    def _note_graph(self, call: str, number: int, seen: Seen) -> None:
        with self._lock:
            self._sighting(call).graph[number] = seen
        self._changed(call)

    def _note_tables(self, call: str, number: int, seen: Seen) -> None:
        with self._lock:
            self._sighting(call).tables[number] = seen
        self._changed(call)

    def _sighting(self, call: str) -> Sighting:
        sighting = self._calls.setdefault(call, Sighting())
        if len(self._calls) > _KEPT:
            self._calls.popitem(last=False)
        return sighting


class KeyRequests:
    """A Watcher of the servers that publish Microsoft's keys."""

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=_MOST_KEY_REQUESTS)

    @property
    def times(self) -> tuple[float, ...]:
        return tuple(self._times)

    def asked(self, request: Request) -> None:
        self._times.append(request.at)

    def answered(self, request: Request, status: int | None, at: float) -> None:
        """Leave it: what became of it shows in what the app does."""


class _Wire:
    """A Watcher that knows which call a request is about."""

    def __init__(
        self, call_of: Callable[[Request], tuple[str, str] | None], note: Callable[[str, int, Seen], None]
    ) -> None:
        self._call_of = call_of
        self._note = note
        self._numbers = itertools.count()
        self._open: dict[int, tuple[str, int, Seen]] = {}

    def asked(self, request: Request) -> None:
        if found := self._call_of(request):
            call, what = found
            number, seen = next(self._numbers), Seen(what, request.at, body=request.body)
            self._open[id(request)] = call, number, seen
            self._note(call, number, seen)

    def answered(self, request: Request, status: int | None, at: float) -> None:
        if known := self._open.pop(id(request), None):
            call, number, seen = known
            self._note(call, number, replace(seen, answered=at, status=status))


def _match(pattern: re.Pattern[str], path: str) -> tuple[str, str] | None:
    found = pattern.fullmatch(path)
    return (found[1], found[2]) if found else None


def _written_call(request: Request) -> tuple[str, str] | None:
    """Give the call whose row a request writes."""
    if request.method == "POST" and request.path.endswith("/calls"):
        try:
            return str(request.json["RowKey"]), "POST"
        except (ValueError, LookupError, TypeError):
            return None
    found = _ROW.search(request.path)
    return (found[1], request.method) if found and request.method in {"PUT", "MERGE", "PATCH"} else None
