"""Stand in for a Teams workflow with the trigger "When a Teams webhook request is received", on loopback.

https://learn.microsoft.com/connectors/teams: it accepts with 202 and an empty body, and posts the card afterwards, if
it can. What it cannot post is told to nobody who sent it.
"""

import ssl
import threading
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

from local.loopback.faults import Faults, play
from local.loopback.messages import Request, Response
from local.loopback.server import Connection, LoopbackServer

_LARGEST = 28_672  # bytes
_CARD = "application/vnd.microsoft.card.adaptive"


@dataclass(frozen=True, slots=True)
class Posted:
    """A card that the channel shows."""

    title: str
    facts: dict[str, str]
    foot: str


class Workflows:
    """Listens once made; answers inside `with`. `accepted` are the requests it said 202 to, `cards` what it posted."""

    def __init__(self, tls: ssl.SSLContext | None = None, signature: str = "made-up-signature") -> None:
        self.faults = Faults()
        self.seen: list[Request] = []
        self.accepted: list[Request] = []
        self._signature = signature
        self._lock = threading.Lock()
        self._server = LoopbackServer(0, tls)

    @property
    def address(self) -> str:
        """Give the address to post to, as long and as delicate as a real one."""
        path = f"/powerautomate/automations/direct/workflows/{'0' * 32}/triggers/manual/paths/invoke"
        return f"{self._server.url}{path}?api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig={self._signature}"

    @property
    def cards(self) -> list[Posted]:
        return [posted for request in self.accepted if (posted := _posted(request)) is not None]

    def __enter__(self) -> Self:
        self._server.start(self._answer)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()

    def _answer(self, connection: Connection) -> None:
        with self._lock:
            self.seen.append(connection.request)
        play(self.faults.take(), connection, lambda: self._take(connection.request), _failing)

    def _take(self, request: Request) -> Response:
        if request.target != self.address.removeprefix(self._server.url) or "authorization" in map(
            str.lower, request.headers
        ):
            return Response(HTTPStatus.UNAUTHORIZED, _failing(HTTPStatus.UNAUTHORIZED))
        if request.method != "POST" or len(request.body) > _LARGEST:
            return Response(HTTPStatus.BAD_REQUEST, _failing(HTTPStatus.BAD_REQUEST))
        with self._lock:
            self.accepted.append(request)
        return Response(HTTPStatus.ACCEPTED)


def _posted(request: Request) -> Posted | None:
    """Give the card, where the flow would not fail on it."""
    try:
        message: Any = request.json
        (attachment,) = message["attachments"]
        card = attachment["content"]
        title, facts, *rest = card["body"]
        is_card = (message["type"], attachment["contentType"], attachment["contentUrl"]) == ("message", _CARD, None)
        if not is_card or card["type"] != "AdaptiveCard" or card["version"] > "1.4":
            return None
        told = {one["title"]: one["value"] for one in facts["facts"]}
        return Posted(title["text"], told, rest[0]["text"] if rest else "")
    except (ValueError, LookupError, TypeError):
        return None


def _failing(status: int) -> Any:
    return {"error": {"code": HTTPStatus(status).name, "message": "The request was not authenticated or not valid."}}
