"""How old the directory is, who waits for a newer one, and for how long: on a clock that only the test moves."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import date
from typing import override

import pytest

from shared.adapters.directory_cache import DirectoryCache
from shared.core.budgets import Budgets
from shared.core.directory.model import Directory, Problem, Route, Severity, Target, TargetKind, snapshot
from shared.core.errors import StorageUnavailable
from shared.core.schedule.holidays import Holidays
from tests.support.clock import MovableClock
from tests.support.scripted import Heard

TTL = 30.0
AT_ONCE = 0.05  # of waiting for a load that hangs
IN_TIME = 10.0  # of waiting for one that does not
EMPTY = snapshot({}, {})


def listing(*numbers: str) -> Directory:
    return snapshot({"default": tuple(Target(TargetKind.PHONE, number) for number in numbers)}, {})


FIRST, SECOND = listing("+12345678901"), listing("+12345678901", "+12345678902")


class Tables:
    """What the tables say, how long it takes to read them, and whether they answer at all."""

    def __init__(self, clock: MovableClock) -> None:
        self._clock = clock
        self.holds = FIRST
        self.takes = 0.0
        self.fault: Exception | None = None
        self.answers = threading.Event()
        self.answers.set()
        self.begun = threading.Event()
        self.loads = 0

    def load(self) -> Directory:
        self.loads += 1
        self.begun.set()
        assert self.answers.wait(IN_TIME)
        self._clock.advance(self.takes)
        if self.fault:
            raise self.fault
        return self.holds


class BusyClock(MovableClock):
    """Lets something else happen just when somebody looks at it."""

    meanwhile: Callable[[], object] | None = None

    @override
    def monotonic(self) -> float:
        act, self.meanwhile = self.meanwhile, None
        if act:
            act()
        return super().monotonic()


class CachedDirectory:
    def __init__(self, ttl: float = TTL, waits: float = IN_TIME, first_wait: float = IN_TIME) -> None:
        self.clock = BusyClock()
        self.tables = Tables(self.clock)
        self.said = Heard()
        budgets = replace(Budgets(), directory_wait=waits, first_wait=first_wait)
        self.newest = DirectoryCache(self.tables.load, ttl=ttl, clock=self.clock, events=self.said, budgets=budgets)

    def current(self) -> Directory | None:
        return self.newest.current()

    def after(self, seconds: float) -> Directory | None:
        self.clock.advance(seconds)
        return self.current()


def landed(cached: CachedDirectory, change: Callable[[], object]) -> None:
    """Let a load that goes on in the background end, and wait for its end."""
    flight = cached.newest.warm()
    change()
    wait([flight], IN_TIME)


@pytest.fixture
def hanging() -> Iterator[CachedDirectory]:
    """Give a cached whose directory was read once, and whose tables hang since."""
    cached = CachedDirectory(waits=AT_ONCE)
    landed(cached, lambda: None)
    cached.tables.answers.clear()
    cached.tables.begun.clear()
    cached.tables.holds = SECOND
    yield cached
    cached.tables.answers.set()


# Fresh


def test_a_directory_is_read_once_in_half_a_minute() -> None:
    cached = CachedDirectory()

    read = [cached.current(), cached.after(10), cached.after(13.9)]

    assert (read, cached.tables.loads) == ([FIRST, FIRST, FIRST], 1)


def test_an_edit_is_live_within_half_a_minute() -> None:
    cached = CachedDirectory()
    cached.current()
    cached.tables.holds = SECOND

    assert cached.after(30.0) == SECOND


def test_the_age_counts_from_where_the_reading_began() -> None:
    cached = CachedDirectory()
    cached.tables.takes = 1.0
    cached.current()
    cached.tables.holds = SECOND

    assert (cached.after(22.0), cached.tables.loads) == (FIRST, 1)
    assert cached.after(7.0) == SECOND


def test_a_directory_that_takes_long_to_read_rests_for_twenty_times_that() -> None:
    cached = CachedDirectory()
    cached.tables.takes = 4.0
    cached.current()

    assert (cached.after(4.0 * 20 * 0.8 - 4.1), cached.tables.loads) == (FIRST, 1)
    cached.tables.holds = SECOND
    assert cached.after(4.0 * 20 * 0.2 + 0.2) == SECOND


def test_a_time_to_live_of_nothing_reads_with_every_call() -> None:
    cached = CachedDirectory(ttl=0.0)

    read = [cached.current(), cached.current()]

    assert (read, cached.tables.loads, cached.said.names) == ([FIRST, FIRST], 2, ["directory.changed"])


def test_from_four_fifths_of_its_age_on_a_call_refreshes_it_and_does_not_wait(hanging: CachedDirectory) -> None:
    at_once = hanging.after(24.0)

    assert hanging.tables.begun.wait(IN_TIME)
    assert (at_once, hanging.tables.loads) == (FIRST, 2)
    landed(hanging, hanging.tables.answers.set)
    assert (hanging.after(5.9), hanging.tables.loads) == (SECOND, 2)


def test_before_four_fifths_of_its_age_nothing_is_read(hanging: CachedDirectory) -> None:
    hanging.after(23.9)

    assert not hanging.tables.begun.wait(AT_ONCE)


# One flight


def test_fifty_calls_into_a_cold_app_read_the_tables_once() -> None:
    cached = CachedDirectory()
    cached.tables.answers.clear()

    with ThreadPoolExecutor(50) as threads:
        calls = [threads.submit(cached.current) for _ in range(50)]
        cached.tables.begun.wait(IN_TIME)
        cached.tables.answers.set()
        read = [call.result() for call in calls]

    assert (read, cached.tables.loads) == ([FIRST] * 50, 1)


def test_a_directory_that_came_while_a_call_was_on_its_way_is_not_read_again() -> None:
    cached = CachedDirectory()
    cached.current()
    cached.tables.holds = SECOND
    cached.clock.meanwhile = cached.current

    assert (cached.after(31), cached.tables.loads) == (SECOND, 2)


def test_a_load_that_hangs_is_joined_and_not_doubled(hanging: CachedDirectory) -> None:
    read = [hanging.after(31.0), hanging.after(1.0), hanging.after(1.0)]

    assert (read, hanging.tables.loads) == ([FIRST, FIRST, FIRST], 2)


def test_whoever_edits_while_a_load_is_under_way_reads_the_edit(hanging: CachedDirectory) -> None:
    hanging.newest.warm()
    hanging.tables.begun.wait(IN_TIME)
    asked = {hanging.newest.reread() for _ in range(20)}
    hanging.tables.answers.set()
    wait(asked, IN_TIME)

    assert len(asked) == 1
    assert hanging.tables.loads == 3  # the first, the one that hung, and one more
    assert hanging.newest.reread() not in asked


def test_what_a_late_load_brings_is_used_by_the_next_call(hanging: CachedDirectory) -> None:
    hanging.after(31.0)

    landed(hanging, hanging.tables.answers.set)

    assert hanging.current() == SECOND


# Stale


def test_the_stale_directory_serves_however_old_it_is_and_says_so_once_an_hour() -> None:
    cached = CachedDirectory()
    cached.current()
    cached.tables.fault = StorageUnavailable("HttpResponseError 503")

    read = [cached.after(31), cached.after(3000), cached.after(599), cached.after(2), cached.after(86400)]

    assert read == [FIRST] * 5
    assert [facts["seconds"] for facts in cached.said.all("directory.stale")] == [31, 3632, 90032]
    assert {facts["was_ever_read"] for facts in cached.said.all("directory.stale")} == {True}
    assert cached.said.all("storage.away")[0] == {
        "table": "targets, routes",
        "step": "directory",
        "why": "HttpResponseError 503",
    }


def test_a_directory_that_was_never_read_is_none_and_is_asked_for_again() -> None:
    cached = CachedDirectory()
    cached.tables.fault = StorageUnavailable("ServiceRequestError")
    assert cached.current() is None
    cached.tables.fault = None

    assert cached.current() == FIRST
    assert cached.said.one("directory.stale") == {"seconds": None, "was_ever_read": False}


def test_storage_that_comes_back_ends_the_hour_of_silence() -> None:
    cached = CachedDirectory()
    cached.current()
    cached.tables.fault = StorageUnavailable("503")
    cached.after(31)
    cached.tables.fault = None
    cached.after(1)
    cached.tables.fault = StorageUnavailable("503")

    cached.after(31)

    assert len(cached.said.all("directory.stale")) == 2


def test_a_fault_of_ours_in_a_load_is_heard_and_the_directory_stays() -> None:
    cached = CachedDirectory()
    cached.current()
    cached.tables.fault = ZeroDivisionError("+441234567890")

    assert cached.after(31) == FIRST
    cached.tables.fault = None
    cached.tables.holds = SECOND
    assert cached.current() == SECOND
    assert cached.said.one("internal.error") == {"kind": "ZeroDivisionError", "step": "directory"}


# Emptied


def lists(directory: Directory | None) -> object:
    return directory.lists if directory else None


def test_a_full_directory_that_reads_empty_is_kept_for_ten_minutes() -> None:
    cached = CachedDirectory()
    cached.current()
    cached.tables.holds = EMPTY

    kept = [cached.after(31), *(cached.after(31) for _ in range(19))]

    assert kept[0] is not None
    notice = kept[0].problems[0]
    assert (notice.level, notice.table) == (Severity.ERROR, "targets")
    assert "suddenly reads empty" in notice.message
    assert kept == [replace(FIRST, problems=(notice,))] * 20
    assert cached.said.one("directory.emptied") == {
        "table": "targets",
        "kept": FIRST.fingerprint,
        "lists": 1,
    }
    assert cached.after(31) == EMPTY
    assert [event["problems"] for event in cached.said.all("directory.changed")] == [0, 1, 0]


def test_ten_minutes_begin_anew_where_the_directory_was_full_in_between() -> None:
    cached = CachedDirectory()
    cached.current()
    cached.tables.holds = EMPTY
    cached.after(31)
    cached.tables.holds = SECOND
    assert cached.after(31) == SECOND
    cached.tables.holds = EMPTY

    assert lists(cached.after(580)) == SECOND.lists
    assert lists(cached.after(580)) == SECOND.lists
    assert len(cached.said.all("directory.emptied")) == 2


def test_an_emptied_directory_that_is_kept_is_not_stale() -> None:
    cached = CachedDirectory()
    cached.current()
    cached.tables.holds = EMPTY

    cached.after(31)

    assert "directory.stale" not in cached.said.names


def test_a_directory_that_was_empty_from_the_beginning_is_believed() -> None:
    cached = CachedDirectory()
    cached.tables.holds = EMPTY

    assert cached.current() == EMPTY
    assert "directory.emptied" not in cached.said.names


def test_routes_that_are_still_there_do_not_make_emptied_targets_believable() -> None:
    cached = CachedDirectory()
    cached.current()
    cached.tables.holds = snapshot({}, {("any", "any"): Route()})

    assert lists(cached.after(31)) == FIRST.lists
    assert cached.said.names.count("directory.emptied") == 1


def test_targets_that_come_back_are_believed_at_once_and_the_notice_goes() -> None:
    cached = CachedDirectory()
    cached.current()
    cached.tables.holds = EMPTY
    cached.after(31)
    cached.tables.holds = FIRST

    assert cached.after(31) == FIRST


ROUTES = {("any", "any"): Route(ring="night")}
HOLIDAYS = Holidays(frozenset({date(2026, 12, 24)}))
WHOLE = snapshot(FIRST.lists, ROUTES, lines=["7629bdce-046c-4903-86b4-a8f718277e1a"], holidays=HOLIDAYS)


@pytest.mark.parametrize(
    ("table", "emptied"),
    [
        pytest.param("routes", snapshot(SECOND.lists, {}, holidays=HOLIDAYS), id="routes"),
        pytest.param("holidays", snapshot(SECOND.lists, ROUTES, lines=WHOLE.lines), id="holidays"),
        pytest.param("targets", snapshot({}, ROUTES, lines=WHOLE.lines, holidays=HOLIDAYS), id="targets"),
    ],
)
def test_each_table_that_suddenly_reads_empty_counts_for_ten_minutes_more(table: str, emptied: Directory) -> None:
    cached = CachedDirectory()
    cached.tables.holds = WHOLE
    cached.current()
    cached.tables.holds = emptied

    kept = [cached.after(31) for _ in range(20)]

    # The other tables are as they were read.
    whole = snapshot(FIRST.lists if table == "targets" else SECOND.lists, ROUTES, lines=WHOLE.lines, holidays=HOLIDAYS)
    assert {one.fingerprint for one in kept if one} == {whole.fingerprint}
    assert kept[-1] is not None
    assert [(one.table, one.level) for one in kept[-1].problems] == [(table, Severity.ERROR)]
    assert cached.said.one("directory.emptied")["table"] == table
    assert cached.after(31) == emptied


def test_two_tables_that_are_emptied_one_after_the_other_have_ten_minutes_each() -> None:
    cached = CachedDirectory()
    cached.tables.holds = WHOLE
    cached.current()
    cached.tables.holds = snapshot(FIRST.lists, {}, holidays=HOLIDAYS)
    cached.after(310)
    cached.tables.holds = snapshot(FIRST.lists, {})
    cached.after(280)

    later = [cached.after(331), cached.after(290)]

    assert [(len(one.routes), one.holidays.is_empty) for one in later if one] == [(0, False), (0, True)]
    assert [event["table"] for event in cached.said.all("directory.emptied")] == ["routes", "holidays"]


def test_routes_that_are_switched_off_are_believed_at_once() -> None:
    cached = CachedDirectory()
    cached.tables.holds = WHOLE
    cached.current()
    cached.tables.holds = replace(snapshot(FIRST.lists, {}, holidays=HOLIDAYS), has_routes_off=True)

    assert cached.after(31) == cached.tables.holds


# Hanging


@pytest.fixture
def stuck() -> Iterator[CachedDirectory]:
    """Give a directory that was read once, whose next load has begun and hangs while a call waits for it."""
    cached = CachedDirectory()
    cached.current()
    cached.tables.answers.clear()
    cached.tables.begun.clear()
    cached.tables.holds = SECOND
    cached.clock.advance(31)
    yield cached
    cached.tables.answers.set()


def test_a_load_that_hangs_is_waited_for_only_while_it_is_young(stuck: CachedDirectory) -> None:
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(stuck.current)
        assert stuck.tables.begun.wait(IN_TIME)
        stuck.clock.advance(IN_TIME)

        later = [threads.submit(stuck.current).result(IN_TIME / 2) for _ in range(3)]

        assert (later, first.done(), stuck.tables.loads) == ([FIRST] * 3, False, 2)
        stuck.tables.answers.set()
        assert first.result(IN_TIME) == SECOND


def test_after_a_load_that_hung_none_is_waited_for_until_one_succeeds(stuck: CachedDirectory) -> None:
    stuck.tables.takes, stuck.tables.fault = IN_TIME, StorageUnavailable("ServiceResponseTimeoutError")
    landed(stuck, stuck.tables.answers.set)
    stuck.tables.answers.clear()

    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(stuck.current).result(IN_TIME / 2) == FIRST

    stuck.tables.takes, stuck.tables.fault = 0.0, None
    landed(stuck, stuck.tables.answers.set)
    stuck.tables.holds = FIRST
    assert stuck.after(31) == FIRST


def test_a_fault_that_comes_at_once_leaves_the_next_load_worth_waiting_for() -> None:
    cached = CachedDirectory()
    cached.current()
    cached.tables.fault = StorageUnavailable("HttpResponseError 503")
    cached.after(31)
    cached.tables.fault = None
    cached.tables.holds = SECOND

    assert cached.current() == SECOND


def test_the_very_first_load_is_worth_waiting_for_longer() -> None:
    cached = CachedDirectory()
    cached.tables.answers.clear()
    cached.newest.warm()
    with ThreadPoolExecutor(1) as threads:
        cached.clock.advance(4.6)
        assert threads.submit(cached.current).result(IN_TIME / 2) is None
        cached.clock.advance(-0.2)
        patient = threads.submit(cached.current)
        landed(cached, cached.tables.answers.set)

        assert patient.result(IN_TIME) == FIRST


def test_a_call_that_has_no_rows_to_go_by_waits_longer_than_one_that_has() -> None:
    cached = CachedDirectory(waits=AT_ONCE)
    cached.tables.answers.clear()
    with ThreadPoolExecutor(1) as threads:
        patient = threads.submit(cached.current)
        time.sleep(4 * AT_ONCE)
        assert not patient.done()
        landed(cached, cached.tables.answers.set)

        assert patient.result(IN_TIME) == FIRST


# Events


def test_a_change_is_said_once_with_the_old_and_the_new() -> None:
    cached = CachedDirectory()
    cached.current()
    cached.after(31)
    cached.tables.holds = SECOND
    cached.after(31)
    cached.after(31)

    first, second = cached.said.all("directory.changed")
    assert (first["old"], first["new"], first["targets"]) == (None, FIRST.fingerprint, 1)
    assert (second["old"], second["new"], second["targets"]) == (FIRST.fingerprint, SECOND.fingerprint, 2)


def test_problems_are_said_when_they_change() -> None:
    cached = CachedDirectory()
    problem = Problem(Severity.ERROR, "targets", "default/0664123456", "RowKey", "'0664123456' has no +")
    cached.tables.holds = replace(FIRST, problems=(problem,))
    cached.current()
    cached.after(31)

    assert cached.said.one("directory.problem") == {
        "level": Severity.ERROR,
        "table": "targets",
        "row": "default/0664123456",
        "column": "RowKey",
        "message": "'0664123456' has no +",
    }
    assert cached.said.one("directory.changed")["problems"] == 1


def test_problems_that_last_are_said_again_when_they_were_not_said_lately() -> None:
    cached = CachedDirectory()
    problem = Problem(Severity.ERROR, "targets", "default/x", "RowKey", "neither")
    cached.tables.holds = replace(FIRST, problems=(problem,))
    cached.newest.repeat_problems(cached.clock.monotonic())
    cached.current()
    began = cached.clock.monotonic()

    cached.newest.repeat_problems(began)
    assert len(cached.said.all("directory.problem")) == 1
    cached.clock.advance(600)
    cached.newest.repeat_problems(cached.clock.monotonic())
    assert len(cached.said.all("directory.problem")) == 2

    cached.tables.holds = FIRST
    cached.current()
    cached.newest.repeat_problems(cached.clock.monotonic() + 1)
    assert len(cached.said.all("directory.problem")) == 2


def test_of_very_many_problems_the_first_twenty_are_said() -> None:
    cached = CachedDirectory()
    problems = tuple(Problem(Severity.WARNING, "targets", f"row {number}", "Name", "m") for number in range(50))
    cached.tables.holds = replace(FIRST, problems=problems)

    cached.current()

    assert len(cached.said.all("directory.problem")) == 20
    assert cached.said.one("directory.changed")["problems"] == 50
