"""Read the rows of `calls`, a page at a time: of the live table, or of CSV files that may be larger than memory."""

import codecs
import csv
import itertools
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.data.tables import TableServiceClient

from tools.csv_rows import KEYS, SEPARATORS
from tools.live_tables import unreachable
from tools.report.call import COLUMNS
from tools.table_source import Unusable

_PAGE = 1000
_HEADER_WITHIN = 5  # lines: a title or `sep=;` may stand before it
_SPELT = {column.lower(): column for column in COLUMNS}
_SEEN = "CREATE TABLE seen (day TEXT, call TEXT, PRIMARY KEY (day, call)) WITHOUT ROWID"
_ADD = "INSERT OR IGNORE INTO seen VALUES (?, ?)"
_HEX = re.compile("[0-9a-f]{4}")
_AT_MOST: dict[str, Any] = {"connection_timeout": 5, "read_timeout": 30}

type Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, and how much of everything has been read by then, 0 to 1."""

    rows: Sequence[Row]
    part: float


def from_service(tables: TableServiceClient, days: Iterable[date]) -> Iterator[Page]:
    """Read these days' partitions. Raises NoTables, NotSignedIn."""
    asked = [day.isoformat() for day in days]
    calls = tables.get_table_client("calls")
    for number, day in enumerate(asked):
        try:
            found = calls.query_entities(
                "PartitionKey eq @day", parameters={"day": day}, select=[*COLUMNS], results_per_page=_PAGE, **_AT_MOST
            )
            for page in found.by_page():
                rows = list(page)
                yield Page(rows, (number + _part_of_day(rows)) / len(asked))
        except ResourceNotFoundError:
            return
        except AzureError as error:
            raise unreachable(error) from error


def _part_of_day(rows: Sequence[Row]) -> float:
    """Give how far into its day a page is: its rows come in the order of their keys, which are random GUIDs."""
    begins = str(rows[-1].get("RowKey"))[:4] if rows else ""
    return int(begins, 16) / 0x10000 if _HEX.fullmatch(begins) else 0.0


def from_files(files: Sequence[Path], encoding: str | None = None) -> Iterator[Page]:
    """Read CSV files of `calls`; a call that stands in several counts as in the last of them. Raises Unusable."""
    with closing(sqlite3.connect("", isolation_level=None)) as base:  # in a file without a name: they may be millions
        base.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; {_SEEN}")
        for page in _pages(files[::-1], encoding):
            base.execute("BEGIN")
            new = [row for row in page.rows if _is_new(row, base)]
            base.execute("COMMIT")
            yield Page(new, page.part)


def _is_new(row: Row, base: sqlite3.Connection) -> bool:
    keys = [row.get(key) for key in KEYS]
    return not all(keys) or bool(base.execute(_ADD, keys).rowcount)


def _pages(files: Sequence[Path], encoding: str | None) -> Iterator[Page]:
    sizes = [_size(file) for file in files]
    before = 0
    for file, size in zip(files, sizes, strict=True):
        with _opened(file, encoding) as text:
            try:
                for rows in itertools.batched(_rows(text, file), _PAGE, strict=False):
                    yield Page(rows, min((before + text.buffer.tell()) / (sum(sizes) or 1), 1.0))
            except UnicodeDecodeError as error:
                said = f"it is not {encoding or 'UTF-8'}"
                remedy = "save it as CSV UTF-8, or say how it is saved: --encoding cp1252 is Excel's in Western Europe"
                raise Unusable(f"{file}: {said}; {remedy}") from error
            except csv.Error as error:
                raise Unusable(f"{file}: {error}") from error
        before += size


def _rows(text: TextIO, file: Path) -> Iterator[Row]:
    head = list(itertools.islice(text, _HEADER_WITHIN))
    for number, line in enumerate(head):
        for separator in SEPARATORS.values():
            columns = next(csv.reader([line], delimiter=separator), [])
            names = [_SPELT.get(name.strip().lower(), name.strip()) for name in columns]
            if set(KEYS) <= set(names):
                lines = itertools.chain(head[number + 1 :], text)
                yield from csv.DictReader(lines, names, delimiter=separator)
                return
    raise Unusable(f"{file}: the first line must name the columns, {' and '.join(KEYS)} among them")


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError as error:
        raise Unusable(f"{file}: {error.strerror}") from error


def _opened(file: Path, encoding: str | None) -> Any:
    try:
        with file.open("rb") as binary:
            begins = binary.read(2)
        wide = begins in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}
        return file.open(encoding=encoding or ("utf-16" if wide else "utf-8-sig"), newline="")
    except OSError as error:
        raise Unusable(f"{file}: {error.strerror}") from error
