"""A function app that shows what the host hands to it: the subject of test_host.py."""

import asyncio
import hashlib
import json
import logging
import os
import threading
import time

import azure.functions as func

logger = logging.getLogger(__name__)

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

EVERYBODY = 20
together = threading.Barrier(EVERYBODY)


def shown(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    body = req.get_body()
    seen = {
        "function": context.function_name,
        "method": req.method,
        "url": req.url,
        "headers": dict(req.headers),
        "query": dict(req.params),
        "route": dict(req.route_params),
        "length": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
        "trace_parent": context.trace_context.trace_parent,
        "trace_state": context.trace_context.trace_state,
    }
    return func.HttpResponse(json.dumps(seen), mimetype="application/json", headers={"X-Seen": "yes"})


@app.route("calls/{day}/{callId?}", methods=["POST", "GET"])
def call(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    return shown(req, context)


@app.route("async/{callId}")
async def call_async(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    await asyncio.sleep(0)
    return shown(req, context)


@app.route("lines/{line}")
def early_line(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    return shown(req, context)


@app.route("lines/main")
def late_line(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    return shown(req, context)


@app.route("extension/{number:int}")
def extension(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    return shown(req, context)


@app.route("extension/{word:alpha}")
def extension_word(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    return shown(req, context)


@app.route("extension/{id:guid}")
def extension_z(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    return shown(req, context)


@app.route("recordings/{*file}")
def recordings(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    return shown(req, context)


@app.route("admin/lines")
def reserved(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    return shown(req, context)


@app.route("keyed", auth_level=func.AuthLevel.FUNCTION)
def keyed(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    return shown(req, context)


@app.route("guarded", auth_level=func.AuthLevel.ADMIN)
def guarded(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    return shown(req, context)


@app.route("crossed")
def crossed(req: func.HttpRequest) -> func.HttpResponse:
    raise RuntimeError(f"the line is crossed at {req.method}")


@app.route("crossed/async")
async def crossed_async(req: func.HttpRequest) -> func.HttpResponse:
    raise RuntimeError(f"the line is crossed at {req.method}")


@app.route("split")
def split(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("split", headers={"X-Line": req.params["line"]})


@app.route("quiet")
def quiet(req: func.HttpRequest) -> func.HttpResponse:
    del req
    return func.HttpResponse(status_code=204)


@app.route("setting/{name}")
def setting(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(os.environ.get(req.route_params["name"], "(unset)"))


@app.route("log")
def log(req: func.HttpRequest) -> func.HttpResponse:
    logger.info(json.dumps({"event": "line.busy", "line": req.params.get("line", "a\nb")}))
    return func.HttpResponse(status_code=202)


@app.route("together")
def meet(req: func.HttpRequest) -> func.HttpResponse:
    """Answer only once as many calls are in here as `EVERYBODY`."""
    del req
    together.wait(10)
    return func.HttpResponse("met")


@app.route("wait")
def wait(req: func.HttpRequest) -> func.HttpResponse:
    del req
    logger.info('{"event":"waiting.begun"}')
    time.sleep(60)
    return func.HttpResponse("late")


@app.timer_trigger("timer", "0 */10 * * * *")
def heartbeat(timer: func.TimerRequest) -> None:
    logger.info(json.dumps({"event": "heartbeat.run", "past_due": timer.past_due}))


@app.timer_trigger("timer", "0 0 3 * * *")
def heartbeat_that_fails(timer: func.TimerRequest) -> None:
    raise RuntimeError(f"no heartbeat, past due {timer.past_due}")
