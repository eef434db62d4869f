"""Measure one app: cold, alone, 8 and 64 at once, a burst, and its memory."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import hosts
from bench.goals import p99
from bench.hosts import Host
from bench.load import Call, Failed, Notification, Ringing, send
from bench.neighbours import Neighbours

GRAPH_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Counts:
    """How many cold starts a round has, and how many calls each measure takes."""

    cold: int
    first: int
    alone: int
    eight: int
    crowd: int
    burst: int = 100


@dataclass(frozen=True, slots=True)
class App:
    """`core` is the one that it is to run on, where it is not to choose."""

    folder: Path
    settings: dict[str, str]
    redirects: bool = True
    core: int | None = None


type Measure = Callable[[App], Awaitable[dict[str, float]]]
type WarmFigure = Callable[[Bench, App, Host], Awaitable[dict[str, float]]]


@dataclass(slots=True)
class Bench:
    """What an app is measured with. A figure comes with its key of bench.goals."""

    neighbours: Neighbours
    ringing: Ringing
    counts: Counts

    async def cold(self, app: App) -> dict[str, float]:
        """Start it a few times and send it one call each time."""
        took, memory = [], []
        for notification in self.ringing.notifications(self.counts.cold):
            began = time.perf_counter()
            async with hosts.running(app.folder, app.settings, app.core) as host:
                (call,) = await self._calls(app, host, [notification], 1)
                memory.append(host.resident_mb())
            took.append(1000 * (self._redirected(call) - began))
        return {"cold": statistics.median(took), "memory": statistics.median(memory)}

    async def warm(self, app: App, figures: Sequence[WarmFigure]) -> dict[str, float]:
        """Take these figures one after the other of one process that has had its first calls."""
        measured: dict[str, float] = {}
        async with hosts.running(app.folder, app.settings, app.core) as host:
            await self._first_calls(app, host)
            for figure in figures:
                measured |= await figure(self, app, host)
        return measured

    async def alone(self, app: App, host: Host) -> dict[str, float]:
        calls = await self._calls(app, host, self.ringing.notifications(self.counts.alone), 1)
        return {"alone": 1000 * statistics.median(self._waited(calls))}

    async def eight(self, app: App, host: Host) -> dict[str, float]:
        notifications = self.ringing.notifications(self.counts.eight)
        began, cpu = time.perf_counter(), host.cpu_seconds()
        await self._calls(app, host, notifications, 8)
        took, used = time.perf_counter() - began, host.cpu_seconds() - cpu
        return {"rate": self.counts.eight / took, "cpu": 1000 * used / self.counts.eight}

    async def crowd(self, app: App, host: Host) -> dict[str, float]:
        async with self._slow_graph():
            calls = await self._calls(app, host, self.ringing.notifications(self.counts.crowd), 64)
        return {"crowd": 1000 * p99(self._waited(calls)), "memory_warm": host.resident_mb()}

    async def burst(self, app: App) -> dict[str, float]:
        notifications = self.ringing.notifications(self.counts.burst)
        async with self._slow_graph():
            started = time.perf_counter()
            async with hosts.running(app.folder, app.settings, app.core) as host:
                began = time.perf_counter()
                calls = await self._calls(app, host, notifications, self.counts.burst)
        last = max(map(self._redirected, calls))
        return {"burst": 1000 * (last - began), "burst_start": 1000 * (last - started)}

    async def growth(self, app: App, calls: int) -> dict[str, float]:
        """Tell by how much memory grew over the second half of `calls`, in per cent."""
        async with hosts.running(app.folder, app.settings, app.core) as host:
            memory = []
            for _ in range(2):
                await self._calls(app, host, self.ringing.notifications(calls // 2), 8)
                memory.append(host.resident_mb())
        return {"growth": 100 * (memory[1] / memory[0] - 1)}

    async def side_by_side(self, app: App, processes: int) -> dict[str, float]:
        """Run it in several processes, 8 at once in each; `bench` is what the bench itself takes of a core."""
        async with AsyncExitStack() as ending:
            running = [
                await ending.enter_async_context(hosts.running(app.folder, app.settings, app.core))
                for _ in range(processes)
            ]
            await _each(self._first_calls(app, host) for host in running)
            supplies = [(host, self.ringing.notifications(self.counts.eight)) for host in running]
            began, cpu = time.perf_counter(), time.process_time()
            await _each(self._calls(app, host, notifications, 8) for host, notifications in supplies)
            took, used = time.perf_counter() - began, time.process_time() - cpu
            memory = sum(host.resident_mb() for host in running)
        rate = processes * self.counts.eight / took
        return {"processes": processes, "rate": rate, "memory": memory, "bench": used / took}

    async def _first_calls(self, app: App, host: Host) -> None:
        await self._calls(app, host, self.ringing.notifications(self.counts.first), 8)

    async def _calls(self, app: App, host: Host, notifications: Sequence[Notification], at_once: int) -> list[Call]:
        calls = await send(host.port, notifications, at_once)
        if app.redirects and not all(call.id in self.neighbours.redirected for call in calls):
            raise Failed(f"{app.folder} answered calls that it did not redirect")
        return calls

    def _waited(self, calls: Sequence[Call]) -> list[float]:
        return [self._redirected(call) - call.sent for call in calls]

    def _redirected(self, call: Call) -> float:
        """Tell when; of an app that redirects nothing, when it answered."""
        return self.neighbours.redirected.get(call.id, call.answered)

    def _slow_graph(self) -> AbstractAsyncContextManager[None]:
        return _slow(self.neighbours)


WARM_FIGURES: Sequence[WarmFigure] = (Bench.alone, Bench.eight, Bench.crowd)


async def _each(work: Iterable[Coroutine[Any, Any, object]]) -> None:
    async with asyncio.TaskGroup() as group:
        for one in work:
            group.create_task(one)


@asynccontextmanager
async def _slow(neighbours: Neighbours) -> AsyncIterator[None]:
    neighbours.graph_seconds = GRAPH_SECONDS
    try:
        yield
    finally:
        neighbours.graph_seconds = 0.0
