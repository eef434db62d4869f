"""Start an app in the local host, as a process of its own; tell its CPU time and memory; end it."""

import asyncio
import contextlib
import os
import re
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.load import Failed

PROJECT = Path(__file__).parents[1]
_LISTENING = re.compile(rb"listening on http://\S+:(\d+)")
_START_SECONDS = 60
_END_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Host:
    port: int
    process: psutil.Process

    def cpu_seconds(self) -> float:
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def resident_mb(self) -> float:
        return float(self.process.memory_info().rss) / 1e6


@contextlib.asynccontextmanager
async def running(app: Path, settings: Mapping[str, str], core: int | None = None) -> AsyncIterator[Host]:
    """Enter once it listens. Raises Failed with what it wrote, where it does not."""
    with tempfile.TemporaryFile() as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "local.host", "--app", str(app), "--port", "0", "--no-settings-file"),
            cwd=PROJECT,
            env={"PATH": os.environ["PATH"], **settings},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
        try:
            if core is not None:
                psutil.Process(process.pid).cpu_affinity([core])
            port = await _port(process)
            if port is None:
                raise Failed(f"{app} does not start: {os.pread(log.fileno(), 2000, 0).decode(errors='replace')}")
            emptying = asyncio.create_task(_empty(process))
            yield Host(port, psutil.Process(process.pid))
            emptying.cancel()
        finally:
            await _end(process)


async def _port(process: asyncio.subprocess.Process) -> int | None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_START_SECONDS):
            async for line in _lines(process):
                if found := _LISTENING.search(line):
                    return int(found[1])
    return None


async def _empty(process: asyncio.subprocess.Process) -> None:
    """Read on, or a full pipe would stop the app."""
    async for _ in _lines(process):
        pass


def _lines(process: asyncio.subprocess.Process) -> asyncio.StreamReader:
    if process.stdout is None:
        raise TypeError("the process was started without a pipe")
    return process.stdout


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):  # it has ended by itself
        process.terminate()
        try:
            async with asyncio.timeout(_END_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
