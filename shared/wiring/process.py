"""The app of this process, as the triggers call it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from shared.adapters import telemetry
from shared.adapters.clock import SystemClock
from shared.call.flow import Request
from shared.console.document import Document
from shared.core.build_id import BUILD_ID
from shared.core.light_dataclass import dataclass
from shared.core.notification.deliveries import Framing
from shared.core.refusals import Misconfigured, NotFromMicrosoft, RefusedRequest
from shared.settings.settings import InvalidSettings
from shared.wiring.app import App
from shared.wiring.threads import InvocationContext, Threads

if TYPE_CHECKING:
    from shared.console.inquiries import Inquiries

__all__ = ["Document", "HttpRequest", "Process", "Refusal", "log_refusal"]


class HttpRequest(Protocol):
    """What counts of a request that the worker brings; `headers` are asked in lower case."""

    @property
    def headers(self) -> Mapping[str, str]: ...
    def get_body(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Refusal:
    """What somebody hears whose request is not answered: nothing of it is secret."""

    status: int
    reason: str
    message: str
    challenge: str = ""


class Process:
    """Made of the app, or of what is wrong with its settings: then all but `check` and `health` is refused.

    Each method raises what `refusal` reads.
    """

    def __init__(self, app: App | InvalidSettings) -> None:
        self._built = app
        self.threads = Threads()

    @property
    def health(self) -> Mapping[str, str]:
        return {"status": "ok", "build": BUILD_ID}

    async def incoming(self, request: HttpRequest, context: InvocationContext) -> int:
        return await self._app().flow.incoming(_request(request), self.threads.of(context))

    async def callback(self, request: HttpRequest, day: str, call: str, context: InvocationContext) -> int:
        return await self._app().flow.callback(_request(request), day, call, self.threads.of(context))

    async def check(self, line: str, accept: str, form: bytes, context: InvocationContext) -> Document:
        """Examine everything, wrong settings too; `form` asks about one call."""
        return await self.threads.of(context)(self._check, line, accept, form)

    async def who(self, body: bytes, context: InvocationContext) -> Document:
        """Say who would ring."""
        return await self.threads.of(context)(lambda: self._inquiries().who(body))

    async def cleanup(self, context: InvocationContext) -> None:
        """Close and delete old records."""
        await self.threads.of(context)(self._cleanup)

    async def heartbeat(self, context: InvocationContext) -> None:
        """Say that the app is alive."""
        await self.threads.of(context)(self._heartbeat)

    def refusal(self, error: Exception) -> Refusal:
        """Log what went wrong, and give what may be told of it.

        Wrong settings are logged as the app starts, and not to each stranger.
        """
        if not isinstance(error, RefusedRequest):
            telemetry.internal_error(error)
            return Refusal(500, "internal", "The app failed; its log says where.")
        if not isinstance(error, Misconfigured):
            log_refusal(error)
        return Refusal(error.status, error.reason, error.message, error.challenge)

    def _app(self) -> App:
        if isinstance(self._built, InvalidSettings):
            raise Misconfigured(str(self._built)) from self._built
        return self._built

    def _app_of_a_timer(self) -> App:
        """Give the app, or say again why there is none: an alert looks back a few minutes, and a timer comes again."""
        try:
            return self._app()
        except Misconfigured as wrong:
            log_refusal(wrong)
            raise

    def _check(self, line: str, accept: str, form: bytes) -> Document:
        from shared.console.inquiries import misconfigured_page  # noqa: PLC0415 - 25 ms of a cold start, with the timers

        if isinstance(self._built, InvalidSettings):
            return misconfigured_page(self._built.problems, SystemClock().now(), accept)
        return self._inquiries().check(line, accept, form)

    def _inquiries(self) -> "Inquiries":
        from shared.wiring.console import build_inquiries  # noqa: PLC0415 - 25 ms of a cold start, with the timers

        return build_inquiries(self._app())

    def _cleanup(self) -> None:
        from shared.wiring.upkeep import build_cleanup  # noqa: PLC0415 - 25 ms of a cold start, with the console

        build_cleanup(self._app_of_a_timer()).run()

    def _heartbeat(self) -> None:
        from shared.wiring.upkeep import build_heartbeat  # noqa: PLC0415 - 25 ms of a cold start, with the console

        build_heartbeat(self._app_of_a_timer()).beat()


def log_refusal(refusal: RefusedRequest) -> None:
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


def _request(request: HttpRequest) -> Request:
    headers = request.headers
    framing = Framing(headers.get("content-length", ""), headers.get("transfer-encoding", ""))
    return Request(headers.get("authorization"), request.get_body(), framing)
