"""Answer requests as the real Functions host does: routes, keys, conversion, its own admin pages."""

import hmac
import json
import logging
import re
import secrets
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote

from local.host.messages import Message
from local.host.routes import Route, UnreadablePath, UnservedRoute, decoded, route_of
from local.host.worker import PROTOS, Function, Worker
from local.loopback.messages import Request, Response
from local.loopback.server import Connection

# What concerns one connection is the server's to say, and it counts the body's length itself.
_CONNECTIONS_OWN = frozenset({"connection", "content-length", "date", "keep-alive", "server", "transfer-encoding"})

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Keys:
    function: str | None = field(default=None, repr=False)
    master: str | None = field(default=None, repr=False)

    def admit(self, level: str, offered: str | None) -> bool:
        good = {"anonymous": [], "function": [self.function, self.master]}.get(level, [self.master])
        return level == "anonymous" or any(
            key and offered and hmac.compare_digest(key.encode(), offered.encode()) for key in good
        )


class Host:
    """The app behind HTTP. `keys` None enforces none, as `func start` does."""

    def __init__(self, worker: Worker, prefix: str, keys: Keys | None) -> None:
        self._worker = worker
        self._keys = keys
        self._started = time.monotonic()
        self.routes = tuple(_served(worker.functions, prefix))
        self.background = tuple(function for function in worker.functions if not function.is_http)

    def serve(self, connection: Connection) -> None:
        connection.respond(self.answer(connection.request))

    def answer(self, request: Request) -> Response:
        raw_path, _, raw_query = request.target.partition("?")
        try:
            path = decoded(raw_path)
        except UnreadablePath:
            return Response(400)
        query = _query(raw_query)
        code = next((value for name, value in query.items() if name.lower() == "code"), None)
        offered = request.headers.get("x-functions-key") or code
        if path == "/":
            return Response(200, b"The function app is running.\n", {"Content-Type": "text/plain"})
        if path.lower().startswith("/admin/"):
            return self._admin(request, path.removesuffix("/")) if self._admits("admin", offered) else Response(401)
        for route in self.routes:
            parameters = route.match(request.method, path)
            if parameters is not None:
                admitted = self._admits(route.level, offered)
                return self._run(route, request, _http(request, path, query, parameters)) if admitted else Response(401)
        return Response(404)

    def _admits(self, level: str, offered: str | None) -> bool:
        return self._keys is None or self._keys.admit(level, offered)

    def _run(self, route: Route, request: Request, http: Message) -> Response:
        name = route.function.name
        response = self._worker.invoke(route.function, PROTOS.TypedData(http=http), _trace(request.headers)).result()
        if _failed(name, response):
            return Response(500)
        result = response.return_value
        if result is None or result.WhichOneof("data") != "http":
            text = "" if result is None else str(getattr(result, result.WhichOneof("data")))
            return Response(200, text.encode(), {"Content-Type": "text/plain; charset=utf-8"})
        if result.http.cookies:
            logger.error("%s set a cookie, which this host does not convert", name)
            return Response(500)
        headers = {name: text for name, text in result.http.headers.items() if name.lower() not in _CONNECTIONS_OWN}
        if any(not (text.isascii() and text.isprintable()) for header in headers.items() for text in header):
            # Kestrel refuses to send it, and so nothing of the request can split a response.
            logger.error("%s answered with a header that is not printable ASCII", name)
            return Response(500)
        return Response(int(result.http.status_code), result.http.body.bytes, headers)

    def _admin(self, request: Request, path: str) -> Response:
        match request.method, path.split("/")[2:]:
            case "GET", ["host", "status"]:
                uptime = int((time.monotonic() - self._started) * 1000)
                return Response(200, {"id": "local", "state": "Running", "processUptime": uptime})
            case "GET", ["functions"]:
                return Response(200, [_described(function) for function in self._worker.functions])
            case "GET", ["functions", name] if function := _named(name, self._worker.functions):
                return Response(200, _described(function))
            case "POST", ["functions", name] if function := _named(name, self.background):
                return self._ask(function, request)
            case _:
                return Response(404)

    def _ask(self, function: Function, request: Request) -> Response:
        """Run it without waiting. The real host too wants a JSON object, `{}` or `{"input": "..."}`."""
        try:
            invocation = json.loads(request.body)
        except ValueError:
            invocation = None
        if not isinstance(invocation, dict):
            return Response(400)
        self.start(function, str(invocation.get("input", "")), request.headers)
        return Response(202)

    def start(self, function: Function, text: str = "", headers: Mapping[str, str] | None = None) -> None:
        """Run one that no request triggers, without waiting for its end."""
        data = PROTOS.TypedData(string=text)
        if function.is_timer:
            data = PROTOS.TypedData(json='{"Schedule": {"AdjustForDST": true}, "IsPastDue": false}')

        def ended(future: Future[Any]) -> None:
            _failed(function.name, future.result())

        self._worker.invoke(function, data, _trace(headers or {})).add_done_callback(ended)


def _served(functions: Iterable[Function], prefix: str) -> Iterable[Route]:
    for function in functions:
        try:
            if function.is_http:
                yield route_of(function, prefix)
        except UnservedRoute as error:
            logger.error("%s is not served: %s", function.name, error)  # noqa: TRY400  the text says it all


def _query(raw: str) -> dict[str, str]:
    """Give one value a name, as the worker gets it: empty values dropped, repeated ones joined."""
    values: dict[str, tuple[str, list[str]]] = {}
    for name, value in parse_qsl(raw):
        # The first spelling of a name stands for all: the real host's names have no case.
        values.setdefault(name.lower(), (name, []))[1].append(value)
    return {name: ",".join(all_values) for name, all_values in values.values()}


def _http(request: Request, path: str, query: Mapping[str, str], parameters: Mapping[str, str]) -> Message:
    mark, raw_query = request.target.partition("?")[1:]
    url = f"http://{request.headers.get('host', '')}{quote(path, safe="/%!$&'()*+,;=:@")}{mark}{raw_query}"
    # Of a body without a length, chunked, the real host hands nothing to a function: Azure/azure-functions-host#4926.
    body = request.body if "content-length" in request.headers else b""
    http: Message = PROTOS.RpcHttp(
        method=request.method,
        url=url,
        headers={name.lower(): text for name, text in request.headers.items()},
        query=dict(query),
        params=dict(parameters),
        body=PROTOS.TypedData(bytes=body) if body else PROTOS.TypedData(),
    )
    return http


def _trace(headers: Mapping[str, str]) -> Message:
    """Keep the caller's trace id under a new span id, as https://www.w3.org/TR/trace-context/ has it."""
    given = re.fullmatch("00-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})", headers.get("traceparent", ""))
    trace_id, flags = given.groups() if given else (secrets.token_hex(16), "00")
    parent = f"00-{trace_id}-{secrets.token_hex(8)}-{flags}"
    context: Message = PROTOS.RpcTraceContext(
        trace_parent=parent, trace_state=headers.get("tracestate", "") if given else "", attributes={}
    )
    return context


def _failed(name: str, response: Message) -> bool:
    if response.result.status == PROTOS.StatusResult.Success:
        return False
    failure = response.result.exception
    logger.error("%s failed: %s\n%s", name, failure.message, failure.stack_trace.rstrip())
    return True


def _named(name: str, functions: Iterable[Function]) -> Function | None:
    return next((function for function in functions if function.name.lower() == name.lower()), None)


def _described(function: Function) -> dict[str, Any]:
    return {"name": function.name, "language": "python", "config": {"bindings": list(function.bindings)}}
