"""What the doctor asks of each neighbour."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from shared.core.gate.publishers import TokenForm
from shared.core.health import TableAccess


class KeyProbe(Protocol):
    """One publisher of signing keys, at one address."""

    @property
    def publisher(self) -> str:
        """As TOKEN_FORMS calls it; the forms of its tokens begin so."""
        ...

    @property
    def host(self) -> str: ...
    def count(self, within: float) -> tuple[int, float]:
        """Count its keys, and say how many seconds ago they were read; where there is none, after a fetch in flight."""
        ...


class GateLog(Protocol):
    @property
    def last_seen(self) -> Mapping[TokenForm, datetime]:
        """When a token of each form was last let in, since the app started."""
        ...


class TableProbe(Protocol):
    """Each raises StorageUnavailable."""

    def may_read(self, table: str, within: float) -> TableAccess: ...
    def may_write(self, table: str, within: float) -> TableAccess:
        """Ask by a write that changes nothing."""
        ...


class GraphProbe(Protocol):
    def date(self, within: float) -> datetime | None:
        """Give the time by Graph's clock, nothing where its answer has none. Raise GraphUnreachable."""
        ...
