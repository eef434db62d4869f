"""The app of this process, as the triggers call it; the only reader of the environment."""

import asyncio
import contextlib
import functools
import os
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Protocol

from shared.adapters import telemetry
from shared.adapters.clock import SystemClock
from shared.call.flow import Flow, Request, ThreadRunner
from shared.call.ringing import UNAVAILABLE
from shared.console.document import Document
from shared.core.build_id import BUILD_ID
from shared.core.notification.deliveries import Framing
from shared.core.refusals import Misconfigured, NotFromMicrosoft, RefusedRequest
from shared.settings.settings import InvalidSettings, Settings
from shared.wiring.app import THREADS, App, build
from shared.wiring.warm_up import warm_up

if TYPE_CHECKING:
    from shared.console.inquiries import Inquiries

__all__ = [
    "BUILD_ID",
    "UNAVAILABLE",
    "Document",
    "Framing",
    "RefusedRequest",
    "Request",
    "check",
    "cleanup",
    "flow",
    "heartbeat",
    "in_our_threads",
    "internal_error",
    "log_refusal",
    "start",
    "who",
]

internal_error = telemetry.internal_error


class InvocationContext(Protocol):
    """What the worker tells of an invocation."""

    @property
    def invocation_id(self) -> str: ...
    @property
    def thread_local_storage(self) -> Any: ...


def flow() -> Flow:
    """Give the flow of this process. Raises Misconfigured, which names every setting that is missing or wrong."""
    return _app().flow


def cleanup() -> None:
    """Close and delete old records. Raises Misconfigured."""
    from shared.wiring.upkeep import build_cleanup  # noqa: PLC0415 - 25 ms of a cold start, with the console

    build_cleanup(_app_of_a_timer()).run()


def heartbeat() -> None:
    """Say that the app is alive. Raises Misconfigured."""
    from shared.wiring.upkeep import build_heartbeat  # noqa: PLC0415 - 25 ms of a cold start, with the console

    build_heartbeat(_app_of_a_timer()).beat()


def check(line: str, accept: str, form: bytes = b"") -> Document:
    """Examine everything, wrong settings too; `form` asks about one call. Raises InvalidQuestion for no `line`."""
    from shared.console.inquiries import misconfigured_page  # noqa: PLC0415 - 25 ms of a cold start, with the timers

    try:
        return _inquiries().check(line, accept, form)
    except Misconfigured as wrong:
        problems = wrong.__cause__.problems if isinstance(wrong.__cause__, InvalidSettings) else (wrong.detail,)
        return misconfigured_page(problems, SystemClock().now(), accept)


def who(body: bytes) -> Document:
    """Say who would ring. Raises Misconfigured, and InvalidQuestion."""
    return _inquiries().who(body)


def start() -> None:
    """Where WARM_UP asks for it, make everything ready in the background, and keep it so.

    Settings that stop the app are told now, and not first by a call that is lost.
    """
    settings = _settings()
    if isinstance(settings, InvalidSettings):
        with contextlib.suppress(Misconfigured):
            _app()
    elif settings.warm_up:
        threading.Thread(target=_warm, name="warm-up", daemon=True).start()


def in_our_threads(context: InvocationContext) -> ThreadRunner:
    """Run blocking work in this app's own threads; the lines that it logs keep the invocation they belong to.

    The worker's pool has 5 threads on one core, unless a setting says otherwise that somebody can forget.
    """

    def run[**P, T](work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        def inside() -> T:
            context.thread_local_storage.invocation_id = context.invocation_id
            with telemetry.invocation():
                return work(*args, **kwargs)

        return asyncio.get_running_loop().run_in_executor(_pool, inside)

    return run


def log_refusal(refusal: RefusedRequest) -> None:
    """Log why a request was turned away, but for wrong settings: those are told once, and not to each stranger."""
    if not isinstance(refusal, Misconfigured):
        _log(refusal)


_pool = ThreadPoolExecutor(THREADS, "call")
_building = threading.Lock()
_built: list[App | InvalidSettings] = []


@functools.cache
def _settings() -> Settings | InvalidSettings:
    try:
        return Settings.from_env(os.environ)
    except InvalidSettings as wrong:
        return wrong


def _app() -> App:
    with _building:
        if not _built:
            _built.append(_first_build())
    (app,) = _built
    if isinstance(app, InvalidSettings):
        raise Misconfigured(str(app)) from app
    return app


def _first_build() -> App | InvalidSettings:
    telemetry.quiet_libraries()
    settings = _settings()
    try:
        app = settings if isinstance(settings, InvalidSettings) else build(settings)
    except InvalidSettings as wrong:
        app = wrong
    if isinstance(app, InvalidSettings):
        _log(Misconfigured(str(app)))
    elif app.settings.ignored:
        telemetry.event("settings.ignored", why="; ".join(map(str, app.settings.ignored)))
    return app


def _app_of_a_timer() -> App:
    """Give the app, or say again why there is none: an alert looks back a few minutes, and a timer comes again."""
    try:
        return _app()
    except Misconfigured as wrong:
        _log(wrong)
        raise


def _log(refusal: RefusedRequest) -> None:
    """Log it; where a refused token claims to be Microsoft's, as an event of its own, which wakes somebody."""
    claimed = refusal.claimed if isinstance(refusal, NotFromMicrosoft) else None
    if claimed is None:
        telemetry.event(refusal.event, reason=refusal.reason, why=refusal.detail or None, form=refusal.form)
        return
    telemetry.event(
        "caller.refused_microsoft",
        reason=refusal.detail,
        issuer=claimed.issuer,
        form=claimed.form,
        app=claimed.app,
        kid=claimed.kid,
    )


def _inquiries() -> "Inquiries":
    from shared.wiring.console import build_inquiries  # noqa: PLC0415 - 25 ms of a cold start, with the timers

    return build_inquiries(_app())


def _warm() -> None:
    try:
        app = _app()
    except Misconfigured:
        return  # told where it was found
    warm_up(app.warm_up, app.keep_warm, app.clock.sleep)
