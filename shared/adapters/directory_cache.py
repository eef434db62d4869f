"""Hold the newest directory: read at most every half minute, stale when storage is away, one load at a time."""

import math
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from shared.core.budgets import Budgets
from shared.core.directory.emptied import emptied_tables, keep
from shared.core.directory.model import Directory, Problem
from shared.core.errors import StorageUnavailable
from shared.core.light_dataclass import dataclass
from shared.ports import Clock, Events

_RESTS = 20  # times what a load took: a large directory is not read all the time
_EARLY = 0.8  # of its age, from where on a call refreshes it in the background
_MOST_PROBLEMS = 20  # said one by one


@dataclass(frozen=True, slots=True)
class _Held:
    directory: Directory
    read_at: float  # when its load began: an edit after that may be missing
    fresh_for: float


class DirectoryCache:
    """`load` raises StorageUnavailable; `ttl` is in seconds."""

    def __init__(
        self, load: Callable[[], Directory], *, ttl: float, clock: Clock, events: Events, budgets: Budgets
    ) -> None:
        self._load = load
        self._ttl = ttl
        self._clock = clock
        self._events = events
        self._budgets = budgets
        self._lock = threading.Lock()
        self._loader = ThreadPoolExecutor(1, "directory")
        self._held: _Held | None = None
        self._flight: Future[None] | None = None
        self._flight_began_at = -math.inf
        self._rereading: Future[None] | None = None
        self._is_hanging = False
        self._emptied_at: dict[str, float] = {}
        self._problems_said_at = -math.inf
        self._stale_said_at: float | None = None
        self.last_read: float | None = None

    def current(self) -> Directory | None:
        """Give a fresh directory; else the one that a young load brings within 1.5 s; else the stale one, however old.

        Where none was ever read, a call waits 4 s for the first, since it has nothing else to go by.
        While storage hangs, one call after the other would wait 1.5 s for nothing: an old load is not waited for.
        """
        held = self._held
        age = self._age(held)
        if held is None or age >= held.fresh_for:
            held = self._newer(held)
        elif age >= held.fresh_for * _EARLY:
            self.warm()
        return held.directory if held else None

    def warm(self) -> Future[None]:
        """Begin to read the tables, unless that is under way."""
        with self._lock:
            return self._under_way()

    def reread(self) -> Future[None]:
        """Read the tables once what is under way has ended: whoever asks may have edited them since that began."""
        with self._lock:
            if self._flight is None or self._flight.done():
                return self._under_way()
            if self._rereading is None or self._rereading.running() or self._rereading.done():
                self._rereading = self._begin()
            return self._rereading

    def repeat_problems(self, since: float) -> None:
        """Say again what is wrong, unless that was said `since` then: an alert looks back a few minutes only."""
        if self._held and self._problems_said_at < since:
            self._say_problems(self._held.directory)

    def _newer(self, held: _Held | None) -> _Held | None:
        with self._lock:
            if self._held is not held:  # it came while this call was on its way here
                return self._held
            flight = self._under_way()
            seconds = self._worth_waiting(held)
        wait([flight], seconds)
        if self._held is held:
            self._say_stale(held)
        return self._held

    def _worth_waiting(self, held: _Held | None) -> float:
        age = self._clock.monotonic() - self._flight_began_at
        if held is None:
            return self._budgets.first_wait if age < self._budgets.first_load else 0.0
        return 0.0 if self._is_hanging else max(0.0, self._budgets.directory_wait - age)

    def _under_way(self) -> Future[None]:
        if self._flight is None or self._flight.done():
            self._flight_began_at = self._clock.monotonic()
            self._flight = self._begin()
        return self._flight

    def _begin(self) -> Future[None]:
        flight = self._loader.submit(self._refresh)
        flight.add_done_callback(self._say_fault)
        return flight

    def _refresh(self) -> None:
        began = self._clock.monotonic()
        try:
            directory = self._load()
        except StorageUnavailable as away:
            self._is_hanging = self._clock.monotonic() - began >= self._budgets.directory_wait
            self._events("storage.away", table="targets, routes", step="directory", why=str(away))
            return
        self._is_hanging = False
        self.last_read = self._clock.monotonic()
        took = self.last_read - began
        before = self._held.directory if self._held else None
        believed = self._guarded_against_empty_read(directory, before, began)
        self._held = _Held(believed, began, max(self._ttl, took * _RESTS))
        self._stale_said_at = None
        if before is None or believed.fingerprint != before.fingerprint or believed.problems != before.problems:
            self._say_changed(before, believed)

    def _say_fault(self, flight: Future[None]) -> None:
        # Nobody asks a flight for its exception: a fault of ours would go unheard, and the directory stay as it is.
        if (fault := flight.exception()) is not None:
            self._events("internal.error", kind=type(fault).__name__, step="directory")

    def _guarded_against_empty_read(self, read: Directory, before: Directory | None, now: float) -> Directory:
        """Keep for ten minutes what a table held that is suddenly empty: that is rarely meant."""
        if before is None:
            return read
        emptied = emptied_tables(read, before)
        since = {table: self._emptied_at.get(table, now) for table in emptied}
        for table in since.keys() - self._emptied_at.keys():
            self._events("directory.emptied", table=table, kept=before.fingerprint, lists=len(before.lists))
        self._emptied_at = since
        doubted = [table for table in emptied if now - since[table] < self._budgets.empty_read_grace]
        return keep(doubted, read, before) if doubted else read

    def _age(self, held: _Held | None) -> float:
        return self._clock.monotonic() - held.read_at if held else 0.0

    def _say_stale(self, held: _Held | None) -> None:
        now = self._clock.monotonic()
        if self._stale_said_at is None or now - self._stale_said_at >= self._budgets.stale_event_every:
            self._stale_said_at = now
            seconds = round(self._age(held)) if held else None
            self._events("directory.stale", seconds=seconds, was_ever_read=held is not None)

    def _say_changed(self, before: Directory | None, now: Directory) -> None:
        self._events(
            "directory.changed",
            old=before.fingerprint if before else None,
            new=now.fingerprint,
            lists=len(now.lists),
            targets=now.target_count,
            routes=len(now.routes),
            problems=len(now.problems),
        )
        self._say_problems(now)

    def _say_problems(self, directory: Directory) -> None:
        self._problems_said_at = self._clock.monotonic()
        for problem in directory.problems[:_MOST_PROBLEMS]:
            self._say_problem(problem)

    def _say_problem(self, problem: Problem) -> None:
        self._events(
            "directory.problem",
            level=problem.level,
            table=problem.table,
            row=problem.row,
            column=problem.column,
            message=problem.message,
        )
