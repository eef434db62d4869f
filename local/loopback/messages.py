"""What comes over HTTP, and what goes back."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

_BODILESS = {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    target: str  # path and query as they came
    headers: Mapping[str, str]  # whatever the case of a name; repeated ones joined by commas
    body: bytes = b""
    at: float = field(default_factory=time.monotonic)

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.target).path)

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query))

    @property
    def json(self) -> Any:
        """The body, parsed. Raises ValueError if it is not JSON."""
        try:
            return json.loads(self.body)
        except RecursionError as error:  # 10,000 brackets
            raise ValueError("nested too deeply") from error

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class Response:
    """A body that is bytes goes out as it is; None is an empty body; anything else is JSON."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def wire(self, *, to_head: bool = False, is_last: bool = False) -> bytes:
        """Write it down as it is sent: to a HEAD without its body, and as the last one of its connection or not."""
        is_json = self.body is not None and not isinstance(self.body, bytes)
        body: bytes = json.dumps(self.body).encode() if is_json else self.body or b""
        headers = {"Date": formatdate(usegmt=True)}
        if is_json:
            headers["Content-Type"] = "application/json; charset=utf-8"
        headers |= self.headers
        if self.status in _BODILESS:
            body = b""
        else:
            headers["Content-Length"] = str(len(body))
        if is_last:
            headers["Connection"] = "close"
        phrase = HTTPStatus(self.status).phrase if self.status in set(HTTPStatus) else "Unknown"
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"HTTP/1.1 {self.status:d} {phrase}\r\n{head}\r\n".encode("latin-1") + (b"" if to_head else body)
