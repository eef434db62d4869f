"""Post a message to the address that somebody chose for missed calls: as it stands, once, and to nowhere else."""

from collections.abc import Callable
from datetime import datetime

from shared.adapters.http_pool import HttpPool, NoAnswer
from shared.core.graph.error_bodies import retry_after
from shared.core.missed_call.delivery import Receipt

_HEADERS = {"Content-Type": "application/json; charset=utf-8", "Accept": "*/*"}
_CONNECT = 1.0  # seconds


class Webhook:
    """`address` is a secret: it is in no event and no error. No Authorization goes there, which a flow would refuse."""

    def __init__(self, http: HttpPool, address: str, now: Callable[[], datetime]) -> None:
        self._http = http
        self._address = address
        self._now = now

    def post(self, body: bytes, within: float) -> Receipt:
        """Post once, for at most so many seconds; an answer or its absence, never an exception."""
        connect = min(_CONNECT, within / 2)
        try:
            with self._http.send("POST", self._address, _HEADERS, body, (connect, within - connect)) as answer:
                wait = retry_after(answer.header("Retry-After") or None, self._now())
                return Receipt(answer.status, retry_after=wait)
        except NoAnswer as lost:
            return Receipt(None, str(lost))
