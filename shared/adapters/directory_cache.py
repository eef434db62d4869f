"""Hold the newest directory: read at most every half minute, stale when storage is away, one load at a time."""

import re
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace

from shared.core.budgets import Budgets
from shared.core.directory.model import ANONYMOUS, ANY, Directory, Problem, Severity
from shared.core.errors import StorageUnavailable
from shared.core.ids import guid, masked
from shared.ports import Clock, Events

_RESTS = 20  # times what a load took: a large directory is not read all the time
_EARLY = 0.8  # of its age, from where on a call refreshes it in the background
_MOST_PROBLEMS = 20  # said one by one
_WRITTEN = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|\+[\d\s()./-]+|\d{7,}""")
_EMPTIED = Problem(
    Severity.ERROR,
    "targets",
    "*",
    "RowKey",
    "the table suddenly reads empty: what it had before rings for ten minutes more; write the rows again",
)


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
        self._emptied_at: float | None = None
        self._stale_said_at: float | None = None
        self.last_read: float | None = None

    def current(self) -> Directory | None:
        """Give a fresh directory; else the one that a load brings within 1.5 s; else the stale one, however old."""
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

    def _newer(self, held: _Held | None) -> _Held | None:
        with self._lock:
            if self._held is not held:  # it came while this call was on its way here
                return self._held
            flight = self._under_way()
        wait([flight], self._budgets.directory_wait)
        if self._held is held:
            self._say_stale(held)
        return self._held

    def _under_way(self) -> Future[None]:
        if self._flight is None or self._flight.done():
            self._flight = self._loader.submit(self._refresh)
            self._flight.add_done_callback(self._say_fault)
        return self._flight

    def _refresh(self) -> None:
        began = self._clock.monotonic()
        try:
            directory = self._load()
        except StorageUnavailable as away:
            self._events("storage.away", table="targets, routes", step="directory", why=str(away))
            return
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
        """Keep the lists for ten minutes where all of them are suddenly gone: that is rarely meant."""
        if before is None or not before.lists or read.lists:
            self._emptied_at = None
            return read
        if self._emptied_at is None:
            self._emptied_at = now
            self._events("directory.emptied", kept=before.fingerprint, lists=len(before.lists))
            return replace(before, problems=(_EMPTIED, *before.problems))
        return before if now - self._emptied_at < self._budgets.empty_read_grace else read

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
        for problem in now.problems[:_MOST_PROBLEMS]:
            self._say_problem(problem)

    def _say_problem(self, problem: Problem) -> None:
        self._events(
            "directory.problem",
            level=problem.level,
            table=problem.table,
            row=_without_names(problem.row),
            column=problem.column,
            message=_without_numbers(problem.message),
        )


def _without_numbers(message: str) -> str:
    """Mask what a person wrote, which stands in quotes or begins with +; the other figures are our own examples."""
    return _WRITTEN.sub(lambda found: masked(found[0]), message)


def _without_names(row: str) -> str:
    """Give a row's keys as a log may hold them: where an id or a number belongs, people write names and addresses."""
    partition, slash, key = row.partition("/")
    is_plain = guid(key) or key.lower() in {ANY, ANONYMOUS}
    shown = masked(key)
    return f"{masked(partition)}{slash}{key if is_plain else '…' if any(map(str.isalpha, shown)) else shown}"
