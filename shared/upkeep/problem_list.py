"""Keep the `problems` table up to date: write what is wrong in the tables, remove what has been mended."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from shared.core.directory.model import Directory, Problem
from shared.core.directory.problem_rows import ProblemKey, ProblemRow, StoredProblem, diff
from shared.core.errors import StorageUnavailable
from shared.ports import Clock, Events


class ProblemStore(Protocol):
    """The table; each method raises StorageUnavailable, and leaves alone what another instance was faster with."""

    def read(self) -> Iterable[StoredProblem]: ...
    def insert(self, row: ProblemRow) -> None: ...
    def replace(self, row: ProblemRow, etag: str) -> None: ...
    def remove(self, key: ProblemKey, etag: str) -> None: ...


@dataclass(frozen=True, slots=True)
class ProblemList:
    """`standing` are wrong whatever the tables say, as a setting is."""

    table: ProblemStore
    clock: Clock
    events: Events
    standing: tuple[Problem, ...] = ()

    def write(self, directory: Directory) -> None:
        """Make the table say what is wrong now; where storage is away, the next beat does."""
        try:
            needed = diff((*self.standing, *directory.problems), self.table.read(), self.clock.now())
            for row in needed.new:
                self.table.insert(row)
            for row, etag in needed.changed:
                self.table.replace(row, etag)
            for old in needed.mended:
                self.table.remove(old.row.key, old.etag)
        except StorageUnavailable as away:
            self.events("storage.away", table="problems", step="problems", why=str(away))
