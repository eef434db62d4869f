"""What the app says of its tables every few minutes, whether it can read them or not."""

from collections.abc import Callable
from typing import Any

import pytest

from shared.adapters.directory_cache import DirectoryCache
from shared.core.budgets import Budgets
from shared.core.directory.model import Directory, Target, TargetKind, snapshot
from shared.core.errors import StorageUnavailable
from shared.upkeep.heartbeat import Heartbeat
from tests.support.clock import MovableClock

FULL = snapshot({"default": (Target(TargetKind.USER, "98da8a1a-1b87-452c-a713-65d3f10b1253"),)}, {})


class Tables:
    """Answers with what it holds, or raises it."""

    def __init__(self, holds: Directory | Exception) -> None:
        self.holds = holds

    def load(self) -> Directory:
        if isinstance(self.holds, Exception):
            raise self.holds
        return self.holds


def heartbeat_of(
    tables: Tables, clock: MovableClock, keep_warm: Callable[[], object] = lambda: None
) -> tuple[Heartbeat, Callable[[], dict[str, Any]]]:
    said: list[dict[str, Any]] = []

    def events(name: str, /, **facts: object) -> None:
        said.extend([facts] if name == "app.alive" else [])

    def written(_: Directory) -> None:
        """Leave the table of problems to its own tests."""

    directory = DirectoryCache(tables.load, ttl=30, clock=clock, events=events, budgets=Budgets(directory_wait=0.01))
    return Heartbeat(directory, clock, events, written, keep_warm), lambda: said[-1]


def test_it_says_what_was_read() -> None:
    heartbeat, said = heartbeat_of(Tables(FULL), MovableClock())

    heartbeat.beat()

    assert said() == {
        "directory": FULL.fingerprint,
        "lists": 1,
        "targets": 1,
        "routes": 0,
        "problems": 0,
        "stale": False,
        "age": 0,
    }


def test_tables_that_are_away_leave_what_was_known_and_its_age() -> None:
    tables, clock = Tables(FULL), MovableClock()
    heartbeat, said = heartbeat_of(tables, clock)
    heartbeat.beat()

    clock.advance(600)
    tables.holds = StorageUnavailable("away")
    heartbeat.beat()

    assert (said()["directory"], said()["stale"], said()["age"]) == (FULL.fingerprint, True, 600)


def test_tables_that_were_never_read_have_no_age() -> None:
    heartbeat, said = heartbeat_of(Tables(StorageUnavailable("away")), MovableClock())

    heartbeat.beat()

    assert (said()["directory"], said()["lists"], said()["stale"], said()["age"]) == (None, 0, True, None)


def test_a_fault_of_ours_in_reading_them_is_raised_once_it_is_said_that_we_live() -> None:
    heartbeat, said = heartbeat_of(Tables(LookupError("ours")), MovableClock())

    with pytest.raises(LookupError):
        heartbeat.beat()

    assert said()["stale"] is True


def test_the_way_to_graph_is_kept_warm_whatever_the_tables_say() -> None:
    warmed: list[bool] = []

    for tables in (Tables(FULL), Tables(StorageUnavailable("away"))):
        heartbeat, _ = heartbeat_of(tables, MovableClock(), lambda: warmed.append(True))
        heartbeat.beat()

    assert warmed == [True, True]
