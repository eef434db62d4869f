"""Sockets that read until a deadline, and that the network does not forget without a word."""

import io
import socket
import time
from http.client import HTTPResponse
from typing import Any, override

# Azure's load balancers forget a connection after 4 silent minutes and tell neither end, so that the next request on
# it goes nowhere: https://learn.microsoft.com/azure/load-balancer/load-balancer-tcp-reset
LONGEST_IDLE = 180.0  # seconds

_PROBES = {  # in seconds, and how many; the kernel's own probes count as traffic
    "TCP_KEEPIDLE": 60,
    "TCP_KEEPALIVE": 60,  # what macOS calls it
    "TCP_KEEPINTVL": 20,
    "TCP_KEEPCNT": 3,
}
SOCKET_OPTIONS: list[tuple[int, int, int]] = [
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    *((socket.IPPROTO_TCP, getattr(socket, name), value) for name, value in _PROBES.items() if hasattr(socket, name)),
]


class TimedResponse(HTTPResponse):
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
