"""Rows of a table as Storage Explorer's CSV has them: each column is followed by one that names its type."""

import base64
import csv
import io
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from azure.data.tables import EdmType, EntityProperty

KEYS = ("PartitionKey", "RowKey")
_SPELT = {key.lower(): key for key in KEYS}
_TYPE = "@type"
_SERVICES_OWN = {"timestamp", "etag", "odata.etag"}  # exported by some tools, and never written back
_INT32, _INT64 = 2**31, 2**63
_LONGEST_QUOTE = 40

type Row = Mapping[str, Any]


class UnreadableCsv(Exception):
    """The file is not such a CSV; the text names the line."""


@dataclass(frozen=True, slots=True)
class CsvRow:
    """A row, and the line of the file that it begins in; `untyped` says why a column's text is not of its type."""

    line: int
    row: Row
    untyped: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Kind:
    """A type of cell; `read` raises ValueError, KeyError or OverflowError where a text is none."""

    name: str
    wants: str
    read: Callable[[str], Any]


def read(text: str) -> list[CsvRow]:
    """Read a file's text, commas, semicolons or tabs between its cells. Raises UnreadableCsv.

    A cell is of the type beside it; else of the first type that its column has further up, for Storage Explorer writes
    types in the first row alone; else text. An empty cell of any type but String is no cell, and one that is not of
    its type is text.
    """
    text = text.removeprefix("\ufeff")
    header = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=header.count))
    try:
        columns = [_spelt(name.strip()) for name in next(reader, [])]
        _check_header(columns)
        known: dict[str, str] = {}
        placed = []
        end = reader.line_num
        for cells in reader:
            begin, end = end + 1, reader.line_num
            if any(cell.strip() for cell in cells):
                placed.append(_placed(columns, cells, known, begin))
    except csv.Error as error:
        raise UnreadableCsv(f"line {reader.line_num}: {error}") from error
    return placed


def write(rows: Iterable[Row]) -> str:
    """Write rows, every type beside its cell; what a row lacks stays empty and without a type."""
    rows = list(rows)
    names = list(dict.fromkeys(name for row in rows for name in row if name not in KEYS))
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*KEYS, *(part for name in names for part in (name, name + _TYPE))])
    for row in rows:
        cells = (_cell(row[name]) if name in row else ("", "") for name in names)
        writer.writerow([*(row[key] for key in KEYS), *(part for pair in cells for part in pair)])
    return out.getvalue()


def _spelt(name: str) -> str:
    """Give the columns that mean something here in their own spelling."""
    is_type = name.lower().endswith(_TYPE)
    return name[: -len(_TYPE)] + _TYPE if is_type else _SPELT.get(name.lower(), name)


def _check_header(columns: Sequence[str]) -> None:
    if missing := [key for key in KEYS if key not in columns]:
        raise UnreadableCsv(f"line 1: there is no column {' and no column '.join(missing)}")
    if twice := [name for name in columns if columns.count(name) > 1]:
        raise UnreadableCsv(f"line 1: the column {twice[0]!r} is there twice")


def _placed(columns: Sequence[str], cells: Sequence[str], known: dict[str, str], line: int) -> CsvRow:
    if len(cells) > len(columns):
        raise UnreadableCsv(f"line {line}: {len(cells)} cells, but the first line names {len(columns)} columns")
    cells_by_column = dict(zip(columns, cells, strict=False))
    folded = {name.lower(): text for name, text in cells_by_column.items()}
    row: dict[str, Any] = dict.fromkeys(KEYS, "")
    untyped: dict[str, str] = {}
    for name, text in cells_by_column.items():
        if name in KEYS:
            row[name] = text
        elif name and not name.endswith(_TYPE) and name.lower() not in _SERVICES_OWN:
            said = cells_by_column.get(name + _TYPE, folded.get(name.lower() + _TYPE, "")).strip()
            if said:
                known.setdefault(name, said)
            if text or said == "String":
                kind = _kind(said or known.get(name, "String"), f"line {line}, column {name}")
                try:
                    row[name] = kind.read(text)
                except (ValueError, KeyError, OverflowError):
                    row[name] = text
                    untyped[name] = f"{text[:_LONGEST_QUOTE]!r} is no {kind.name}: write {kind.wants}"
    return CsvRow(line, row, untyped)


def _kind(name: str, place: str) -> _Kind:
    kind = _BY_NAME.get(name.removeprefix("Edm.").lower())
    if kind is None:
        raise UnreadableCsv(f"{place}: no such type: {name!r}; one of {', '.join(kind.name for kind in _KINDS)}")
    return kind


def _cell(value: Any) -> tuple[str, str]:
    """Give the text of a cell and the name of its type."""
    match value:
        case bool():
            return str(value).lower(), "Boolean"
        case EntityProperty(number, EdmType.INT64):
            return str(number), "Int64"
        case int():
            return str(value), "Int32" if -_INT32 <= value < _INT32 else "Int64"
        case float():
            return repr(value), "Double"
        case datetime():
            # The service's own seventh digit of a second is kept where it came with one.
            exact = getattr(value, "tables_service_value", None)
            return exact or value.astimezone(UTC).isoformat().replace("+00:00", "Z"), "DateTime"
        case uuid.UUID():
            return str(value), "Guid"
        case bytes():
            return base64.b64encode(value).decode(), "Binary"
        case _:
            return str(value), "String"


def _whole(text: str, limit: int) -> int:
    number = int(text)
    if not -limit <= number < limit:
        raise ValueError(text)
    return number


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


_KINDS = (
    _Kind("String", "text", str),
    _Kind("Boolean", "true or false", lambda text: {"true": True, "false": False}[text.strip().lower()]),
    _Kind("Int32", f"a whole number of at most {_INT32 - 1}", lambda text: _whole(text, _INT32)),
    _Kind(
        "Int64",
        f"a whole number of at most {_INT64 - 1}",
        lambda text: EntityProperty(_whole(text, _INT64), EdmType.INT64),
    ),
    _Kind("Double", "a number such as 1.5", float),
    _Kind("DateTime", "a time such as 2026-12-24T08:00:00Z", _moment),
    _Kind("Guid", "an id such as 00000000-0000-0000-0000-000000000000", uuid.UUID),
    _Kind("Binary", "base64", lambda text: base64.b64decode(text, validate=True)),
)
_BY_NAME: Mapping[str, _Kind] = {kind.name.lower(): kind for kind in _KINDS}
