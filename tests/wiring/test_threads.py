"""The threads that calls wait in."""

import asyncio
import threading
from types import SimpleNamespace
from typing import Any

from shared.wiring.threads import Threads

_NAME = "call"


def context() -> Any:
    return SimpleNamespace(invocation_id="one", thread_local_storage=threading.local())


def of_calls() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name.startswith(_NAME)}


async def at_once(threads: Threads, count: int) -> set[threading.Thread]:
    """Let so many wait for each other; give their threads."""
    all_here = threading.Barrier(count)

    def wait() -> threading.Thread:
        all_here.wait(10)
        return threading.current_thread()

    return set(await asyncio.gather(*(threads.of(context())(wait) for _ in range(count))))


def test_there_are_as_many_threads_as_calls_and_they_go_when_they_have_not_been_needed() -> None:
    threads = Threads()

    used = asyncio.run(at_once(threads, 20))
    threads.shrink()
    threads.shrink()

    assert len(used) == 20
    for thread in used:
        thread.join(10)
    assert used & of_calls() == set()
    assert len(asyncio.run(at_once(threads, 3))) == 3


def test_work_that_is_under_way_is_done_and_so_is_work_that_comes_meanwhile() -> None:
    threads, go = Threads(), threading.Event()

    async def play() -> tuple[bool, str]:
        run = threads.of(context())
        long = asyncio.ensure_future(run(go.wait, 10))
        await asyncio.sleep(0)
        threads.shrink()
        late = await run(lambda: "done")
        threads.shrink()
        go.set()
        return await long, late

    assert asyncio.run(play()) == (True, "done")


def test_the_lines_of_a_thread_belong_to_its_invocation() -> None:
    invocation = context()

    seen = asyncio.run(_seen(Threads(), invocation))

    assert seen == "one"


async def _seen(threads: Threads, invocation: Any) -> str:
    return await threads.of(invocation)(lambda: str(invocation.thread_local_storage.invocation_id))
