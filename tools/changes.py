"""What CSV files would change in the tables: every row and cell, as values, before anything is written."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from shared.core.directory import cells
from shared.core.schedule import local_times
from tools.csv_cells import cell_text
from tools.csv_rows import KEYS
from tools.live_tables import Row
from tools.table_source import FileRow, Unusable

_SYSTEM = {"timestamp", "etag", "odata.etag"}
_TIMED = {"shifts", "away"}  # a row of theirs begins at its RowKey; a swap may begin when the rota's row does

type Keys = tuple[str, str]


class Kind(Enum):
    """What happens to a row, by the sign that it is shown with."""

    NEW = "+"
    CHANGED = "~"
    DELETED = "-"


@dataclass(frozen=True, slots=True)
class Change:
    """A row before and after: `before` is None for a new one, `after` for one that goes."""

    table: str
    keys: Keys
    before: Row | None
    after: Row | None

    @property
    def kind(self) -> Kind:
        if self.before is None:
            return Kind.NEW
        return Kind.DELETED if self.after is None else Kind.CHANGED

    @property
    def cells(self) -> Mapping[str, tuple[str, str]]:
        """Give the text of each cell that differs, before and after; "" where there is none."""
        before, after = cells_of(self.before or {}), cells_of(self.after or {})
        names = dict.fromkeys((*before, *after))
        return {
            name: (before.get(name, ""), after.get(name, ""))
            for name in names
            if before.get(name, "") != after.get(name, "")
        }


@dataclass(frozen=True, slots=True)
class Pruning:
    """Which rows that the files do not have may go: of the lists that they name, and of lists to be emptied."""

    is_wanted: bool = False
    emptied: frozenset[str] = frozenset()
    only: frozenset[Keys] | None = None  # where it is set, no other row goes

    def may_go(self, keys: Keys, named: Collection[str]) -> bool:
        of_list = keys[0].lower()  # as the app reads it: OnCall is oncall
        is_due = of_list in self.emptied or (self.is_wanted and of_list in named)
        return is_due and (self.only is None or keys in self.only)


def plan(
    live: Mapping[str, Sequence[Row]], filed: Mapping[str, Sequence[FileRow]], pruning: Pruning
) -> tuple[Change, ...]:
    """Compare files with tables. Of a row that comes twice the last counts. Raises Unusable for what is no plan."""
    _check_pruning(live, filed, pruning)
    return tuple(
        change for table, rows in filed.items() for change in _of_table(table, live.get(table, ()), rows, pruning)
    )


def applied(live: Mapping[str, Sequence[Row]], changes: Iterable[Change]) -> dict[str, list[Row]]:
    """Give the tables as they would be."""
    tables = {table: {keys_of(row): row for row in rows} for table, rows in live.items()}
    for change in changes:
        rows = tables.setdefault(change.table, {})
        rows.pop(change.keys, None)
        if change.after is not None:
            rows[change.keys] = change.after
    return {table: [rows[keys] for keys in sorted(rows)] for table, rows in tables.items()}


def keys_of(row: Row) -> Keys:
    first, second = (str(row[key]) for key in KEYS)
    return first, second


def cells_of(row: Row) -> dict[str, str]:
    """Give the text of a row's cells, those that hold anything."""
    found = {name: cell_text(value)[0] for name, value in row.items() if _is_cell(name) and value is not None}
    return {name: text for name, text in found.items() if text}


def content(row: Row) -> dict[str, Any]:
    """Give a row as it is written: without what the service adds."""
    return {name: value for name, value in row.items() if name.lower() not in _SYSTEM and value is not None}


def _check_pruning(live: Mapping[str, Sequence[Row]], filed: Mapping[str, Sequence[FileRow]], pruning: Pruning) -> None:
    if pruning.is_wanted:
        for table, rows in filed.items():
            if not rows and not pruning.emptied:
                raise Unusable(f"{table}: the file has no rows; to empty a list, say --empty LIST")
    known = {str(row["PartitionKey"]).lower() for table in filed for row in live.get(table, ())}
    if strange := sorted(pruning.emptied - known):
        raise Unusable(f"--empty {strange[0]}: no row of {', '.join(filed)} has this PartitionKey")


def _of_table(table: str, live: Sequence[Row], rows: Sequence[FileRow], pruning: Pruning) -> Iterator[Change]:
    there = {keys_of(row): row for row in live}
    filed = {keys_of(row.row) for row in rows}
    meant = {_meaning(table, row): keys for keys, row in there.items() if keys not in filed}
    wanted = {_keys_there(table, row.row, there, meant): row for row in rows}
    for keys, row in wanted.items():
        before = there.get(keys)
        change = Change(table, keys, before, {**_after(before, row), **dict(zip(KEYS, keys, strict=True))})
        if before is None or change.cells:
            yield change
    named = {partition.lower() for partition, _ in wanted}
    for keys, before in there.items():
        if keys not in wanted and pruning.may_go(keys, named):
            yield Change(table, keys, before, None)


def _keys_there(table: str, row: Row, there: Collection[Keys], meant: Mapping[tuple[object, ...], Keys]) -> Keys:
    """Give the keys under which the table has a row already, where the file only writes them otherwise."""
    keys = keys_of(row)
    return keys if keys in there else meant.get(_meaning(table, row), keys)


def _meaning(table: str, row: Row) -> tuple[object, ...]:
    """Give what the app reads in the keys: no letter case, and 30.11.2026 08:00 is 2026-11-30T08:00."""
    of_list, key = (cells.text(row, name).lower() for name in KEYS)
    if table not in _TIMED:
        return of_list, key
    return of_list, local_times.parse_begin(cells.text(row, "RowKey")) or key, bool(cells.text(row, "Until"))


def _after(before: Row | None, row: FileRow) -> Row:
    """Put the file's cells over the row's: a column that the file lacks stays, an empty cell of one that it has goes.

    A cell that reads the same keeps its type.
    """
    had, says = content(before or {}), content(row.row)
    same = {name: had[name] for name in says if name in had and cell_text(had[name])[0] == cell_text(says[name])[0]}
    after = had | says | same
    return {name: value for name, value in after.items() if name in KEYS or name not in row.placed.emptied}


def _is_cell(name: str) -> bool:
    return name not in KEYS and name.lower() not in _SYSTEM
