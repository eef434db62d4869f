"""Run a function app in Microsoft's worker library, as Azure's gRPC shell does."""

import asyncio
import json
import logging
import os
import sys
import threading
import uuid
from collections.abc import Coroutine, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import azure_functions_runtime as runtime  # type: ignore[import-untyped]  # Microsoft ships it without types

from local.host.messages import Message, Messages

PROTOS = Messages()

_IMPORT_ADVICE = ". Cannot find module."


class IndexingFailed(Exception):
    """The app could not be imported or its functions not be read; the text is for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Function:
    name: str
    id: str
    bindings: tuple[Mapping[str, Any], ...]

    @property
    def trigger(self) -> Mapping[str, Any]:
        return next(binding for binding in self.bindings if str(binding["type"]).lower().endswith("trigger"))

    @property
    def is_timer(self) -> bool:
        return str(self.trigger["type"]).lower() == "timertrigger"

    @property
    def is_http(self) -> bool:
        return str(self.trigger["type"]).lower() == "httptrigger"


@dataclass(frozen=True, slots=True)
class Worker:
    functions: tuple[Function, ...]
    _loop: asyncio.AbstractEventLoop

    def invoke(self, function: Function, data: Message, trace: Message) -> Future[Any]:
        """Begin one invocation; the future gives the worker's InvocationResponse."""
        request = PROTOS.InvocationRequest(
            invocation_id=str(uuid.uuid4()),
            function_id=function.id,
            input_data=[PROTOS.ParameterBinding(name=function.trigger["name"], data=data)],
            trigger_metadata={},
            trace_context=trace,
            retry_context=PROTOS.RetryContext(retry_count=0, max_retry_count=0, exception=None),
        )
        return _ask(self._loop, "invocation_request", request)


def start_worker(app: Path) -> Worker:
    """Index the app in `app`. Once per process: the library keeps one app in its module globals."""
    # The worker in Azure runs in the app's folder, with that folder first on the path.
    sys.path.insert(0, str(app))
    os.chdir(app)
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="worker-loop", daemon=True).start()

    init = PROTOS.WorkerInitRequest(capabilities={}, function_app_directory=str(app))
    # What goes wrong in indexing the library logs in full beside returning it: once is enough.
    logging.getLogger("azure.functions").setLevel(logging.CRITICAL)
    _succeeded(_ask(loop, "worker_init_request", init).result())
    # At INFO it adds a line to every invocation.
    logging.getLogger("azure.functions").setLevel(logging.WARNING)
    runtime.start_threadpool_executor()
    metadata = _ask(loop, "functions_metadata_request", PROTOS.FunctionsMetadataRequest()).result()
    if not metadata.function_metadata_results:
        script = os.environ.get("PYTHON_SCRIPT_FILE_NAME", "function_app.py")
        raise IndexingFailed(f"no functions found: {app / script} is missing or defines none")

    functions = []
    for found in metadata.function_metadata_results:
        load = PROTOS.FunctionLoadRequest(function_id=found.function_id, metadata=found)
        _succeeded(_ask(loop, "function_load_request", load).result())
        bindings = tuple(json.loads(binding) for binding in found.raw_bindings)
        functions.append(Function(found.name, found.function_id, bindings))
    # The order in which the real host tries their routes.
    return Worker(tuple(sorted(functions, key=lambda function: function.name.casefold())), loop)


def _ask(loop: asyncio.AbstractEventLoop, kind: str, message: Message) -> Future[Any]:
    envelope = Message(request=Message(**{kind: message}), properties={"protos": PROTOS, "host": "127.0.0.1"})
    coroutine: Coroutine[Any, Any, Any] = getattr(runtime, kind)(envelope)
    return asyncio.run_coroutine_threadsafe(coroutine, loop)


def _succeeded(response: Message) -> None:
    if response.result.status != PROTOS.StatusResult.Success:
        failure = response.result.exception
        message, trace = failure.message, failure.stack_trace.rstrip()
        if _IMPORT_ADVICE in message:
            # The library raises an import error anew with a page of advice and sys.path; the first one says it all.
            message = message.partition(_IMPORT_ADVICE)[0]
            trace = trace.rpartition("\n\nDuring handling of the above exception")[0]
        raise IndexingFailed(f"the app could not be indexed: {message}\n{trace}")
