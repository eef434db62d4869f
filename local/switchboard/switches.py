"""Make the app's neighbours unkind, one way at a time, and kind again."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from local.faultproxy import FaultProxy
from local.loopback.faults import Fault, Hang, Reset, Says, Slow
from local.loopback.messages import Request
from local.microsoft.simulator import Microsoft

_SLOW_SECONDS = 2.0  # within what the app waits for an answer
_SILENT_SECONDS = 6.0  # beyond it
_BUSY_ATTEMPTS = 2


class Switch(StrEnum):
    GRAPH_SLOW = "graph-slow"
    GRAPH_BUSY = "graph-busy"
    GRAPH_SILENT = "graph-silent"
    TARGET_REFUSED = "target-refused"
    KEYS_ROTATED = "keys-rotated"
    TABLES_AWAY = "tables-away"
    APP_RESTARTED = "app-restarted"


@dataclass(frozen=True, slots=True)
class Described:
    title: str
    text: str


DESCRIBED = {
    Switch.GRAPH_SLOW: Described("Graph is slow", "It does what it is asked at once, and answers 2 seconds later."),
    Switch.GRAPH_BUSY: Described(
        "Graph is busy", "It answers the first two attempts of each call with 429, too many requests."
    ),
    Switch.GRAPH_SILENT: Described("Graph is silent", "It takes each request, and never answers."),
    Switch.TARGET_REFUSED: Described(
        "Graph refuses one person", "Whoever is chosen counts as of another tenant: 403/7505 for the whole list."
    ),
    Switch.KEYS_ROTATED: Described(
        "Microsoft rotates its keys", "Each call is signed with a key that the app has never seen."
    ),
    Switch.TABLES_AWAY: Described("The tables are away", "The app's connections to its table storage are cut."),
    Switch.APP_RESTARTED: Described(
        "The app dies mid-call",
        "It is killed after it has claimed a call and before Graph answers, and started anew. "
        "Calls that come meanwhile do not kill it again.",
    ),
}


class Switches:
    """All are off at first. `app_dies` is given a call that Graph is asked about, and tells whether the app dies."""

    def __init__(self, microsoft: Microsoft, tables: FaultProxy, app_dies: Callable[[str], bool]) -> None:
        self._microsoft = microsoft
        self._tables = tables
        self._app_dies = app_dies
        self._on: dict[Switch, str] = {}  # with whom it is about
        self._attempts: Counter[str] = Counter()
        self._lock = threading.Lock()
        microsoft.graph.fault_of = self._graph_fault

    def turn(self, switch: Switch, *, on: bool, whom: str = "") -> None:
        """Turn one on or off. `whom` is the target's id where it is about one."""
        with self._lock:
            if on:
                self._on[switch] = whom
            else:
                self._on.pop(switch, None)
            self._attempts.clear()
            self._microsoft.graph_api.strangers = {
                who for which, who in self._on.items() if which is Switch.TARGET_REFUSED
            }
        if switch is Switch.TABLES_AWAY:
            self._tables.behaves()
            if on:
                self._tables.spoils(Reset())

    def all_kind(self) -> None:
        for switch in Switch:
            self.turn(switch, on=False)

    def is_on(self, switch: Switch) -> bool:
        with self._lock:
            return switch in self._on

    def before_a_call(self) -> None:
        """Do what has to be done before a call is signed."""
        if self.is_on(Switch.KEYS_ROTATED):
            for keys in (self._microsoft.signing.legacy, self._microsoft.signing.entra):
                keys.rotate()
                keys.withdraw()

    def as_json(self) -> list[dict[str, Any]]:
        with self._lock:
            return [
                {
                    "name": switch.value,
                    "title": described.title,
                    "text": described.text,
                    "on": switch in self._on,
                    "whom": self._on.get(switch, ""),
                    "chooses": switch is Switch.TARGET_REFUSED,
                }
                for switch, described in DESCRIBED.items()
            ]

    def _graph_fault(self, request: Request) -> Fault | None:
        call = request.path.rpartition("/")[0]
        with self._lock:
            if not self._on or not call:
                return None
            on = set(self._on)
            self._attempts[call] += 1
            attempt = self._attempts[call]
        if Switch.APP_RESTARTED in on and self._app_dies(call.rpartition("/")[2]):
            return Hang(_SLOW_SECONDS)
        if Switch.GRAPH_SILENT in on:
            return Hang(_SILENT_SECONDS)
        if Switch.GRAPH_BUSY in on and attempt <= _BUSY_ATTEMPTS:
            return Says(429, retry_after="1")
        return Slow(_SLOW_SECONDS) if Switch.GRAPH_SLOW in on else None
