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
_INT32 = 2**31

type Row = Mapping[str, Any]


class UnreadableCsv(Exception):
    """The file is not such a CSV; the text names the line."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A row, and the line of the file that it begins in; `untyped` has the columns whose text is not of their type."""

    line: int
    row: Row
    untyped: Mapping[str, str] = field(default_factory=dict)


def read(text: str) -> list[Placed]:
    """Read a file's text, commas or semicolons between its cells. Raises UnreadableCsv.

    A cell is of the type beside it; else of the first type that its column has further up, for Storage Explorer writes
    types in the first row alone; else text. An empty cell of any type but String is no cell, and one that is not of
    its type is text.
    """
    text = text.removeprefix("\ufeff")
    header = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if header.count(";") > header.count(",") else ",")
    try:
        columns = [_SPELT.get(name.strip().lower(), name.strip()) for name in next(reader, [])]
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
        told = (_told(row[name]) if name in row else ("", "") for name in names)
        writer.writerow([*(row[key] for key in KEYS), *(part for pair in told for part in pair)])
    return out.getvalue()


def _check_header(columns: Sequence[str]) -> None:
    if missing := [key for key in KEYS if key not in columns]:
        raise UnreadableCsv(f"line 1: there is no column {' and no column '.join(missing)}")
    if twice := [name for name in columns if columns.count(name) > 1]:
        raise UnreadableCsv(f"line 1: the column {twice[0]!r} is there twice")


def _placed(columns: Sequence[str], cells: Sequence[str], known: dict[str, str], line: int) -> Placed:
    if len(cells) > len(columns):
        raise UnreadableCsv(f"line {line}: {len(cells)} cells, but the first line names {len(columns)} columns")
    told = dict(zip(columns, cells, strict=False))
    row: dict[str, Any] = {}
    untyped: dict[str, str] = {}
    for name, text in told.items():
        if name in KEYS:
            row[name] = text
        elif name and not name.endswith(_TYPE) and name.lower() not in _SERVICES_OWN:
            said = told.get(name + _TYPE, "").strip()
            kind = said or known.get(name, "String")
            if said:
                known.setdefault(name, said)
            if text or said == "String":
                try:
                    row[name] = _value(kind, text, f"line {line}, column {name}")
                except (ValueError, KeyError):
                    row[name] = text
                    untyped[name] = f"{text!r} is no {_TYPES[_plain(kind)]}"
    return Placed(line, row, untyped)


def _value(kind: str, text: str, place: str) -> Any:
    """Read a cell. Raises ValueError or KeyError where its text is not of the type."""
    read = _READERS.get(_plain(kind))
    if read is None:
        raise UnreadableCsv(f"{place}: no such type: {kind!r}; one of {', '.join(sorted(_TYPES.values()))}")
    return read(text) if text else ""


def _plain(kind: str) -> str:
    return kind.removeprefix("Edm.").lower()


def _told(value: Any) -> tuple[str, str]:
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


def _int32(text: str) -> int:
    number = int(text)
    if not -_INT32 <= number < _INT32:
        raise ValueError(text)
    return number


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_READERS: Mapping[str, Callable[[str], Any]] = {
    "string": str,
    "boolean": lambda text: {"true": True, "false": False}[text.strip().lower()],
    "int32": _int32,
    "int64": lambda text: EntityProperty(int(text), EdmType.INT64),
    "double": float,
    "datetime": _moment,
    "guid": uuid.UUID,
    "binary": lambda text: base64.b64decode(text, validate=True),
}
_TYPES = {
    "string": "String",
    "boolean": "Boolean",
    "int32": "Int32",
    "int64": "Int64",
    "double": "Double",
    "datetime": "DateTime",
    "guid": "Guid",
    "binary": "Binary",
}
