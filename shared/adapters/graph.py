"""Post to Microsoft Graph, one attempt at a time: https://learn.microsoft.com/graph/api/call-redirect."""

import contextlib
from collections.abc import Callable
from datetime import datetime

from shared.adapters.http_pool import HttpAnswer, HttpPool, NoAnswer
from shared.core.budgets import Budgets
from shared.core.graph.error_bodies import error_code, request_id, retry_after
from shared.core.graph.verdicts import GraphResult, NoReply, Reply
from shared.core.notification.calls import RingingCall

_MOST_OF_AN_ERROR = 64 * 1024  # bytes
_TAKEN = frozenset({200, 202, 204})


class GraphClient:
    """`base_url` is Graph's root; `http` keeps the connections to it."""

    def __init__(
        self,
        http: HttpPool,
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
        timeout = connect, min(self._budgets.read, within - connect)
        request = self._new_id()
        headers = _headers(token, request, call.chain_id or request)
        try:
            with self._http.send(
                "POST", f"{self._calls}/{call.graph_id or call.id}/{action}", headers, body, timeout
            ) as answer:
                return self._reply(answer)
        except NoAnswer as lost:
            return NoReply(str(lost), was_sent=lost.was_sent)

    def warm(self) -> None:
        """Open a connection, so that the first call finds one."""
        with (
            contextlib.suppress(NoAnswer),
            self._http.send("HEAD", self._root, {}, None, (self._budgets.connect, self._budgets.read)),
        ):
            return

    def _reply(self, answer: HttpAnswer) -> Reply:
        if answer.status in _TAKEN and answer.is_empty:
            return Reply(answer.status, request_id=request_id(b"", answer.header("request-id")))
        body = b""
        # What a success says does not count, but a connection is free for the next only when all is read.
        if not answer.is_empty:
            with contextlib.suppress(NoAnswer):
                body = answer.read(_MOST_OF_AN_ERROR)
        return Reply(
            status=answer.status,
            code=error_code(body),
            request_id=request_id(body, answer.header("request-id")),
            retry_after=retry_after(answer.header("Retry-After") or None, self._now()),
            is_html="html" in answer.header("Content-Type").lower(),
        )


def _headers(token: str, request: str, scenario: str) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json; charset=utf-8",
        "Accept": "application/json",
        "Client-Request-Id": request,
        "Scenario-Id": scenario,
    }
