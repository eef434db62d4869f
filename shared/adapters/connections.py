"""Connections that read until a deadline, and are given up before the network has forgotten them."""

import io
import socket
import time
from collections.abc import Callable, Mapping
from functools import partial
from http.client import HTTPResponse
from typing import Any, override

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

# Azure's load balancers forget a connection after 4 silent minutes and tell neither end, so that the next request on
# it goes nowhere: https://learn.microsoft.com/azure/load-balancer/load-balancer-tcp-reset
LONGEST_IDLE = 180.0  # seconds

_PROBES = {  # in seconds, and how many; the kernel's own probes count as traffic
    "TCP_KEEPIDLE": 60,
    "TCP_KEEPALIVE": 60,  # what macOS calls it
    "TCP_KEEPINTVL": 20,
    "TCP_KEEPCNT": 3,
}
KEEP_ALIVE: list[tuple[int, int, int]] = [
    *HTTPConnection.default_socket_options,
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    *((socket.IPPROTO_TCP, getattr(socket, name), value) for name, value in _PROBES.items() if hasattr(socket, name)),
]


def pool_classes(clock: Callable[[], float]) -> Mapping[str, Callable[..., HTTPConnectionPool]]:
    """Give what makes urllib3's pools, by scheme; the clock is monotonic.

    A socket's read time-out is then the time for the whole answer, status line to last byte of the body.
    """
    return {"http": partial(_TimedPool, clock=clock), "https": partial(_TimedTLSPool, clock=clock)}


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


class _TimedResponse(HTTPResponse):
    def __init__(self, sock: Any, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        # urllib3 has just given the socket the read time-out, so that is the time for status line, headers and body.
        self.fp = io.BufferedReader(_DeadlineReader(sock, self.fp.detach()))


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
