"""One neighbour of the app: what it answers, what it has seen, and how it misbehaves."""

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from requests.structures import CaseInsensitiveDict

from local.microsoft.faults import Fault, Faults

_KEPT = 10_000  # requests remembered; a process that runs for days stays small


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    query: Mapping[str, str]
    headers: CaseInsensitiveDict[str]
    body: bytes = b""
    at: float = field(default_factory=time.monotonic)

    @property
    def json(self) -> Any:
        """The body, parsed. Raises ValueError if it is not JSON."""
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class Answer:
    """A body that is bytes goes out as it is; None is an empty body; anything else is JSON."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Neighbour:
    """A name, its true answer, and the body of its errors."""

    def __init__(
        self,
        name: str,
        answer: Callable[[Request], Answer],
        refusal: Callable[[int], Any] = lambda status: {"error": {"code": str(status), "message": "made to fail"}},
    ) -> None:
        self.name = name
        self.answer = answer
        self.refusal = refusal
        self._faults = Faults()
        self._seen: deque[Request] = deque(maxlen=_KEPT)
        self._lock = threading.Lock()
        self.will_answer = self._faults.will_answer
        self.will_always_answer = self._faults.will_always_answer
        self.behaves = self._faults.behaves

    @property
    def seen(self) -> list[Request]:
        with self._lock:
            return list(self._seen)

    def receive(self, request: Request) -> Fault | None:
        """Remember the request and take the fault that it meets."""
        with self._lock:
            self._seen.append(request)
        return self._faults.take()
