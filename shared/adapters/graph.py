"""Post to Microsoft Graph, one attempt at a time: https://learn.microsoft.com/graph/api/call-redirect."""

from collections.abc import Callable
from datetime import datetime

import requests
from urllib3.exceptions import NewConnectionError

from shared.adapters import http_session
from shared.core.budgets import Budgets
from shared.core.graph.error_bodies import error_code, request_id, retry_after
from shared.core.graph.verdicts import GraphResult, NoReply, Reply
from shared.core.notification.calls import RingingCall

_MOST_OF_AN_ERROR = 64 * 1024  # bytes
_REFUSED = 400


class GraphClient:
    """`base_url` is Graph's root; `http` must keep its read time-out for the whole answer."""

    def __init__(
        self,
        http: requests.Session,
        base_url: str,
        budgets: Budgets,
        *,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._http = http
        self._calls = f"{base_url}/v1.0/communications/calls"
        self._root = base_url
        self._budgets = budgets
        self._now = now
        self._new_id = new_id

    def post(self, call: RingingCall, action: str, body: bytes, token: str, *, within: float) -> GraphResult:
        """Send `redirect` or `reject`, for at most `within` seconds; an answer or its absence, never an exception."""
        connect = min(self._budgets.connect, within / 3)
        read = min(self._budgets.read, within - connect)
        request = self._new_id()
        try:
            response = self._http.post(
                f"{self._calls}/{call.graph_id or call.id}/{action}",
                data=body,
                headers=_headers(token, request, call.chain_id or request),
                timeout=(connect, read),
                allow_redirects=False,
                stream=True,
            )
        except requests.RequestException as error:
            return NoReply(http_session.error_summary(error), was_sent=not _never_connected(error))
        with response:
            return self._reply(response)

    def warm(self) -> None:
        """Open a connection, so that the first call finds one."""
        try:
            self._http.head(self._root, timeout=(self._budgets.connect, self._budgets.read), allow_redirects=False)
        except requests.RequestException:
            return

    def _reply(self, response: requests.Response) -> Reply:
        body = b""
        # What a success says does not count. To have read an empty one to its end frees the connection for the next.
        if response.status_code >= _REFUSED or _is_empty(response):
            try:
                body = http_session.read_body(response, _MOST_OF_AN_ERROR)
            except requests.RequestException:
                body = b""
        return Reply(
            status=response.status_code,
            code=error_code(body),
            request_id=request_id(body, response.headers.get("request-id", "")),
            retry_after=retry_after(response.headers.get("Retry-After"), self._now()),
            is_html="html" in response.headers.get("Content-Type", "").lower(),
        )


def _is_empty(response: requests.Response) -> bool:
    """Tell whether an answer has no body, as far as its head says; one in chunks is as a rule empty too."""
    is_chunked = response.headers.get("Transfer-Encoding", "").lower() == "chunked"
    return (
        response.status_code == requests.codes.no_content or response.headers.get("Content-Length") == "0" or is_chunked
    )


def _headers(token: str, request: str, scenario: str) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json; charset=utf-8",
        "Accept": "application/json",
        "Client-Request-Id": request,
        "Scenario-Id": scenario,
    }


def _never_connected(error: requests.RequestException) -> bool:
    if isinstance(error, requests.ConnectTimeout):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    # Another fault of TLS can come as late as in the answer.
    return bool(http_session.certificate_error(error)) or isinstance(reason, NewConnectionError)
