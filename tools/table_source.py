"""What the commands for people who edit tables share: rows from CSV files or the live tables, and what they say."""

import argparse
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
from tools.csv_text import UnclearEncoding, decode
from tools.live_tables import NoneNamed, NoTables, Row

# What has nothing to do with who rings, where a person's terminal does not have it.
_STAND_INS = {
    "BOT_APP_ID": "00000000-0000-0000-0000-000000000000",
    "BOT_TENANT_ID": "00000000-0000-0000-0000-000000000000",
    "BOT_CLIENT_SECRET": "none",
    "TABLES_CONNECTION_STRING": "none",
    "PUBLIC_BASE_URL": "https://example.invalid",
}


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
    """The rows of the tables that people edit; `filed` has those of files with their places.

    `notices` are for the person at the terminal: how a file was read, where that was not sure.
    """

    rows: Mapping[str, Sequence[Row]]
    filed: Mapping[str, Sequence[FileRow]] = field(default_factory=dict)
    notices: Sequence[str] = ()

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
        settings = Settings.from_env(_STAND_INS | told)
    except InvalidSettings as wrong:
        raise Unusable(f"the settings are wrong: {wrong}") from wrong
    if settings.ignored:  # by the app; here a person looks, and can mend them first
        raise Unusable(f"the settings are wrong: {settings.ignored[0]}")
    return settings


def add_files(parser: argparse.ArgumentParser, nargs: str) -> None:
    """Let a command take CSV files."""
    parser.add_argument("files", nargs=nargs, type=Path, metavar="FILE", help="CSV, named after its table: targets.csv")
    add_encoding(parser)


def add_encoding(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--encoding", type=_encoding, help="how files are saved, such as cp1252 (found out)")


def from_files(files: Iterable[Path], encoding: str | None = None) -> Tables:
    """Read CSV files, each named after its table (`targets.csv`, `routes-new.csv`). Raises Unusable."""
    filed: dict[str, list[FileRow]] = {}
    notices: list[str] = []
    for file in files:
        found = filed.setdefault(table_of(file), [])
        try:
            decoded = decode(file.read_bytes(), encoding)
            found += [FileRow(f"{file.name} line {one.line}", one) for one in csv_rows.read(decoded.text)]
        except OSError as error:
            raise Unusable(f"{file}: {error.strerror}") from error
        except (UnclearEncoding, UnreadableCsv) as error:
            raise Unusable(f"{file}: {error}") from error
        notices += [f"{file}: {decoded.notice}"] if decoded.notice else []
    return Tables({table: [one.row for one in found] for table, found in filed.items()}, filed, notices)


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
    except NoneNamed as why:
        raise Unusable(f"{why}; or name CSV files") from why
    except (NoTables, NotSignedIn) as why:
        raise Unusable(str(why)) from why


def read(files: Sequence[Path], encoding: str | None, environment: Mapping[str, str]) -> Tables:
    """Read CSV files, or the live tables where there are none. Raises Unusable."""
    return from_files(files, encoding) if files else from_service(environment)


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


def _encoding(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        raise argparse.ArgumentTypeError(f"there is no encoding {name}; one of utf-8, utf-16, cp1252, cp850") from None


def _list_of(name: str) -> str:
    return name.partition("/")[0].lower()
