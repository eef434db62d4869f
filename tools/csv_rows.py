"""Rows of a table as CSV: read as spreadsheets and Storage Explorer save it, written so that they open it rightly."""

import contextlib
import csv
import io
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tools.csv_cells import TYPE_NAMES, CellType, cell_text, cell_type

KEYS = ("PartitionKey", "RowKey")
SEPARATORS = {",": ",", ";": ";", "tab": "\t"}
_SPELT = {key.lower(): key for key in KEYS}
_TYPE = "@type"
_SERVICES_OWN = {"timestamp", "etag", "odata.etag"}  # exported by some tools, and never written back
_LONGEST_QUOTE = 40
_AROUND_NAMES = " \t;\u00a0\u200b\ufeff"  # left around a column's name by spreadsheets
# https://owasp.org/www-community/attacks/CSV_Injection; a phone number with its + is none.
_FORMULA = re.compile(r"[=@\t\r]|[+-](?![\d\s()./-]+$)")

type Row = Mapping[str, Any]


class UnreadableCsv(Exception):
    """The file is not such a CSV; the text names the line."""


@dataclass(frozen=True, slots=True)
class CsvRow:
    """A row, and the line of the file that it begins in; `untyped` says why a column's text is not of its type.

    `emptied` are the columns in which its cell is there, and empty.
    """

    line: int
    row: Row
    untyped: Mapping[str, str] = field(default_factory=dict)
    emptied: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is laid out, so that it can be written again as its owner knows it."""

    separator: str = ","
    columns: tuple[str, ...] = ()  # those of cells, in their order
    has_types: bool = False


def layout(text: str) -> Layout:
    """Tell how a file's text is laid out. Raises UnreadableCsv."""
    separator, columns = _header(text)
    return Layout(separator, tuple(_cells_of(columns)), any(name.endswith(_TYPE) for name in columns))


def read(text: str) -> list[CsvRow]:
    """Read a file's text, with any of SEPARATORS between its cells. Raises UnreadableCsv.

    The first line that names both keys begins the table: a line such as `sep=;` or a title before it is none of it.
    A cell is of the type beside it; else of the first type that its column has further up, for Storage Explorer writes
    types in the first row alone; else text. An empty cell of any type but String is no cell, and one that is not of
    its type is text.
    """
    separator, columns = _header(text)
    if twice := [name for name in columns if name and columns.count(name) > 1]:
        raise UnreadableCsv(f"the column {twice[0]!r} is there twice")
    lines = _lines(text, separator)
    next(line for line, cells in lines if _columns(cells) == columns)
    known: dict[str, str] = {}
    return [_placed(columns, cells, known, line) for line, cells in lines if any(cell.strip() for cell in cells)]


def write(rows: Iterable[Row], separator: str = ",", *, types: bool = False, columns: Iterable[str] = ()) -> str:
    """Write rows; with `types` each beside its cell, where what a row lacks stays empty and without a type.

    `columns` come first, in this order, also where no row has them.
    """
    rows = list(rows)
    names = list(dict.fromkeys([*columns, *(name for row in rows for name in row if name not in KEYS)]))
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator, lineterminator="\n")
    writer.writerow([*KEYS, *(part for name in names for part in ((name, name + _TYPE) if types else (name,)))])
    for row in rows:
        cells = (cell_text(row[name]) if name in row else ("", "") for name in names)
        writer.writerow([*(row[key] for key in KEYS), *(part for pair in cells for part in pair[: 1 + types])])
    return out.getvalue()


def defused(row: Row) -> Row:
    """Give a row that holds nothing that a spreadsheet would run; the price is an apostrophe that comes back."""
    return dict(row) | {name: f"'{row[name]}" for name in formulas(row)}


def formulas(row: Row) -> list[str]:
    """Give the columns whose text a spreadsheet would run as a formula."""
    return [name for name, value in row.items() if isinstance(value, str) and _FORMULA.match(value)]


def _header(text: str) -> tuple[str, list[str]]:
    """Give what parts the cells, and the columns: Hours are full of semicolons, so only the keys tell."""
    named: list[list[str]] = [[]]
    for separator in SEPARATORS.values():
        with contextlib.suppress(UnreadableCsv):  # it is not that one, or the reading proper says what is wrong
            for _, cells in _lines(text, separator):
                named.append(_columns(cells))
                if set(KEYS) <= set(named[-1]):
                    return separator, named[-1]
    best = max(named, key=lambda columns: len(set(KEYS) & set(columns)))
    missing = " and no column ".join(key for key in KEYS if key not in best)
    raise UnreadableCsv(f"the first line must name the columns: there is no column {missing}")


def _columns(cells: Iterable[str]) -> list[str]:
    """Give the columns that a line names, those that mean something here in their own spelling."""
    return [_spelt(name.strip(_AROUND_NAMES)) for name in cells]


def _spelt(name: str) -> str:
    is_type = name.lower().endswith(_TYPE)
    return name[: -len(_TYPE)] + _TYPE if is_type else _SPELT.get(name.lower(), name)


def _lines(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Give the cells of each line, and the number of the line that they begin in. Raises UnreadableCsv."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    begin = 1
    try:
        for cells in reader:
            yield begin, _unwrapped(cells, separator)
            begin = reader.line_num + 1
    except csv.Error as error:
        hint = "a cell that begins with a quote ends with one, and a quote inside is written twice"
        raise UnreadableCsv(f"line {begin}: {error} ({hint})") from error


def _unwrapped(cells: list[str], separator: str) -> list[str]:
    """Part a line that a spreadsheet took for one cell, which it does where its own separator is another one."""
    if cells and separator in cells[0] and not any(cells[1:]):
        with contextlib.suppress(csv.Error):
            return next(csv.reader([cells[0]], delimiter=separator, strict=True))
    return cells


def _cells_of(columns: Iterable[str]) -> list[str]:
    """Give the columns that are cells of the row's own: neither its keys, nor types, nor what the service adds."""
    return [
        name
        for name in columns
        if name and name not in KEYS and not name.endswith(_TYPE) and name.lower() not in _SERVICES_OWN
    ]


def _placed(columns: Sequence[str], cells: Sequence[str], known: dict[str, str], line: int) -> CsvRow:
    strange = [text for name, text in itertools.zip_longest(columns, cells, fillvalue="") if not name and text.strip()]
    if strange:
        hint = "a cell that holds a separator stands in quotes"
        raise UnreadableCsv(f"line {line}: {strange[0][:_LONGEST_QUOTE]!r} is in no column that has a name ({hint})")
    cells_by_column = dict(zip(columns, cells, strict=False))
    folded = {name.lower(): text for name, text in cells_by_column.items()}
    row: dict[str, Any] = dict.fromkeys(KEYS, "")
    untyped: dict[str, str] = {}
    for name, text in cells_by_column.items():
        if name in KEYS:
            row[name] = text.strip()  # as the app reads it: nobody can see a blank around a key
        elif name in _cells_of(cells_by_column):
            said = cells_by_column.get(name + _TYPE, folded.get(name.lower() + _TYPE, "")).strip()
            if said:
                known.setdefault(name, said)
            if text or said == "String":
                kind = _type(said or known.get(name, "String"), f"line {line}, column {name}")
                try:
                    row[name] = kind.read(text)
                except (ValueError, KeyError, OverflowError):
                    row[name] = text
                    untyped[name] = f"{text[:_LONGEST_QUOTE]!r} is no {kind.name}: write {kind.wants}"
    emptied = tuple(name for name in _cells_of(cells_by_column) if not cells_by_column[name].strip())
    return CsvRow(line, row, untyped, emptied)


def _type(name: str, place: str) -> CellType:
    kind = cell_type(name)
    if kind is None:
        raise UnreadableCsv(f"{place}: no such type: {name!r}; one of {', '.join(TYPE_NAMES)}")
    return kind
