"""urllib3's connections, on sockets of ours: for msal, azure-data-tables and whoever else takes a Session."""

import io
import time
from collections.abc import Callable, Mapping
from functools import partial
from http.client import HTTPResponse
from typing import Any, override

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from shared.adapters.sockets import LONGEST_IDLE


def pool_classes(clock: Callable[[], float]) -> Mapping[str, Callable[..., HTTPConnectionPool]]:
    """Give what makes urllib3's pools, by scheme; the clock is monotonic.

    A socket's read time-out is then the time for the whole answer, status line to last byte of the body.
    """
    return {"http": partial(_TimedPool, clock=clock), "https": partial(_TimedTLSPool, clock=clock)}


class _TimedResponse(HTTPResponse):
    """The time-out that its socket has when it is made is the time for status line, headers and body."""

    def __init__(self, sock: Any, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp = io.BufferedReader(_DeadlineReader(sock, self.fp.detach()))


class _DeadlineReader(io.RawIOBase):
    """The bytes of a socket until a deadline; the socket's own time-out starts afresh at every read."""

    def __init__(self, sock: Any, stream: io.RawIOBase) -> None:
        super().__init__()
        allowed = sock.gettimeout()
        self._deadline = None if allowed is None else time.monotonic() + allowed
        self._sock = sock
        self._stream = stream

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Any, /) -> int | None:
        if self._deadline is not None:
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("the whole answer took too long")
            self._sock.settimeout(left)
        return self._stream.readinto(buffer)

    @override
    def close(self) -> None:
        self._stream.close()
        super().close()


class _TimedConnection(HTTPConnection):
    """It counts as dropped once it was idle for long."""

    response_class = _TimedResponse

    def __init__(self, *args: Any, clock: Callable[[], float], **options: Any) -> None:
        super().__init__(*args, **options)
        self._clock = clock
        self._used_at = clock()

    @override
    def request(self, *args: Any, **options: Any) -> None:
        self._used_at = self._clock()
        super().request(*args, **options)

    @property
    @override
    def is_connected(self) -> bool:
        return super().is_connected and self._clock() - self._used_at < LONGEST_IDLE


class _TimedTLSConnection(_TimedConnection, HTTPSConnection):
    pass


class _TimedPool(HTTPConnectionPool):
    ConnectionCls = _TimedConnection


class _TimedTLSPool(HTTPSConnectionPool):
    ConnectionCls = _TimedTLSConnection
