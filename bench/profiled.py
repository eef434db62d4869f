"""Answer calls in one thread under cProfile: what `make bench-profile` starts, with the app's settings.

Standard input has the notifications in JSON; the profile goes into the file that is named, the last half of them in it.
"""

import asyncio
import cProfile
import json
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from types import SimpleNamespace
from typing import Any

import azure.functions as func

import function_app


class _OneThread(asyncio.SelectorEventLoop):
    """Does at once what is meant for a thread of its own: cProfile follows one."""

    def run_in_executor[T](  # type: ignore[override]  # the base class gives any awaitable
        self, _: Executor | None, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        done = self.create_future()
        done.set_result(func(*args))
        return done


def main(file: str) -> None:
    requests = [_request(notification) for notification in json.load(sys.stdin)]
    half = len(requests) // 2
    profile = cProfile.Profile()
    with asyncio.Runner(loop_factory=_OneThread) as runner:
        for number, request in enumerate(requests):
            if number == half:
                profile.enable()
            answer = runner.run(function_app.incoming(request, _context()))
            if answer.status_code != 202:  # noqa: PLR2004 - Accepted
                raise SystemExit(f"a call was answered {answer.status_code}")
        profile.disable()
    profile.dump_stats(file)


def _request(notification: dict[str, str]) -> func.HttpRequest:
    body = notification["body"].encode()
    return func.HttpRequest("POST", "/api/calls", headers={"authorization": notification["authorization"]}, body=body)


def _context() -> Any:
    return SimpleNamespace(invocation_id="bench", thread_local_storage=threading.local())


if __name__ == "__main__":
    main(sys.argv[1])
