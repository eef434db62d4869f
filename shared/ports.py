"""What the steps of a call need of their neighbours."""

from datetime import datetime
from typing import Protocol

from shared.core.attempts import Answer
from shared.core.calls import RingingCall
from shared.core.claims import Stored
from shared.core.directory import Directory
from shared.core.gate import Verified
from shared.core.ids import TenantId
from shared.core.record import CallKey, Record


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


class Calls(Protocol):
    """The records of calls; each method raises StorageAway."""

    def insert(self, record: Record) -> str | None:
        """Give the new row's etag, or nothing where there is a row already."""
        ...

    def read(self, key: CallKey) -> Stored | None: ...

    def replace(self, record: Record, etag: str) -> str | None:
        """Give the new etag, or nothing where the row has changed since."""
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
