"""urllib3's connections, on sockets of ours: for msal, azure-data-tables and whoever else takes a Session."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, override

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from shared.adapters.sockets import LONGEST_IDLE, TimedResponse


def pool_classes(clock: Callable[[], float]) -> Mapping[str, Callable[..., HTTPConnectionPool]]:
    """Give what makes urllib3's pools, by scheme; the clock is monotonic.

    A socket's read time-out is then the time for the whole answer, status line to last byte of the body.
    """
    return {"http": partial(_TimedPool, clock=clock), "https": partial(_TimedTLSPool, clock=clock)}


class _TimedConnection(HTTPConnection):
    """It counts as dropped once it was idle for long."""

    response_class = TimedResponse

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
