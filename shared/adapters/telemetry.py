"""Say what happened: one compact JSON line per event, `event` first, through logging.

The Functions worker drops custom dimensions, so queries parse the line. The names are constants, facts stand apart.
The Functions host drops what is logged outside of an invocation, so that goes to stdout, which the host keeps as well.
"""

import asyncio
import json
import logging
import math
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from enum import StrEnum

from shared.core.loggable import loggable
from shared.core.record.redaction import RedactedRow

LOGGER = "call_redirect"

_thread = threading.local()
_ERRORS = {
    "call.failed",
    "call.unrecorded",
    "caller.refused_microsoft",
    "directory.emptied",
    "graph.token_failed",
    "internal.error",
    "keys.unavailable",
    "message.refused",
    "notification.dropped",
    "settings.ignored",
    "settings.wrong",
}
_WARNINGS = {
    "caller.refused",
    "coverage.gap",
    "coverage.rota_ends",
    "directory.problem",
    "directory.stale",
    "list.bad_target",
    "message.delayed",
    "message.dropped",
    "notification.unreadable",
    "storage.away",
}


def quiet_libraries() -> None:
    """Keep the libraries from logging each request they make: their lines would hold row keys and addresses."""
    for name in ("azure", "msal", "urllib3", "requests"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger(LOGGER).setLevel(logging.INFO)


def event(name: str, /, **facts: object) -> None:
    """Log one event; a fact that is None is left out, and of a text stands there what `loggable` lets through."""
    line = json.dumps({"event": name} | _plain(facts), separators=(",", ":"))
    if _is_in_invocation():
        logging.getLogger(LOGGER).log(_level(name), "%s", line)
    else:
        sys.stdout.write(f"{line}\n")  # in one piece, whatever other threads write
        sys.stdout.flush()


@contextmanager
def invocation() -> Iterator[None]:
    """Let what this thread logs meanwhile count as an invocation's."""
    before = getattr(_thread, "is_in_invocation", False)
    _thread.is_in_invocation = True
    try:
        yield
    finally:
        _thread.is_in_invocation = before


def internal_error(error: BaseException) -> None:
    """Log a fault of our own: its kind and its place in the code, not its text, which could hold anything."""
    places: list[str] = []
    traceback = error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        places.append(f"{code.co_filename.rpartition('/')[2]}:{traceback.tb_lineno} {code.co_qualname}")
        traceback = traceback.tb_next
    event("internal.error", kind=type(error).__name__, places=" < ".join(reversed(places)))


def _is_in_invocation() -> bool:
    # The worker runs coroutines of invocations alone, and no others.
    return getattr(_thread, "is_in_invocation", False) or asyncio._get_running_loop() is not None  # noqa: SLF001 - the public one raises where there is none


def _level(name: str) -> int:
    return logging.ERROR if name in _ERRORS else logging.WARNING if name in _WARNINGS else logging.INFO


def _plain(facts: Mapping[str, object]) -> dict[str, object]:
    return {name: _value(name, value) for name, value in facts.items() if value is not None}


def _value(name: str, value: object) -> object:
    match value:
        case float() if not math.isfinite(value):  # JSON has no word for it
            return str(value)
        case bool() | int() | float():
            return value
        case datetime() | date():
            return value.isoformat()
        case StrEnum():  # one of our own words
            return value.value
        case str():
            return loggable(name, value)
        case RedactedRow():
            return {key: one if type(one) is str else _value(key, one) for key, one in value.items()}
        case Mapping():
            return _plain({str(key): one for key, one in value.items()})
        case _:
            return loggable(name, str(value))
