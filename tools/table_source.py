"""What the commands for people who edit tables share: rows from CSV files or the live tables, and what they say."""

import codecs
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from shared.core.directory import reader
from shared.core.directory.model import Directory, Problem, Severity
from shared.core.directory.reader import RouteDefaults
from shared.core.routing.decide import LastResort
from shared.settings.settings import InvalidSettings, Settings
from tools import csv_rows, live_tables
from tools.az_login import NotSignedIn
from tools.csv_rows import CsvRow, UnreadableCsv
from tools.live_tables import NoTables, Row

# What has nothing to do with who rings, where a person's terminal does not have it.
_STAND_INS = {
    "BOT_APP_ID": "00000000-0000-0000-0000-000000000000",
    "BOT_TENANT_ID": "00000000-0000-0000-0000-000000000000",
    "BOT_CLIENT_SECRET": "none",
    "TABLES_CONNECTION_STRING": "none",
    "PUBLIC_BASE_URL": "https://example.invalid",
}

_BEGINNING = len(",".join(csv_rows.KEYS))  # of a file's text: no zeros there, or it is in UTF-16


class Unusable(Exception):
    """The command cannot go on; the text is for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """A row of a file; `place` is like "targets.csv line 2"."""

    place: str
    placed: CsvRow

    @property
    def row(self) -> Row:
        return self.placed.row

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(str(self.row[key]) for key in csv_rows.KEYS)

    @property
    def name(self) -> str:
        """Name it as a problem does."""
        return "/".join(" ".join(key.split()) for key in self.keys)


@dataclass(frozen=True, slots=True)
class Tables:
    """The rows of the tables that people edit; `filed` has those of files with their places."""

    rows: Mapping[str, Sequence[Row]]
    filed: Mapping[str, Sequence[FileRow]] = field(default_factory=dict)

    @property
    def untyped(self) -> list[Problem]:
        """The cells of files whose text is not of the type beside it."""
        return [
            Problem(Severity.ERROR, table, one.name, column, wrong)
            for table, filed in self.filed.items()
            for one in filed
            for column, wrong in one.placed.untyped.items()
        ]


class Places:
    """Where in the files the rows are that problems name: the app folds the names of lists, and names whole lists."""

    def __init__(self, tables: Tables) -> None:
        self._found: dict[tuple[str, str], str] = {}
        for spelt in (str, str.lower, _list_of):
            for table, filed in tables.filed.items():
                for one in filed:
                    self._found.setdefault((table, spelt(one.name)), one.place)

    def of(self, problem: Problem) -> str:
        """Give a place, or the table where none is known."""
        found, table = self._found, problem.table
        return found.get((table, problem.row)) or found.get((table, problem.row.lower()), table)


def settings(environment: Mapping[str, str]) -> Settings:
    """Read the app's settings, with stand-ins for those that nobody needs here. Raises Unusable."""
    told = {name: value for name, value in environment.items() if value.strip()}
    try:
        return Settings.from_env(_STAND_INS | told)
    except InvalidSettings as wrong:
        raise Unusable(f"the settings are wrong: {wrong}") from wrong


def from_files(files: Iterable[Path]) -> Tables:
    """Read CSV files, each named after its table (`targets.csv`, `routes-new.csv`). Raises Unusable."""
    filed: dict[str, list[FileRow]] = {}
    for file in files:
        found = filed.setdefault(table_of(file), [])
        found += [FileRow(f"{file.name} line {one.line}", one) for one in placed(file)]
    return Tables({table: [one.row for one in found] for table, found in filed.items()}, filed)


def placed(file: Path) -> list[CsvRow]:
    """Read one CSV file. Raises Unusable."""
    try:
        return csv_rows.read(_text(file.read_bytes()))
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise Unusable(f'{file}, line {line}: not UTF-8; save the file as "CSV UTF-8"') from error
    except (UnreadableCsv, OSError) as error:
        raise Unusable(f"{file}: {error}") from error


def _text(content: bytes) -> str:
    """Decode a file. Raises UnicodeDecodeError."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16")
    text, zero = content.decode("utf-8-sig"), content[:_BEGINNING].find(b"\0")
    if zero >= 0:
        raise UnicodeDecodeError("utf-8", content, zero, zero + 1, "UTF-16 without its mark")
    return text


def table_of(file: Path) -> str:
    """Tell the table from the file's name. Raises Unusable."""
    named = [table for table in live_tables.TABLES if table in file.stem.lower()]
    if len(named) != 1:
        raise Unusable(f"{file}: name it after its table: {', '.join(f'{table}.csv' for table in live_tables.TABLES)}")
    return named[0]


def from_service(environment: Mapping[str, str]) -> Tables:
    """Read the live tables. Raises Unusable."""
    try:
        with live_tables.service(environment) as tables:
            return Tables({table: live_tables.rows(tables, table) for table in live_tables.TABLES})
    except (NoTables, NotSignedIn) as why:
        raise Unusable(str(why)) from why


def directory(tables: Tables, settings: Settings) -> Directory:
    """Read the rows as the app does."""
    return reader.read_directory(
        tables.rows.get("targets", ()),
        tables.rows.get("routes", ()),
        settings.bot_app_id,
        tables.rows.get("holidays", ()),
        RouteDefaults(settings.time_zone, settings.holiday_country),
        shifts=tables.rows.get("shifts", ()),
        away=tables.rows.get("away", ()),
    )


def last_resort(settings: Settings) -> LastResort:
    return LastResort(settings.bot_app_id, settings.fallback_targets, settings.unroutable)


def _list_of(name: str) -> str:
    return name.partition("/")[0].lower()
