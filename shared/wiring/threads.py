"""The threads that calls wait in: as many as there are calls at once, and none for long after."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from shared.adapters import telemetry
from shared.call.flow import ThreadRunner

# A call holds a thread while it waits for Graph; 100 calls at once is what an instance is set to take.
MOST = 128


class InvocationContext(Protocol):
    """What the worker tells of an invocation."""

    @property
    def invocation_id(self) -> str: ...
    @property
    def thread_local_storage(self) -> Any: ...


class Threads:
    """This app's own: the worker's pool has 5 on one core, unless a setting says otherwise that can be forgotten."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._pool = self._new_pool()
        self._retired = self._new_pool()

    def of(self, context: InvocationContext) -> ThreadRunner:
        """Run blocking work there; the lines that it logs keep the invocation they belong to."""

        def run[**P, T](work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
            def inside() -> T:
                context.thread_local_storage.invocation_id = context.invocation_id
                with telemetry.invocation():
                    return work(*args, **kwargs)

            return asyncio.get_running_loop().run_in_executor(self._pool, inside)

        return run

    def shrink(self) -> None:
        """Begin a new pool, and let the threads of the one before the last go; each ends the work that it has.

        A pool never gives a thread back, and that of a burst of calls would hold its memory for good. The last pool is
        spared until the next time: a call may just be on its way to it.
        """
        self._retired.shutdown(wait=False)
        self._retired, self._pool = self._pool, self._new_pool()

    def _new_pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._most, "call")
