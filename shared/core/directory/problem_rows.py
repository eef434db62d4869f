"""What has to change in the `problems` table, so that it says what is wrong in the others and since when."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import datetime

from shared.core.directory.model import Problem, Severity
from shared.core.light_dataclass import dataclass

_FORBIDDEN = re.compile(r"[/\\#?%\x00-\x1f\x7f-\x9f\ud800-\udfff]")  # in a key of a table, and our own sign
_LONGEST_KEY = 400  # characters; a key holds 512
_LONGEST_MESSAGE = 2000


@dataclass(frozen=True, slots=True)
class ProblemKey:
    """`table` and `place` are the row's two keys: fit for a table, and the same for the same cell."""

    table: str
    place: str


@dataclass(frozen=True, slots=True)
class ProblemRow:
    key: ProblemKey
    level: str
    message: str
    since: datetime


@dataclass(frozen=True, slots=True)
class StoredProblem:
    """A row as the table has it, with the tag that its next change must name."""

    row: ProblemRow
    etag: str


@dataclass(frozen=True, slots=True)
class ProblemDiff:
    """What is new, what reads otherwise than before, and what has been mended."""

    new: tuple[ProblemRow, ...] = ()
    changed: tuple[tuple[ProblemRow, str], ...] = ()  # with the etag of the row that it replaces
    mended: tuple[StoredProblem, ...] = ()


def diff(problems: Iterable[Problem], kept: Iterable[StoredProblem], now: datetime) -> ProblemDiff:
    """Compare what is wrong with what the table says; a problem that still reads the same keeps its Since."""
    wanted = _rows(problems, now)
    had = {old.row.key: old for old in kept}
    return ProblemDiff(
        new=tuple(row for key, row in wanted.items() if key not in had),
        changed=tuple(
            (row, had[key].etag) for key, row in wanted.items() if key in had and _says(row) != _says(had[key].row)
        ),
        mended=tuple(old for key, old in had.items() if key not in wanted),
    )


def table_key(text: str) -> str:
    """Make a key: what a key must not hold becomes %XX, and a long one ends in a hash of the whole."""
    key = _FORBIDDEN.sub(lambda found: f"%{ord(found[0]):02X}", text)
    if len(key) <= _LONGEST_KEY:
        return key
    return f"{key[:_LONGEST_KEY]}~{hashlib.sha256(key.encode()).hexdigest()[:8]}"


def _rows(problems: Iterable[Problem], now: datetime) -> Mapping[ProblemKey, ProblemRow]:
    """Give a row for each cell; what is wrong in one and the same cell is told together."""
    cells: dict[ProblemKey, list[Problem]] = {}
    for problem in problems:
        key = ProblemKey(table_key(problem.table), table_key(f"{problem.row} {problem.column}"))
        cells.setdefault(key, []).append(problem)
    return {
        key: ProblemRow(
            key=key,
            level=(Severity.ERROR if any(one.level is Severity.ERROR for one in found) else Severity.WARNING).value,
            message="; ".join(dict.fromkeys(one.message for one in found))[:_LONGEST_MESSAGE],
            since=now,
        )
        for key, found in cells.items()
    }


def _says(row: ProblemRow) -> tuple[str, str]:
    return row.level, row.message
