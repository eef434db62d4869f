"""Print what routing costs: a route among 100,000, a decision with hours, and loading beside calls.

`python -m bench.routing` takes half a minute.
"""

import gc
import statistics
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

from shared.console.explain import forecast
from shared.core.directory import reader
from shared.core.directory.model import Directory
from shared.core.directory.reader import RouteDefaults
from shared.core.ids import AppId, CallId, TenantId
from shared.core.notification.calls import Identity, RingingCall
from shared.core.routing.decide import LastResort, choose_route, decide
from shared.core.routing.decisions import Redirect

ROWS = 100_000
RUNG = ("sales", "night", "default")  # the lists that the routes name, of 25 each
RUNG_ROWS = 75
BOT = AppId("24701998-1a73-4d42-8085-bf46ed0ae039")
LINE = "7629bdce-046c-4903-86b4-a8f718277e1a"
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
LAST_RESORT = LastResort(BOT)
VIENNA = RouteDefaults(ZoneInfo("Europe/Vienna"), "AT")
HOLIDAYS = [
    {"PartitionKey": "default", "RowKey": f"{year}-11-{day:02}"}
    for year, day in product((2026, 2027), range(1, 29))
    if day != NOW.day
]

type Row = dict[str, Any]


def many_routes(count: int = ROWS) -> Iterator[Row]:
    """Write as many routes as there are different beginnings of numbers, on lines of their own and on any."""
    for number in range(count):
        line = LINE if number % 3 == 0 else "any"
        yield {
            "PartitionKey": line,
            "RowKey": f"+43{number:06}",
            "Ring": "sales",
            "Closed": "night",
            "Hours": "Mo-Fr 08:00-17:00; PH off",
            "Timeout": 45,
            "TimeZone": "Europe/Vienna",
        }
    yield {"PartitionKey": "any", "RowKey": "any", "Ring": "sales"}


def many_targets(count: int = ROWS) -> Iterator[Row]:
    """Write lists of 25, with hours of sixteen kinds."""
    kinds = [f"{days} {begin}-{end}; PH off" for days, begin, end in product(*_SHIFTS)]
    for number in range(count):
        yield {
            "PartitionKey": RUNG[number // 25] if number < RUNG_ROWS else f"list{number // 25}",
            "RowKey": f"+4312{number:08}",
            "Name": f"Desk {number}",
            "Hours": kinds[number % len(kinds)],
            "Order": number % 7,
        }


_SHIFTS = (("Mo-Fr", "Mo-Su"), ("08:00", "07:30", "06:00", "05:00"), ("17:00", "18:30"))


def a_call(number: int) -> RingingCall:
    caller = Identity("phone", f"+43{number % ROWS:06}123")
    return RingingCall(CallId(f"call-{number}"), TenantId(""), caller, Identity("applicationInstance", LINE))


def directory(targets: Iterator[Row], routes: Iterator[Row]) -> Directory:
    return reader.read_directory(targets, routes, BOT, HOLIDAYS, VIENNA)


def microseconds(work: Callable[[int], object], times: int) -> tuple[float, float]:
    """Give the median and the 99th of a hundred."""
    taken = []
    for number in range(times):
        began = time.perf_counter_ns()
        work(number * 7919)
        taken.append((time.perf_counter_ns() - began) / 1000)
    return statistics.median(taken), statistics.quantiles(taken, n=100)[98]


def beside_a_load(work: Callable[[int], object], load: Callable[[], object]) -> tuple[float, float, float]:
    """Do the work once a millisecond while a thread loads; give its median, 99th of a hundred and longest, in ms."""
    loading = threading.Thread(target=load)
    taken: list[float] = []
    loading.start()
    while loading.is_alive():
        time.sleep(0.001)
        began = time.perf_counter()
        work(len(taken))
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken), statistics.quantiles(taken, n=100)[98], max(taken)


def say(figure: str, measured: str, goal: str = "") -> None:
    print(f"{figure:58} {measured:>34}  {goal}".rstrip())


def main() -> None:
    tracemalloc.start()
    full = directory(many_targets(RUNG_ROWS), many_routes())
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    say("memory of a directory of 100,000 routes", f"{held / 1e6:.0f} MB", "goal 100 MB")

    median, late = microseconds(lambda number: choose_route(a_call(number), full), 20_000)
    making, _ = microseconds(a_call, 20_000)
    say("the route among 100,000, p50 / p99", f"{median - making:.1f} / {late - making:.1f} µs", "goal 50 µs")

    decision = decide(a_call(1), full, LAST_RESORT, NOW)
    assert isinstance(decision, Redirect), "the bench's own rows ring somebody"  # noqa: S101 - or its figures are of nothing
    median, late = microseconds(lambda number: decide(a_call(number), full, LAST_RESORT, NOW), 5_000)
    say("a whole decision, hours on 25 targets, p50 / p99", f"{median:.0f} / {late:.0f} µs", "goal 300 µs")

    median, late = microseconds(lambda number: forecast.next_change(a_call(number), full, LAST_RESORT, NOW), 50)
    say("when that next changes, p50 / p99", f"{median / 1000:.1f} / {late / 1000:.1f} ms")

    began = time.perf_counter()
    every = directory(many_targets(), many_routes(0))
    say("reading 100,000 targets", f"{time.perf_counter() - began:.2f} s")
    began = time.perf_counter()
    every = directory(many_targets(RUNG_ROWS), many_routes())
    say("reading 100,000 routes", f"{time.perf_counter() - began:.2f} s")

    median, late, worst = beside_a_load(
        lambda number: decide(a_call(number), full, LAST_RESORT, NOW), lambda: directory(many_targets(), many_routes())
    )
    say("a decision while 200,000 rows are read, p50 / p99 / worst", f"{median:.1f} / {late:.1f} / {worst:.1f} ms")
    began = time.perf_counter()
    gc.collect()
    say("a collection of all garbage with that directory", f"{(time.perf_counter() - began) * 1000:.0f} ms")
    del every


if __name__ == "__main__":
    main()
