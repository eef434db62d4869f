"""Tell all pages what becomes of the calls, and how the world around them stands."""

import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from local.demo.stack import TIME_ZONE, Stack
from local.demo.tables import NoTables
from local.switchboard import call_view, world
from local.switchboard.feed import Feed, monotonic_ms
from local.switchboard.placed_calls import Placed, PlacedCalls
from local.switchboard.sightings import Sightings
from local.switchboard.trail import Trail
from local.switchboard.way import is_settled

if TYPE_CHECKING:
    from local.demo.examples import Line

ZONE = ZoneInfo(TIME_ZONE)
_BREATH = 0.03  # seconds in which changes are gathered
_LOOK = 0.5  # seconds between two looks at the tables
_ASK_AGAIN = 30.0  # seconds after which the app is asked anew who rings, also if no row has changed
_SETTLES = 12.0  # seconds that a record may come after its call is over
_LINES_OF_LOG = 40


class Reporter:
    """Watches from start() until stop(). `lines`, `names` and `rows` are the tables' newest."""

    def __init__(self, stack: Stack, feed: Feed, calls: PlacedCalls, sightings: Sightings) -> None:
        self._stack = stack
        self._feed = feed
        self._calls = calls
        self._sightings = sightings
        self.rows: dict[str, list[world.Row]] | None = None
        self.lines: list[Line] = []
        self.names: dict[str, str] = {}
        self.is_starting = False  # the app, at somebody's wish
        self.tables_away = False  # for the app, which would wait for them before it says who rings
        self._who: dict[str, Any] = {}
        self._asked_at = float("-inf")
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._watch_calls, name="switchboard calls", daemon=True),
            threading.Thread(target=self._watch_world, name="switchboard world", daemon=True),
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(5)

    def ask_again(self) -> None:
        """Let the app, which has begun anew, be asked who rings; what it said before counts no more."""
        self._asked_at = float("-inf")
        if self.tables_away and self.rows is not None:
            self._who = {line.id: {"decision": "not known, for the tables are away"} for line in self.lines}
            self._tell_world(self.rows)

    def tell_clock(self) -> None:
        now = datetime.now(UTC)
        offset = now.astimezone(ZONE).utcoffset()
        clock = {
            "at": now.timestamp() * 1000,
            "offset": 0 if offset is None else offset.total_seconds() * 1000,
            "counted": monotonic_ms(),
            "zone": TIME_ZONE,
            "shifted": self._stack.clock.shift != 0,
        }
        self._feed.publish("clock", clock)

    def tell_starting(self, *, is_starting: bool) -> None:
        self.is_starting = is_starting
        if not is_starting:
            self.ask_again()
        self.tell_app()

    def tell_app(self) -> None:
        app = self._stack.app
        state = "starting" if self.is_starting else "running" if app.is_running else "away"
        said = [line for line in list(app.log)[-_LINES_OF_LOG:] if '{"event"' in line]
        self._feed.publish("app", {"state": state, "address": app.url, "said": said})

    def _watch_calls(self) -> None:
        while not self._stopping.is_set():
            self._calls.wait()
            self._stopping.wait(_BREATH)
            for placed in self._calls.to_be_told():
                self._tell_call(placed)

    def _tell_call(self, placed: Placed) -> None:
        call, sighting = placed.call, self._sightings.of(placed.call.id)
        self._read_record(placed, sum(seen.status is not None for seen in sighting.tables.values()))
        turns, keys = tuple(placed.turns), self._sightings.keys.times
        trail = Trail(call.rang_at, tuple(call.timeline), sighting, placed.record, turns, keys)
        if call.over and placed.over_since is None:
            placed.over_since = time.monotonic()
        late = placed.over_since is not None and time.monotonic() - placed.over_since > _SETTLES
        placed.is_settled = is_settled(trail, over=call.over) or late
        placed.line = next((line for line in self.lines if line.id == placed.line.id), placed.line)
        if self._calls.has(call.id):
            self._feed.publish(f"call/{call.id}", call_view.as_json(placed, trail, self.names, ZONE))

    def _read_record(self, placed: Placed, writes: int) -> None:
        """Read the row anew, where it has been written since."""
        if writes > placed.writes_read:
            with suppress(NoTables):
                placed.record = self._stack.tables.call(placed.day, placed.call.id) or placed.record
                placed.writes_read = writes

    def _watch_world(self) -> None:
        while not self._stopping.is_set():
            rows = world.read_tables(self._stack.tables)
            if rows is not None:
                is_new = rows != self.rows
                self.rows, self.names, self.lines = rows, world.names(rows), world.lines(rows)
                if is_new:
                    self._asked_at = float("-inf")
                    self._tell_world(rows)
                if time.monotonic() - self._asked_at > _ASK_AGAIN and not self.tables_away:
                    self._asked_at = time.monotonic()
                    self._who = world.who_rings(self._stack.app.url, self.lines)
                    self._tell_world(rows)
            self.tell_app()
            self._stopping.wait(_LOOK)

    def _tell_world(self, rows: dict[str, list[world.Row]]) -> None:
        lines = [{"id": line.id, "name": line.display_name, "who": self._who.get(line.id, {})} for line in self.lines]
        folder = self._stack.data.folder.name if self._stack.data else None
        self._feed.publish("world", {"lines": lines, "people": world.people(rows), "folder": folder})
