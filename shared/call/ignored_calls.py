"""Remember which calls were none of ours, so that their ends make no record."""

import threading
from collections import OrderedDict

from shared.core.ids import CallId


class IgnoredCalls:
    """The newest of this process; the end of such a call that comes to another instance makes a row there."""

    def __init__(self, most: int = 2_000) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._calls: OrderedDict[CallId, None] = OrderedDict()

    def add(self, call: CallId) -> None:
        with self._lock:
            self._calls[call] = None
            self._calls.move_to_end(call)
            while len(self._calls) > self._most:
                self._calls.popitem(last=False)

    def __contains__(self, call: CallId) -> bool:
        with self._lock:
            return call in self._calls
