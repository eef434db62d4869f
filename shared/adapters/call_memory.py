"""Calls in memory: the lock of this instance while the table service is away."""

import threading
from collections import OrderedDict

from shared.core.record.claim_status import StoredRecord
from shared.core.record.record import CallKey, Record


class MemoryCalls:
    """Keeps the newest records, and behaves as the table does: one insert wins, a stale etag loses."""

    def __init__(self, most: int = 2_000) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._rows: OrderedDict[CallKey, StoredRecord] = OrderedDict()
        self._changes = 0

    def insert(self, record: Record) -> str | None:
        with self._lock:
            return None if record.key in self._rows else self._put(record)

    def read(self, key: CallKey) -> StoredRecord | None:
        with self._lock:
            return self._rows.get(key)

    def replace(self, record: Record, etag: str) -> str | None:
        with self._lock:
            kept = self._rows.get(record.key)
            return self._put(record) if kept is not None and kept.etag == etag else None

    def note(self, record: Record) -> None:
        """Keep what the table has, so that the lock holds when it goes away."""
        with self._lock:
            self._put(record)

    def _put(self, record: Record) -> str:
        self._changes += 1
        etag = str(self._changes)
        self._rows[record.key] = StoredRecord(record, etag)
        self._rows.move_to_end(record.key)
        while len(self._rows) > self._most:
            self._rows.popitem(last=False)
        return etag
