"""Do what a page asks of the local world; its mistakes are refused with Unclear."""

import threading
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from local.demo.data_folder import DataRefused
from local.demo.examples import Line
from local.demo.stack import Stack
from local.demo.tables import NoTables, RowRefused
from local.microsoft.exchange.call import CALLER, Call
from local.microsoft.exchange.call_script import Identity, IncomingCall, Silent
from local.microsoft.exchange.exchange import Act
from local.processes import NotStarted
from local.switchboard import asks, world
from local.switchboard.app_death import AppDeath
from local.switchboard.asks import Caller, Unclear
from local.switchboard.feed import Feed
from local.switchboard.placed_calls import PlacedCalls
from local.switchboard.reporter import ZONE, Reporter
from local.switchboard.sightings import Sightings
from local.switchboard.switches import Switch, Switches

_MOST_AT_ONCE = 100  # Graph's own limit of an app
_HANG_UP = 5.0

type Document = dict[str, Any]


class Board:
    """Watches from start() until stop()."""

    def __init__(self, stack: Stack, feed: Feed) -> None:
        self._stack = stack
        self._feed = feed
        self._calls = PlacedCalls()
        self._sightings = Sightings(self._calls.changed)
        self._reporter = Reporter(stack, feed, self._calls, self._sightings)
        self._turning = threading.Lock()  # one at a time ends the app, or sets the clock
        death = AppDeath(stack, self._calls, self._reporter, self._turning)
        self._switches = Switches(stack.microsoft, stack.table_proxy, death.takes)

    def start(self) -> None:
        stack, seen = self._stack, self._sightings
        stack.microsoft.exchange.heard = self._hear
        stack.microsoft.graph.watcher = seen.graph
        stack.microsoft.keys.watcher = stack.microsoft.entra_keys.watcher = seen.keys
        stack.table_proxy.watcher = seen.tables
        stack.app.heard = seen.hear
        self._feed.publish("switches", self._switches.as_json())
        self._reporter.tell_clock()
        self._reporter.start()

    def stop(self) -> None:
        self._reporter.stop()

    def place(self, asked: Document) -> Document:
        """Let somebody call a line; every phone waits for a person."""
        called = asks.text(asked.get("line"), "line")
        line = next((line for line in self._reporter.lines if line.id == called), None)
        if line is None:
            raise Unclear("There is no such line in the table routes.")
        who = asks.caller(asked.get("caller"), self._reporter.names)
        if sum(not placed.call.over for placed in self._calls.under_way()) >= _MOST_AT_ONCE:
            raise Unclear(f"{_MOST_AT_ONCE} calls are under way, which is all that Graph takes at once.")
        self._switches.before_a_call()
        called_as = Identity(line.kind, line.id, line.display_name)
        script = IncomingCall(who.identity, called_as, forwarded_by=who.forwarded_by, everyone=Silent())
        at = datetime.now(UTC)
        self._calls.expect(script.call_id)
        self._remember(self._stack.microsoft.exchange.ring(script), who, line, at, is_ours=True)
        return {"id": script.call_id}

    def act(self, call: str, asked: Document) -> Document:
        """Let a person do something at a phone."""
        placed = self._calls.find(call)
        try:
            does = Act(asks.text(asked.get("does"), "does"))
            self._stack.microsoft.exchange.act(placed.call, asks.text(asked.get("who"), "who"), does)
        except ValueError as error:
            raise Unclear(str(error)) from error
        return {}

    def end_all(self, _: Document) -> Document:
        """Let every caller hang up, and every talk end."""
        under_way = self._calls.under_way() + self._calls.talking()
        for one in under_way:
            with suppress(ValueError):
                one.call.hang_up(CALLER)
        for one in under_way:
            with suppress(TimeoutError):
                one.call.wait(_HANG_UP)
        return {}

    def turn(self, switch: str, asked: Document) -> Document:
        """Turn a switch, or all of them off."""
        if switch == "all":
            self._switches.all_kind()
        elif switch in set(Switch):
            on = asks.flag(asked.get("on"), "on")
            needs_one = on and switch == Switch.TARGET_REFUSED
            self._switches.turn(Switch(switch), on=on, whom=asks.text(asked.get("whom"), "whom") if needs_one else "")
        else:
            raise Unclear("There is no such switch.")
        self._reporter.tables_away = self._switches.is_on(Switch.TABLES_AWAY)
        self._feed.publish("switches", self._switches.as_json())
        return {}

    def enable(self, asked: Document) -> Document:
        """Switch a row of targets on or off."""
        row = {
            "PartitionKey": asks.text(asked.get("list"), "list"),
            "RowKey": asks.text(asked.get("id"), "id"),
            "Enabled": asks.flag(asked.get("enabled"), "enabled"),
        }
        targets = (self._reporter.rows or {}).get("targets", [])
        if not any(all(one[key] == row[key] for key in ("PartitionKey", "RowKey")) for one in targets):
            raise Unclear("There is no such row in the table targets.")
        try:
            self._stack.tables.put("targets", row)
        except (NoTables, RowRefused) as error:
            raise Unclear("The tables do not take it.") from error
        return {}

    def save(self, _: Document) -> Document:
        """Write the edits into the folder that the tables came from, and say where each went."""
        data = self._stack.data
        if data is None:
            raise Unclear("The tables came from no folder: begin with make run DATA=folder.")
        try:
            return {"said": data.save() or ["There is nothing new to save."]}
        except DataRefused as error:
            raise Unclear(str(error)) from error

    def set_clock(self, asked: Document) -> Document:
        """Set the clock of the whole local world, None for this machine's.

        A real clock does not jump, and the app is not built for it: so calls are ended, and the app starts anew.
        """
        told = asked.get("at")
        moment = None if told is None else asks.moment(told, ZONE)
        if not self._turning.acquire(blocking=False):
            raise Unclear("The app is being started: wait a moment.")
        try:
            self.end_all({})
            clock, app = self._stack.clock, self._stack.app
            if moment is None:
                clock.shift_by(0)
            else:
                clock.set_to(moment)
            app.shift = clock.shift
            self._reporter.tell_starting(is_starting=True)
            app.restart()
        except NotStarted as error:
            raise Unclear("The app did not start; the terminal says why.") from error
        finally:
            self._turning.release()
            self._reporter.tell_starting(is_starting=False)
            self._reporter.tell_clock()
        return {}

    def _hear(self, call_id: str) -> None:
        """Hear of whatever happens to a call, also to one that somebody places in a terminal."""
        call = self._stack.microsoft.exchange.find(call_id) if self._calls.is_new(call_id) else None
        if call and not call.over:  # one that is over was on the page, and has been forgotten there
            called = call.script.called
            known = world.line(called.id, "", called.kind)
            line = next((line for line in self._reporter.lines if line.id == called.id), known)
            self._remember(call, asks.caller_elsewhere(call.script), line, datetime.now(UTC), is_ours=False)
        self._calls.changed(call_id)

    def _remember(self, call: Call, who: Caller, line: Line, at: datetime, *, is_ours: bool) -> None:
        if gone := self._calls.add(call, who, line, at, is_ours=is_ours):
            self._feed.publish(f"call/{gone}", None)
