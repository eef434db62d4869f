"""The triggers of the function app, and the one place where an error becomes an answer."""

import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import azure.functions as func

from shared.wiring import loading

if TYPE_CHECKING:
    from shared.wiring.process import Document, Process

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)  # Microsoft's token is the key: it is always asked for
_NOSNIFF = {"X-Content-Type-Options": "nosniff"}
_UNAVAILABLE = 503
_NAMED_BY_STATUS = {401: {"WWW-Authenticate": "Bearer"}, 405: {"Allow": "POST"}}


@app.route("calls", methods=["POST", "GET", "HEAD"])
async def incoming(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    return await _answered(req, lambda process: process.incoming(req, context))


@app.route("calls/{day}/{callId}", methods=["POST", "GET", "HEAD"])
async def callback(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    day, call = req.route_params["day"], req.route_params["callId"]
    return await _answered(req, lambda process: process.callback(req, day, call, context))


@app.route("health", methods=["GET"])
async def health(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the worker passes it by this name
    body = json.dumps((await loading.process()).health)
    return func.HttpResponse(body, mimetype="application/json", headers=_NOSNIFF)


@app.route("check", methods=["GET", "POST"], auth_level=func.AuthLevel.FUNCTION)
async def check(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    line, accept = req.params.get("line", ""), req.headers.get("accept", "")
    return await _shown(lambda process: process.check(line, accept, req.get_body(), context))


@app.route("who", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
async def who(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    return await _shown(lambda process: process.who(req.get_body(), context))


@app.timer_trigger("timer", "0 10 3-6 * * *")  # UTC; a day of a million calls is more than one run can delete
async def cleanup(timer: func.TimerRequest, context: func.Context) -> None:  # noqa: ARG001 - the same
    await _guarded(lambda process: process.cleanup(context))


@app.timer_trigger("timer", "0 */10 * * * *", use_monitor=False)  # a beat that was missed is not made up for
async def heartbeat(timer: func.TimerRequest, context: func.Context) -> None:  # noqa: ARG001 - the same
    await _guarded(lambda process: process.heartbeat(context))


async def _answered(req: func.HttpRequest, way: Callable[["Process"], Awaitable[int]]) -> func.HttpResponse:
    if req.method != "POST":  # the host would answer 404, as if the address were wrong to whoever looks at it
        return _error(
            405, "method_not_allowed", "The address is right: Microsoft posts here when a call rings or ends."
        )
    status = await _guarded(way)
    if isinstance(status, func.HttpResponse):
        return status
    if status == _UNAVAILABLE:
        return _error(
            status, "not_done", "The call could not be handled, or its end not be recorded; the log says why."
        )
    return func.HttpResponse(status_code=status, headers=_NOSNIFF)


async def _shown(way: Callable[["Process"], Awaitable["Document"]]) -> func.HttpResponse:
    document = await _guarded(way)
    if isinstance(document, func.HttpResponse):
        return document
    return func.HttpResponse(document.body, mimetype=document.mimetype, headers=dict(document.headers))


async def _guarded[T](way: Callable[["Process"], Awaitable[T]]) -> T | func.HttpResponse:
    """Let nothing out but a line in the log, and the answer for whoever is there to read one."""
    process = await loading.process()
    try:
        return await way(process)
    except Exception as error:  # noqa: BLE001 - the boundary: a stranger learns nothing of our faults, the log does
        refusal = process.refusal(error)
        return _error(refusal.status, refusal.reason, refusal.message, refusal.challenge)


def _error(status: int, reason: str, message: str, challenge: str = "") -> func.HttpResponse:
    body = json.dumps({"error": {"reason": reason, "message": message}})
    named = _NAMED_BY_STATUS.get(status, {}) | ({"WWW-Authenticate": challenge} if challenge else {})
    headers = _NOSNIFF | named
    return func.HttpResponse(body, status_code=status, mimetype="application/json", headers=headers)


loading.begin()
