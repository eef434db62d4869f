"""Import the app in the background, so that the worker has its functions at once; whoever needs it waits for it."""

import asyncio
import gc
import os
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TYPE_CHECKING

from shared.wiring.one_core import stay_on_this_core

if TYPE_CHECKING:
    from shared.wiring.process import Process

_loaded: Future["Process"] = Future()
_loaded.set_running_or_notify_cancel()  # an invocation that is given up cannot cancel it for the others


def begin() -> None:
    """Begin to import; where WARM_UP asks for it also to fetch, and to keep the app warm from then on."""
    threading.Thread(target=_load, name="loading", daemon=True).start()


async def process() -> "Process":
    """Give the app once it is there; nothing but the call that asks is held up meanwhile."""
    stay_on_this_core()
    return _loaded.result() if _loaded.done() else await asyncio.wrap_future(_loaded)


def _load() -> None:
    try:
        with _without_collecting():
            from shared.wiring.start import start  # noqa: PLC0415 - 300 ms of a cold start, for which nobody waits

            process, keep = start(os.environ)
    except BaseException as error:
        _loaded.set_exception(error)  # for each invocation, so that /api/health fails too
        raise
    _loaded.set_result(process)
    keep()


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Import without the garbage collector: modules are no garbage, and looking through them is a tenth of the work.

    It is not to look through them later either.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
