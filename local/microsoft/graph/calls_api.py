"""Play Graph: redirect and reject a ringing call, with the errors that Microsoft gives."""

import re
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from local.loopback.messages import Request, Response
from local.microsoft.graph import body_rules

PERMISSION = "Calls.Initiate.All"
_PATH = re.compile(r"/v1\.0/communications/calls/([^/]+)/(redirect|reject)")
_CODES = {429: "TooManyRequests", 503: "ServiceUnavailable", 504: "GatewayTimeout", 401: "InvalidAuthenticationToken"}


class RingingCall(Protocol):
    @property
    def tenant(self) -> str: ...

    @property
    def rings(self) -> bool:
        """Say whether it can still be redirected or rejected."""

    def decide(self, operation: str, body: Mapping[str, Any], request_id: str) -> bool:
        """Redirect or reject it; False if it was gone by then."""

    def log(self, what: str, **facts: object) -> None: ...


class GraphError(Exception):
    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


class Graph:
    """The calls of one bot."""

    def __init__(
        self, bot: str, find: Callable[[str], RingingCall | None], claims: Callable[[str], dict[str, Any] | None]
    ) -> None:
        self.takes_routing_policies = True
        self.strangers: set[str] = set()  # targets of another tenant: a redirect that names one is refused whole
        self._bot = bot
        self._find = find
        self._claims = claims

    def answer(self, request: Request) -> Response:
        request_id = str(uuid.uuid4())
        ids = {"request-id": request_id, "client-request-id": request.headers.get("client-request-id", request_id)}
        try:
            self._act(request, request_id)
        except GraphError as error:
            return Response(error.status, _body(error.code, str(error), ids), ids)
        return Response(202, headers=ids)

    def _act(self, request: Request, request_id: str) -> None:
        claims = self._authorized(request)
        match = _PATH.fullmatch(request.path)
        if not match:
            raise GraphError(404, "ResourceNotFound", "Invalid version or resource path.")
        if request.method != "POST":
            raise GraphError(405, "MethodNotAllowed", f"{request.method} is not allowed for this resource.")
        call_id, operation = match.groups()
        call = self._find(call_id)
        if call is None:
            raise _gone()
        try:
            self._check(call, claims, operation, request)
            if not call.decide(operation, request.json, request_id):
                raise _gone()
        except GraphError as error:
            call.log("refused", operation=operation, status=error.status, code=error.code, message=str(error))
            raise

    def _authorized(self, request: Request) -> dict[str, Any]:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        claims = self._claims(token) if scheme.lower() == "bearer" else None
        if claims is None:
            raise GraphError(401, "InvalidAuthenticationToken", "Access token is empty, expired or not for Graph.")
        return claims

    def _check(self, call: RingingCall, claims: dict[str, Any], operation: str, request: Request) -> None:
        if claims["tid"] != call.tenant or claims["appid"] != self._bot:
            raise GraphError(403, "7505", "Request authorization tenant mismatch.")
        # Rejecting needs no permission. https://learn.microsoft.com/graph/api/call-reject
        if operation == "redirect" and PERMISSION not in claims["roles"]:
            raise GraphError(403, "7504", "Insufficient enterprise tenant permissions, cannot access this API.")
        if not call.rings:
            raise _gone()
        if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
            raise GraphError(415, "UnsupportedMediaType", "The body must be application/json.")
        try:
            body = request.json
            (body_rules.check_redirect if operation == "redirect" else body_rules.check_reject)(body)
        except ValueError as exc:
            raise GraphError(400, "BadRequest", "Unable to read JSON request payload.") from exc
        except body_rules.Invalid as exc:
            raise GraphError(400, "8523", f"Invalid argument. {exc}.") from exc
        if "routingPolicies" in body and not self.takes_routing_policies:
            raise GraphError(400, "8523", "Invalid argument. routingPolicies: the parameter does not exist.")
        if operation == "redirect" and self.strangers & set(body_rules.target_ids(body)):
            raise GraphError(403, "7505", "Request authorization tenant mismatch.")


def failing(status: int) -> dict[str, Any]:
    """Give the body of a Graph that is in trouble."""
    request_id = str(uuid.uuid4())
    ids = {"request-id": request_id, "client-request-id": request_id}
    return _body(_CODES.get(status, "UnknownError"), "made to fail", ids)


def _gone() -> GraphError:
    return GraphError(404, "8522", "Call not found.")


def _body(code: str, message: str, ids: Mapping[str, str]) -> dict[str, Any]:
    date = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}"
    return {"error": {"code": code, "message": message, "innerError": {"date": date, **ids}}}
