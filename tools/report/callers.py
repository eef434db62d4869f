"""Who called and never got through: kept in a file while a report is made, for there may be a million callers."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from shared.core.record.classes import UNANSWERED, CallClass
from tools.report.call import Call

_REACHED = {CallClass.ANSWERED, CallClass.UNCLEAR}  # what is not clear does not make a caller one who got nobody
_TABLE = """
CREATE TABLE callers (
  caller TEXT PRIMARY KEY, tries INTEGER, reached INTEGER, first REAL, last REAL, line TEXT
) WITHOUT ROWID
"""
_ADD = """
INSERT INTO callers VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET
  tries = tries + excluded.tries,
  reached = max(reached, excluded.reached),
  line = iif(excluded.last >= last, excluded.line, line),
  first = min(first, excluded.first),
  last = max(last, excluded.last)
"""
_NEVER = "FROM callers WHERE reached = 0 AND tries > 0"


@dataclass(frozen=True, slots=True)
class NeverReached:
    """A caller who tried so often and got nobody; `line` is the one called last."""

    caller: str
    tries: int
    first: datetime
    last: datetime
    line: str


class Callers:
    """Closed by whoever opens it; its file goes with it."""

    def __init__(self) -> None:
        self._base = sqlite3.connect(
            "", isolation_level=None
        )  # a file without a name: https://sqlite.org/inmemorydb.html
        self._base.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-8000; {_TABLE}")

    def add(self, calls: Iterable[Call]) -> None:
        """Note those of callers who can be told apart."""
        self._base.execute("BEGIN")
        self._base.executemany(_ADD, (_row(call) for call in calls if call.caller))
        self._base.execute("COMMIT")

    def count(self) -> int:
        """Count those who never got through."""
        with closing(self._base.execute(f"SELECT count(*) {_NEVER}")) as found:
            return int(found.fetchone()[0])

    def never_reached(self, most: int) -> list[NeverReached]:
        """Give those who tried most often first."""
        asked = f"SELECT caller, tries, first, last, line {_NEVER} ORDER BY tries DESC, last DESC, caller LIMIT ?"
        return [
            NeverReached(caller, tries, datetime.fromtimestamp(first, UTC), datetime.fromtimestamp(last, UTC), line)
            for caller, tries, first, last, line in self._base.execute(asked, (most,))
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._base.close()


def _row(call: Call) -> tuple[str, int, int, float, float, str]:
    at = call.came.timestamp()
    return call.caller, call.of in UNANSWERED, call.of in _REACHED, at, at, call.line
