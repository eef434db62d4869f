"""Keep the `problems` table up to date: write what is wrong and who will be missing, remove what has been mended."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from shared.core.coverage import gaps
from shared.core.coverage.gaps import Outlook
from shared.core.directory.model import Directory, Problem
from shared.core.directory.problem_rows import ProblemKey, ProblemRow, StoredProblem, diff
from shared.core.errors import StorageUnavailable
from shared.core.light_dataclass import dataclass
from shared.core.routing.decide import LastResort
from shared.ports import Clock, Events

_HOUR = 3600
_MOST_TOLD = 20  # lines, and lists, in one beat; protected lines and the soonest come first


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
    last_resort: LastResort
    standing: tuple[Problem, ...] = ()

    def write(self, directory: Directory) -> None:
        """Make the table say what is wrong now, and tell of what is ahead; where storage is away, the next beat does.

        Each beat tells of every gap anew: an alert on it tells people once, for as long as it lasts.
        """
        now = self.clock.now()
        outlook = gaps.foresee(directory, self.last_resort, now)
        self._tell(outlook, now)
        problems = (*self.standing, *directory.problems, *gaps.problems(outlook, directory))
        try:
            needed = diff(problems, self.table.read(), now)
            for row in needed.new:
                self.table.insert(row)
            for row, etag in needed.changed:
                self.table.replace(row, etag)
            for old in needed.mended:
                self.table.remove(old.row.key, old.etag)
        except StorageUnavailable as away:
            self.events("storage.away", table="problems", step="problems", why=str(away))

    def _tell(self, outlook: Outlook, now: datetime) -> None:
        for gap in outlook.gaps[:_MOST_TOLD]:
            self.events(
                "coverage.gap",
                line=gap.line,
                protected=gap.is_protected,
                hours=max(0, int((gap.begins - now).total_seconds() // _HOUR)),
                begins=gap.begins,
                ends=gap.ends,
                more=gap.more,
            )
        for end in outlook.rota_ends[:_MOST_TOLD]:
            self.events("coverage.rota_ends", list=end.list, last_handover=end.last_handover)
