"""Sockets that wait until a deadline, and that the network does not forget without a word."""

import io
import math
import select
import socket
import ssl
import time
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


class DeadlineSocket:
    """What http.client needs of a connected socket; no wait in it lasts beyond `deadline`, of time.monotonic().

    A socket's own time-out starts afresh at every write and read. To set what is left of it each time is a system call,
    and gives the interpreter's lock to another thread: over TLS 6 times for a request and its answer, here 3 times.
    """

    def __init__(self, sock: socket.socket) -> None:
        sock.settimeout(0)
        self.deadline = -math.inf
        self._sock = sock
        self._poll = select.poll()
        self._has_sent = False

    @property
    def is_quiet(self) -> bool:
        """Tell whether nothing came that nobody has read."""
        self._poll.register(self._sock, select.POLLIN)
        return not self._poll.poll(0)

    def sendall(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[self._sock.send(rest) :]
            except (BlockingIOError, ssl.SSLWantWriteError):
                self._wait(select.POLLOUT)
            except ssl.SSLWantReadError:
                self._wait(select.POLLIN)
        self._has_sent = True

    def recv_into(self, buffer: Any) -> int:
        if self._has_sent:  # so the answer is on its way, and no byte of it read
            self._wait(select.POLLIN)
            self._has_sent = False
        while True:
            try:
                return self._sock.recv_into(buffer)
            except (BlockingIOError, ssl.SSLWantReadError):
                self._wait(select.POLLIN)
            except ssl.SSLWantWriteError:
                self._wait(select.POLLOUT)

    def makefile(self, _: str) -> io.BufferedReader:
        """Give what comes; to close that does not close the socket."""
        return io.BufferedReader(_Incoming(self))

    def close(self) -> None:
        self._sock.close()

    def _wait(self, event: int) -> None:
        left = self.deadline - time.monotonic()
        self._poll.register(self._sock, event)
        if left <= 0 or not self._poll.poll(math.ceil(left * 1000)):
            raise TimeoutError("the exchange took too long")


class _Incoming(io.RawIOBase):
    def __init__(self, sock: DeadlineSocket) -> None:
        super().__init__()
        self._sock = sock

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Any, /) -> int:
        return self._sock.recv_into(buffer)
