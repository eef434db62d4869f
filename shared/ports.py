"""What the steps of a call need of their neighbours."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from datetime import date, datetime
from typing import Protocol

from shared.core.directory.model import Directory
from shared.core.gate import Verified
from shared.core.graph.verdicts import Answer
from shared.core.ids import TenantId
from shared.core.notification.calls import RingingCall
from shared.core.record.claim_status import Stored
from shared.core.record.record import CallKey, Record
from shared.core.record.retention import NeverEnded


class Events(Protocol):
    def __call__(self, name: str, /, **facts: object) -> None: ...


class Clock(Protocol):
    """UTC, and seconds that only go forward."""

    def now(self) -> datetime: ...
    def monotonic(self) -> float: ...
    def sleep(self, seconds: float, /) -> None: ...


class Gate(Protocol):
    async def admit(self, authorization: str | None, body: bytes) -> Verified:
        """Raise a RefusedRequest for whatever Microsoft did not sign for this bot."""
        ...


class Directories(Protocol):
    def current(self) -> Directory | None:
        """Give the newest snapshot that can be had in time, or nothing where none was ever read."""
        ...


class RefreshedDirectory(Directories, Protocol):
    def warm(self) -> Future[None]:
        """Begin to read the tables, unless that is under way."""
        ...


class Calls(Protocol):
    """The records of calls; each method raises StorageAway."""

    def insert(self, record: Record) -> str | None:
        """Give the new row's etag, or nothing where there is a row already."""
        ...

    def read(self, key: CallKey) -> Stored | None: ...

    def replace(self, record: Record, etag: str) -> str | None:
        """Give the new etag, or nothing where the row has changed since."""
        ...


class PastCalls(Protocol):
    """The records of calls by their days; each method raises StorageAway.

    What is given piece by piece is asked for piece by piece: a million calls a day are never in memory together.
    """

    def days(self, after: date, up_to: date) -> Iterator[date]:
        """Give the days that have records, oldest first, and `up_to` as the last one."""
        ...

    def never_ended(self, day: date) -> Iterator[Sequence[NeverEnded]]:
        """Give the records that are not `done`, in pages of at most 1000."""
        ...

    def close(self, calls: Sequence[NeverEnded]) -> int:
        """Make at most 100 of one day `done`, and give how many; what changed meanwhile is looked at again."""
        ...

    def keys(self, day: date) -> Iterator[Sequence[str]]:
        """Give the row keys of a day, in their order, in pages of at most 1000."""
        ...

    def delete(self, day: date, keys: Sequence[str]) -> int:
        """Delete at most 100 rows that follow each other, and give how many; another may be deleting the same."""
        ...

    def closed_until(self) -> date | None: ...

    def note_closed(self, day: date) -> None:
        """Remember that no call up to that day is left to be closed."""
        ...


class Tokens(Protocol):
    def token(self, tenant: TenantId, within: float) -> str:
        """Raise TokenMissing."""
        ...

    def forget(self, tenant: TenantId, token: str) -> None: ...


class Graph(Protocol):
    def post(self, call: RingingCall, action: str, body: bytes, token: str, *, within: float) -> Answer:
        """Send one attempt, and never longer than `within` seconds."""
        ...
