"""Answer a notification and do nothing: what the worker itself costs."""

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route("calls", methods=["POST"])
async def incoming(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the worker passes it by this name
    return func.HttpResponse(status_code=202)
