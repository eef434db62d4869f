"""Do what a page asks of the local world, and tell all pages what becomes of it."""

import threading
import time
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from local.demo.examples import Line
from local.demo.stack import TIME_ZONE, Stack
from local.demo.tables import NoTables
from local.microsoft.exchange.call import Call
from local.microsoft.exchange.call_script import Identity, IncomingCall, Silent
from local.microsoft.exchange.exchange import Act
from local.processes import NotStarted
from local.switchboard import asks, call_view, world
from local.switchboard.asks import Caller, Unclear
from local.switchboard.feed import Feed, monotonic_ms
from local.switchboard.sightings import Sightings
from local.switchboard.switches import Switch, Switches
from local.switchboard.way import Trail, is_settled

_MOST_AT_ONCE = 100  # Graph's own limit of an app
_KEPT = 100  # calls that the page lists
_BREATH = 0.03  # seconds in which changes are gathered
_LOOK = 0.5  # seconds between two looks at the tables
_ASK_AGAIN = 30.0  # seconds after which the app is asked anew who rings, also if no row has changed
_SETTLES = 6.0  # seconds that a record may come after its call is over
_HANG_UP = 5.0
_ENDED_LINES = 40


@dataclass(slots=True)
class Placed:
    """A call of this board."""

    number: int
    call: Call
    caller: Caller
    line: Line
    at: datetime
    day: str
    record: world.Row | None = None
    turns: list[tuple[float, str]] = field(default_factory=list)
    over_since: float | None = None
    is_settled: bool = False


class Board:
    """Watches from start() until stop()."""

    def __init__(self, stack: Stack, feed: Feed) -> None:
        self._stack = stack
        self._feed = feed
        self._zone = ZoneInfo(TIME_ZONE)
        self._lock = threading.Lock()
        self._placed: OrderedDict[str, Placed] = OrderedDict()
        self._count = 0
        self._dirty: set[str] = set()
        self._news = threading.Event()
        self._stopping = threading.Event()
        self._turning = threading.Lock()  # one at a time ends the app, or sets the clock
        self._rows: dict[str, list[world.Row]] | None = None
        self._lines: list[Line] = []
        self._names: dict[str, str] = {}
        self._who: dict[str, Any] = {}
        self._asked_at = 0.0
        self._is_starting = False
        self.sightings = Sightings(self._changed)
        self.switches = Switches(stack.microsoft, stack.table_proxy, self._die)
        self._threads = [
            threading.Thread(target=self._watch_calls, name="switchboard calls", daemon=True),
            threading.Thread(target=self._watch_world, name="switchboard world", daemon=True),
        ]

    def start(self) -> None:
        stack = self._stack
        stack.microsoft.exchange.heard = self._changed
        stack.microsoft.graph.watcher = self.sightings.graph
        stack.table_proxy.watcher = self.sightings.tables
        stack.microsoft.keys.watcher = stack.microsoft.entra_keys.watcher = self.sightings.keys
        stack.app.heard = self.sightings.hear
        self._tell_switches()
        self._tell_clock()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._news.set()
        for thread in self._threads:
            thread.join(5)

    # What a page can ask for.

    def place(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Let somebody call a line; every phone waits for a person. Raises Unclear."""
        called = asks.text(asked.get("line"), "line")
        line = next((line for line in self._lines if line.id == called), None)
        if line is None:
            raise Unclear("There is no such line in the table routes.")
        who = asks.caller(asked.get("caller"), self._names)
        with self._lock:
            if sum(not placed.call.over for placed in self._placed.values()) >= _MOST_AT_ONCE:
                raise Unclear(f"{_MOST_AT_ONCE} calls are under way, which is all that Graph takes at once.")
        self.switches.before_a_call()
        called_as = Identity(line.kind, line.id, line.display_name)
        script = IncomingCall(who.identity, called_as, forwarded_by=who.forwarded_by, everyone=Silent())
        now = datetime.now(UTC)
        call = self._stack.microsoft.exchange.ring(script)
        with self._lock:
            self._count += 1
            self._placed[call.id] = Placed(self._count, call, who, line, now, now.date().isoformat())
            gone = self._placed.popitem(last=False)[0] if len(self._placed) > _KEPT else None
        if gone:
            self._feed.publish(f"call/{gone}", None)
        self._changed(call.id)
        return {"id": call.id}

    def act(self, call: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Let a person do something at a phone. Raises Unclear."""
        placed = self._find(call)
        try:
            does = Act(asks.text(asked.get("does"), "does"))
            self._stack.microsoft.exchange.act(placed.call, asks.text(asked.get("who"), "who"), does)
        except ValueError as error:
            raise Unclear(str(error)) from error
        return {}

    def turn(self, switch: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Turn a switch, or all of them off. Raises Unclear."""
        if switch == "all":
            self.switches.all_kind()
        elif switch in set(Switch):
            on = asks.flag(asked.get("on"), "on")
            needs_one = on and switch == Switch.TARGET_REFUSED
            self.switches.turn(Switch(switch), on=on, whom=asks.text(asked.get("whom"), "whom") if needs_one else "")
        else:
            raise Unclear("There is no such switch.")
        self._asked_at = 0.0
        self._tell_switches()
        return {}

    def end_all(self, _: dict[str, Any]) -> dict[str, Any]:
        """Let every caller hang up, and every talk end."""
        self._end_all()
        return {}

    def enable(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Switch a row of targets on or off. Raises Unclear."""
        row = {
            "PartitionKey": asks.text(asked.get("list"), "list"),
            "RowKey": asks.text(asked.get("id"), "id"),
            "Enabled": asks.flag(asked.get("enabled"), "enabled"),
        }
        rows = self._rows or {}
        if not any(
            (one["PartitionKey"], one["RowKey"]) == (row["PartitionKey"], row["RowKey"]) for one in rows["targets"]
        ):
            raise Unclear("There is no such row in the table targets.")
        try:
            self._stack.tables.put("targets", row)
        except NoTables as error:
            raise Unclear("The tables do not answer.") from error
        return {}

    def set_clock(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Set the clock of the whole local world, None for this machine's. Raises Unclear.

        A real clock does not jump, and the app is not built for it: so calls are ended, and the app starts anew.
        """
        told = asked.get("at")
        moment = None if told is None else asks.moment(told, self._zone)
        if not self._turning.acquire(blocking=False):
            raise Unclear("The app is being started: wait a moment.")
        try:
            self._end_all()
            clock, app = self._stack.clock, self._stack.app
            if moment is None:
                clock.shift_by(0)
            else:
                clock.set_to(moment)
            app.shift = clock.shift
            self._starting(is_starting=True)
            app.restart()
        except NotStarted as error:
            raise Unclear("The app did not start; the terminal says why.") from error
        finally:
            self._turning.release()
            self._starting(is_starting=False)
            self._asked_at = 0.0
            self._tell_clock()
        return {}

    # What pages are told.

    def _changed(self, call: str) -> None:
        with self._lock:
            self._dirty.add(call)
        self._news.set()

    def _watch_calls(self) -> None:
        while not self._stopping.is_set():
            self._news.wait(_LOOK)
            self._news.clear()
            self._stopping.wait(_BREATH)
            with self._lock:
                dirty, self._dirty = self._dirty, set()
                placed = [one for call, one in self._placed.items() if call in dirty or not one.is_settled]
            for one in placed:
                self._tell_call(one)

    def _tell_call(self, placed: Placed) -> None:
        sighting, call = self.sightings.of(placed.call.id), placed.call
        wrote = any(seen.status is not None for seen in sighting.tables.values())
        if wrote and not placed.is_settled:
            with suppress(NoTables):
                placed.record = self._stack.tables.call(placed.day, call.id) or placed.record
        trail = Trail(
            call.rang_at, tuple(call.timeline), sighting, placed.record, tuple(placed.turns), self.sightings.keys.times
        )
        if call.over and placed.over_since is None:
            placed.over_since = time.monotonic()
        late = placed.over_since is not None and time.monotonic() - placed.over_since > _SETTLES
        talks = bool(trail.happened("pickedUp")) and not trail.happened("talkEnded")
        placed.is_settled = (is_settled(trail, over=call.over) or late) and not talks
        with self._lock:
            is_listed = call.id in self._placed
        if is_listed:
            view = call_view.view(
                placed.number, placed.at.astimezone(self._zone), placed.caller.label, placed.line, trail
            )
            shown = call_view.as_json(view, call.id, self._names, over=call.over)
            self._feed.publish(f"call/{call.id}", shown)

    def _watch_world(self) -> None:
        while not self._stopping.is_set():
            rows = world.read_tables(self._stack.tables)
            if rows is not None:
                changed = rows != self._rows
                self._rows, self._names, self._lines = rows, world.names(rows), world.lines(rows)
                if changed or time.monotonic() - self._asked_at > _ASK_AGAIN:
                    self._tell_world(rows)
                    self._asked_at = time.monotonic()
                    self._who = world.who_rings(self._stack.app.url, self._lines)
                    self._tell_world(rows)
            self._tell_app()
            self._stopping.wait(_LOOK)

    def _tell_world(self, rows: dict[str, list[world.Row]]) -> None:
        lines = [
            {
                "id": line.id,
                "name": line.display_name,
                "kind": line.kind,
                "who": self._who.get(line.id, {}),
            }
            for line in self._lines
        ]
        self._feed.publish("world", {"lines": lines, "people": world.people(rows)})

    def _tell_app(self) -> None:
        app = self._stack.app
        state = "starting" if self._is_starting else "running" if app.is_running else "away"
        said = [line for line in list(app.log)[-_ENDED_LINES:] if '{"event"' in line]
        self._feed.publish("app", {"state": state, "address": app.url, "said": said})

    def _tell_switches(self) -> None:
        self._feed.publish("switches", self.switches.as_json())

    def _tell_clock(self) -> None:
        now = datetime.now(UTC)
        offset = now.astimezone(self._zone).utcoffset()
        local = {
            "at": now.timestamp() * 1000,
            "offset": 0 if offset is None else offset.total_seconds() * 1000,
            "counted": monotonic_ms(),
            "zone": TIME_ZONE,
            "shifted": self._stack.clock.shift != 0,
        }
        self._feed.publish("clock", local)

    # What is done to the app.

    def _die(self, call: str) -> None:
        threading.Thread(target=self._restart_within, args=(call,), name="switchboard restart", daemon=True).start()

    def _restart_within(self, call_id: str) -> None:
        """Kill the app in the middle of a call, start it, and let Microsoft deliver the call once more."""
        with self._turning:
            placed, app = self._find(call_id), self._stack.app
            app.kill()
            placed.turns.append((time.monotonic(), "killed"))
            self._starting(is_starting=True)
            self._changed(call_id)
            with suppress(NotStarted):
                app.start()
                placed.turns.append((time.monotonic(), "started"))
                if not placed.call.over:
                    placed.turns.append((time.monotonic(), "told again"))
                    self._stack.microsoft.exchange.announce_again(placed.call)
            self._starting(is_starting=False)
            self._changed(call_id)

    def _starting(self, *, is_starting: bool) -> None:
        self._is_starting = is_starting
        self._tell_app()

    def _end_all(self) -> None:
        with self._lock:
            under_way = [one for one in self._placed.values() if not one.is_settled]
        for one in under_way:
            with suppress(ValueError):
                one.call.hang_up("caller")
        for one in under_way:
            with suppress(TimeoutError):
                one.call.wait(_HANG_UP)

    def _find(self, call: str) -> Placed:
        with self._lock:
            placed = self._placed.get(call)
        if placed is None:
            raise Unclear("There is no such call on this page.")
        return placed
