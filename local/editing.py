"""What the commands for people who edit tables share: rows from CSV files or the live tables, and what they say."""

import codecs
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from local import live, tables_csv
from local.live import NoTables, Row
from local.tables_csv import Placed, UnreadableCsv
from shared.core import rows
from shared.core.directory import Directory, Level, Problem
from shared.core.routing import LastResort
from shared.core.rows import Defaults
from shared.settings import Settings, SettingsWrong

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
class Tables:
    """The rows of the tables that people edit; `lines` has where each row of a file begins, by table and both keys.

    `untyped` are the cells of a file whose text is not of the type beside it.
    """

    rows: Mapping[str, Sequence[Row]]
    lines: Mapping[tuple[str, str], int] = field(default_factory=dict)
    untyped: Sequence[Problem] = ()

    def line(self, table: str, row: str) -> int | None:
        """Give the line of a row that a problem names: the app folds the names of lists."""
        return self.lines.get((table, row)) or next(
            (line for (of, name), line in self.lines.items() if (of, name.lower()) == (table, row.lower())), None
        )


def settings(environment: Mapping[str, str]) -> Settings:
    """Read the app's settings, with stand-ins for those that nobody needs here. Raises Unusable."""
    told = {name: value for name, value in environment.items() if value.strip()}
    try:
        return Settings.from_env(_STAND_INS | told)
    except SettingsWrong as wrong:
        raise Unusable(f"the settings are wrong: {wrong}") from wrong


def from_files(files: Iterable[Path]) -> Tables:
    """Read CSV files, each named after its table (`targets.csv`, `routes-new.csv`). Raises Unusable."""
    found: dict[str, list[Row]] = {}
    lines: dict[tuple[str, str], int] = {}
    untyped: list[Problem] = []
    for file in files:
        table = table_of(file)
        for one in placed(file):
            found.setdefault(table, []).append(one.row)
            name = name_of(one.row)
            lines.setdefault((table, name), one.line)
            untyped += [Problem(Level.ERROR, table, name, column, wrong) for column, wrong in one.untyped.items()]
        found.setdefault(table, [])
    return Tables(found, lines, untyped)


def placed(file: Path) -> list[Placed]:
    """Read one CSV file. Raises Unusable."""
    try:
        return tables_csv.read(_text(file.read_bytes()))
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise Unusable(f'{file}, line {line}: not UTF-8; save the file as "CSV UTF-8"') from error
    except (UnreadableCsv, OSError) as error:
        raise Unusable(f"{file}: {error}") from error


def _text(content: bytes) -> str:
    is_utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return content.decode("utf-16" if is_utf16 else "utf-8-sig")


def table_of(file: Path) -> str:
    """Tell the table from the file's name. Raises Unusable."""
    named = [table for table in live.TABLES if table in file.stem.lower()]
    if len(named) != 1:
        raise Unusable(f"{file}: name it after its table: {', '.join(f'{table}.csv' for table in live.TABLES)}")
    return named[0]


def from_service(environment: Mapping[str, str]) -> Tables:
    """Read the live tables. Raises Unusable."""
    try:
        with live.service(environment) as tables:
            return Tables({table: live.rows(tables, table) for table in live.TABLES})
    except NoTables as why:
        raise Unusable(str(why)) from why


def directory(tables: Tables, settings: Settings) -> Directory:
    """Read the rows as the app does."""
    return rows.read(
        tables.rows.get("targets", ()),
        tables.rows.get("routes", ()),
        settings.bot_app_id,
        tables.rows.get("holidays", ()),
        Defaults(settings.time_zone, settings.holiday_country),
    )


def last_resort(settings: Settings) -> LastResort:
    return LastResort(settings.bot_app_id, settings.fallback_targets, settings.unroutable)


def name_of(row: Row) -> str:
    """Name a row as a problem does."""
    return "/".join(" ".join(str(row[key]).split()) for key in tables_csv.KEYS)
