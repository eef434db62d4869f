"""Let function_app answer calls in a process of its own, and print in one JSON object what that took, in counts.

Each line of standard input is a notification, `{"token": ..., "body": ...}`: the first is answered beforehand, the
others are counted, once it has said `ready`.
"""

import asyncio
import json
import logging
import os
import sys
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Executor
from types import SimpleNamespace
from typing import Any

import azure.functions as func

counts: Counter[str] = Counter()
imported: list[str] = []
_MAIN = threading.get_ident()


def _heard(event: str, args: tuple[Any, ...]) -> None:
    if event == "socket.connect":
        counts["connections"] += 1
    elif event == "import" and threading.get_ident() == _MAIN:  # what the app's own thread imports, nobody waits for
        imported.append(args[0])


class _Counting(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        del record
        counts["lines"] += 1


class _Loop(asyncio.SelectorEventLoop):
    def run_in_executor[T](  # type: ignore[override]  # the base class gives any awaitable
        self, executor: Executor | None, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        counts["hops"] += 1
        return super().run_in_executor(executor, func, *args)


def _answer(runner: asyncio.Runner, line: str) -> int:
    notification = json.loads(line)
    headers = {"authorization": f"Bearer {notification['token']}"}
    request = func.HttpRequest("POST", "/api/calls", headers=headers, body=notification["body"].encode())
    context: Any = SimpleNamespace(invocation_id="test", thread_local_storage=threading.local())
    return int(runner.run(function_app.incoming(request, context)).status_code)


sys.addaudithook(_heard)
import function_app  # noqa: E402 - what it imports is counted

adds = imported.copy()
logging.getLogger("call_redirect").addHandler(_Counting())
with asyncio.Runner(loop_factory=_Loop) as running:
    statuses = [_answer(running, sys.stdin.readline())]
    print("ready", flush=True)  # noqa: T201 - for whoever counts on the other side
    loaded = sorted(sys.modules)
    counts.clear()
    statuses += [_answer(running, line) for line in sys.stdin]
cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
sys.stdout.write(json.dumps({"adds": adds, "loaded": loaded, "statuses": statuses, "counts": counts, "cores": cores}))
