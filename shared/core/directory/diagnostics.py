"""Note what is wrong in the tables, in the words of the person who edits them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from typing import Any

from shared.core.directory import cells
from shared.core.directory.cells import InvalidCell, Row, quoted
from shared.core.directory.model import Problem, Severity
from shared.core.light_dataclass import dataclass
from shared.core.schedule import opening_hours
from shared.core.suggestions import did_you_mean

KEYS = ("PartitionKey", "RowKey")
_SYSTEM = {"timestamp", "etag"}  # columns that a table or its export adds
_MOST_SUGGESTIONS = 50  # in one reading: each costs up to a tenth of a second where there are thousands of names
_LONGEST_NAME = 40  # of a column that nobody reads


@dataclass(slots=True)
class Diagnostics:
    """What has been found so far."""

    problems: list[Problem] = field(default_factory=list)
    _suggested: int = 0

    def error(self, table: str, row: str, column: str, message: str, name: str = "") -> None:
        self.problems.append(Problem(Severity.ERROR, table, row, column, message, name))

    def warn(self, table: str, row: str, column: str, message: str, name: str = "") -> None:
        self.problems.append(Problem(Severity.WARNING, table, row, column, message, name))

    def check_hours(self, table: str, row: str, text: str, countries: Iterable[str], days: tuple[str, ...]) -> None:
        """Note what is wrong with an Hours text in the countries where it may count, with those holidays in `days`."""
        readings = [opening_hours.parse_hours(text, country, days) for country in countries]
        for error in dict.fromkeys(reading.error for reading in readings if reading.error):
            self.error(table, row, "Hours", error)
        for warning in dict.fromkeys(warning for reading in readings for warning in reading.warnings):
            self.warn(table, row, "Hours", warning)

    def suggestion(self, said: str, names: Iterable[str]) -> str:
        """Give "; did you mean sales?", or "" where nothing is like it, or too much has been suggested already."""
        return did_you_mean(said, names) if self.may_suggest() else ""

    def may_suggest(self) -> bool:
        self._suggested += 1
        return self._suggested <= _MOST_SUGGESTIONS


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: its cells by their right names, and where its diagnostics are noted."""

    table: str
    partition: str
    row: str
    cells: Mapping[str, Any]
    diagnostics: Diagnostics

    @property
    def key(self) -> str:
        """Name the row to whoever edits it: "sales/+4312345"."""
        return f"{self.partition}/{self.row}"

    def text(self, column: str) -> str:
        return cells.text(self.cells, column) if column in self.cells else ""

    def boolean(self, column: str) -> bool | None:
        """Read yes or no; nothing where it is empty, or unclear, which is noted."""
        try:
            return cells.boolean(self.cells, column) if column in self.cells else None
        except InvalidCell as unclear:
            self.error(column, f"{unclear}; ignored")
            return None

    def integer(self, column: str) -> int | None:
        try:
            return cells.integer(self.cells, column) if column in self.cells else None
        except InvalidCell as unclear:
            self.error(column, f"{unclear}; ignored")
            return None

    def is_enabled(self) -> bool:
        """Tell whether the row counts: closed where Enabled is unclear."""
        try:
            return "Enabled" not in self.cells or cells.boolean(self.cells, "Enabled") is not False
        except InvalidCell as unclear:
            self.error("Enabled", f"{unclear}; treated as false")
            return False

    def error(self, column: str, message: str) -> None:
        self.diagnostics.error(self.table, self.key, column, message, self.text("Name"))

    def warn(self, column: str, message: str) -> None:
        self.diagnostics.warn(self.table, self.key, column, message, self.text("Name"))


@dataclass(slots=True)
class TableReader:
    """One table: the columns that it knows, and how often each other one stood in a row."""

    table: str
    columns: tuple[str, ...]
    diagnostics: Diagnostics
    _strange: dict[str, tuple[str, int]] = field(default_factory=dict)

    def entries(self, rows: Iterable[Row]) -> Iterator[TableRow]:
        """Give the rows one by one; at the end note the columns that nobody reads, each once."""
        known = frozenset(self.columns)
        folded = {column.lower(): column for column in self.columns}
        for row in rows:
            found = row if row.keys() <= known else self._renamed(row, folded)
            partition, key = (cells.text(found, name) if name in found else "" for name in KEYS)
            entry = TableRow(self.table, partition, key, found, self.diagnostics)
            if found is not row:
                self._note(row, entry.key, folded)
            yield entry
        self._say()

    def _renamed(self, row: Row, folded: Mapping[str, str]) -> Row:
        """Give the cells of known columns by their right names; a column in its own spelling comes first."""
        renamed = {folded[name.lower()]: cell for name, cell in row.items() if name.lower() in folded}
        return renamed | {name: cell for name, cell in row.items() if name in self.columns}

    def _note(self, row: Row, key: str, folded: Mapping[str, str]) -> None:
        for name in row:
            if name.lower() not in folded and name.lower() not in _SYSTEM and "@" not in name and "odata." not in name:
                first, count = self._strange.get(name, (key, 0))
                self._strange[name] = first, count + 1

    def _say(self) -> None:
        for name, (first, count) in self._strange.items():
            others = f" (so in {count} rows)" if count > 1 else ""
            meant = self.diagnostics.suggestion(name, self.columns[len(KEYS) :])
            message = f"unknown column {quoted(name)}, ignored{others}{meant}"
            self.diagnostics.warn(self.table, first, name[:_LONGEST_NAME], message)
