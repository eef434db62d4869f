"""What the steps of a call need of their neighbours."""

from concurrent.futures import Future
from datetime import datetime
from typing import Protocol

from shared.core.directory.model import Directory
from shared.core.ids import TenantId
from shared.core.record.claim_status import StoredRecord
from shared.core.record.record import CallKey, Record


class Events(Protocol):
    def __call__(self, name: str, /, **facts: object) -> None: ...


class Clock(Protocol):
    """UTC, and seconds that only go forward."""

    def now(self) -> datetime: ...
    def monotonic(self) -> float: ...
    def sleep(self, seconds: float, /) -> None: ...


class DirectorySource(Protocol):
    def current(self) -> Directory | None:
        """Give the newest snapshot that can be had in time, or nothing where none was ever read."""
        ...


class RefreshableDirectory(DirectorySource, Protocol):
    @property
    def last_read(self) -> float | None:
        """When the tables were last read to the end, on the monotonic clock; nothing where they never were."""
        ...

    def warm(self) -> Future[None]:
        """Begin to read the tables, unless that is under way."""
        ...

    def reread(self) -> Future[None]:
        """Begin to read the tables after now, so that it has every edit that was made before."""
        ...

    def repeat_problems(self, since: float) -> None:
        """Say again what is wrong in the tables, unless that was said since then on the monotonic clock."""
        ...


class CallStore(Protocol):
    """The records of calls; each method raises StorageUnavailable."""

    def insert(self, record: Record) -> str | None:
        """Give the new row's etag, or nothing where there is a row already."""
        ...

    def read(self, key: CallKey) -> StoredRecord | None: ...

    def replace(self, record: Record, etag: str) -> str | None:
        """Give the new etag, or nothing where the row has changed since."""
        ...


class CallMemory(CallStore, Protocol):
    """The records that this process knows of, also while the table is away."""

    def note(self, record: Record) -> None: ...


class TokenSource(Protocol):
    def token(self, tenant: TenantId, within: float) -> str:
        """Wait `within` seconds at most. Raise TokenPending while it is being fetched, else TokenUnavailable."""
        ...

    def forget(self, tenant: TenantId, token: str) -> None: ...
