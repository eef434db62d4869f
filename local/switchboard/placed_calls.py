"""Remember the calls that pages have placed, and which of them something has happened to."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime

from local.demo.examples import Line
from local.demo.tables import Row
from local.microsoft.exchange.call import Call
from local.switchboard.asks import Caller, Unclear

_KEPT = 100  # calls that a page lists
_LOOK = 0.5  # seconds after which it is looked also without news


@dataclass(slots=True)
class Placed:
    """One call; `day` is the UTC day of its record."""

    number: int
    call: Call
    caller: Caller
    line: Line
    at: datetime
    is_ours: bool  # placed by a page, and not in a terminal
    record: Row | None = None
    writes_read: int = 0  # how many writes of its row had been answered when it was last read
    turns: list[tuple[float, str]] = field(default_factory=list)  # time.monotonic(), and what was done to the app
    over_since: float | None = None
    is_settled: bool = False

    @property
    def day(self) -> str:
        return self.at.date().isoformat()


class PlacedCalls:
    """The newest of them, by id."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: OrderedDict[str, Placed] = OrderedDict()
        self._count = 0
        self._expected: set[str] = set()
        self._changed: set[str] = set()
        self._news = threading.Event()

    def expect(self, call: str) -> None:
        """Know that a page is about to place this call."""
        with self._lock:
            self._expected.add(call)

    def is_new(self, call: str) -> bool:
        """Tell whether this is a call that nobody has remembered, or is about to."""
        with self._lock:
            return call not in self._calls and call not in self._expected

    def add(self, call: Call, caller: Caller, line: Line, at: datetime, *, is_ours: bool) -> str | None:
        """Remember a call, and give the id of one that is forgotten for it."""
        with self._lock:
            self._expected.discard(call.id)
            if call.id in self._calls:
                return None
            self._count += 1
            self._calls[call.id] = Placed(self._count, call, caller, line, at, is_ours)
            gone = self._calls.popitem(last=False)[0] if len(self._calls) > _KEPT else None
        self.changed(call.id)
        return gone

    def changed(self, call: str) -> None:
        """Hear that something has happened to a call, also to one that is not known here."""
        with self._lock:
            self._changed.add(call)
        self._news.set()

    def wait(self) -> None:
        """Wait for news, and not for long."""
        self._news.wait(_LOOK)
        self._news.clear()

    def to_be_told(self) -> list[Placed]:
        """Give those with news, and those of which more is to come."""
        with self._lock:
            changed, self._changed = self._changed, set()
            return [placed for call, placed in self._calls.items() if call in changed or not placed.is_settled]

    def has(self, call: str) -> bool:
        with self._lock:
            return call in self._calls

    def under_way(self) -> list[Placed]:
        with self._lock:
            return [placed for placed in self._calls.values() if not placed.is_settled]

    def talking(self) -> list[Placed]:
        """Give those that somebody has picked up and nobody has ended."""
        with self._lock:
            calls = list(self._calls.values())
        picked_up = [one for one in calls if one.is_ours and one.call.happened("pickedUp")]
        return [one for one in picked_up if not one.call.happened("talkEnded")]

    def find(self, call: str) -> Placed:
        """Give a call that is remembered. Raises Unclear."""
        with self._lock:
            placed = self._calls.get(call)
        if placed is None:
            raise Unclear("There is no such call on this page.")
        return placed
