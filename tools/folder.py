"""All tables at once, as the CSV files of a folder: `python -m tools.folder load FOLDER`, or `save`."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from azure.data.tables import TableServiceClient

from shared.core.directory.model import Severity
from shared.core.suggestions import did_you_mean
from shared.settings.settings import Settings
from tools import changes, check, csv_rows, live_tables, table_source, tables
from tools.az_login import NotSignedIn
from tools.changes import Keys
from tools.command import run
from tools.csv_rows import Layout, UnreadableCsv
from tools.csv_text import UnclearEncoding, decode
from tools.live_tables import TABLES, NoTables, Row
from tools.replace_files import replace_files
from tools.table_source import Unusable

LEFT_OUT = 3  # the exit code where all but some rows was loaded
_SPREADSHEETS = {".xlsx", ".xls", ".ods", ".numbers"}


def main(arguments: list[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    try:
        environment = live_tables.environment()
        with live_tables.service(environment) as service:
            if asked.command == "save":
                return save(service, asked.folder, asked.table or TABLES, asked.encoding, asked.beside)
            settings = table_source.settings(environment)
            return load(service, asked.folder, settings, asked.encoding, anyway=asked.anyway)
    except (Unusable, NoTables, NotSignedIn) as why:
        print(why, file=sys.stderr)
        return 2


def load(
    service: TableServiceClient, folder: Path, settings: Settings, encoding: str | None = None, *, anyway: bool
) -> int:
    """Check the folder's files together, then write their rows; where there is an error, none, unless `anyway`.

    Gives the exit code. Raises Unusable, NoTables, NotSignedIn.
    """
    files, notices = _look(folder)
    if not files:
        raise Unusable("\n".join([*notices, _none_there(folder)]))
    read = table_source.from_files(files.values(), encoding)
    for notice in (*notices, *read.notices):
        print(notice, file=sys.stderr)
    found = check.problems(read, settings)
    if found:
        print("\n".join(check.report_lines(found, read)))
    if any(problem.level is Severity.ERROR for problem in found) and not anyway:
        print("Nothing was loaded: mend the errors first, or say --anyway (with make: ARGS=--anyway).", file=sys.stderr)
        return 1
    counts = {table: tables.write(service, table, rows) for table, rows in read.filed.items()}
    print(f"{folder}: {', '.join(f'{written} {table}' for table, (written, _) in counts.items())}.")
    return LEFT_OUT if any(left_out for _, left_out in counts.values()) else 0


def save(
    service: TableServiceClient,
    folder: Path,
    which: Sequence[str] = TABLES,
    encoding: str | None = None,
    beside: Sequence[str] = (),
) -> int:
    """Write those of these tables whose rows are not the ones of the folder's files; give the exit code.

    A file keeps its separator, its columns, the order of its rows, and whether it names types. The tables in `beside`
    go into files of their own, for somebody has edited those that are there. Raises Unusable, NoTables, NotSignedIn.
    """
    files, _ = _look(folder)
    live = {table: live_tables.rows(service, table) for table in which}
    new: dict[Path, str] = {}
    for table, rows in live.items():
        file = files.get(table)
        if file is None:
            new |= {folder / f"{table}.csv": csv_rows.write(rows)} if rows else {}
        elif table in beside:
            new[folder / f"{table}.new.csv"] = csv_rows.write(rows)
        else:
            new |= _rewritten(file, rows, encoding)
    replace_files(new)
    for file in new:
        why = ", for somebody has edited the file itself" if file.suffixes[-2:] == [".new", ".csv"] else ""
        print(f"saved: {file}{why}")
    return 0


def _rewritten(file: Path, rows: Sequence[Row], encoding: str | None) -> dict[Path, str]:
    """Give the file's new text; nothing where it has these rows already. Raises Unusable."""
    (filed,) = table_source.from_files([file], encoding).rows.values()
    there = {changes.keys_of(row): row for row in filed}
    wanted = {changes.keys_of(row): row for row in rows}
    if _contents(there) == _contents(wanted):
        return {}
    layout = _layout(file, encoding)
    ordered = [wanted[keys] for keys in (*(keys for keys in there if keys in wanted), *sorted(wanted.keys() - there))]
    return {file: csv_rows.write(ordered, layout.separator, types=layout.has_types, columns=layout.columns)}


def _contents(rows: Mapping[Keys, Row]) -> dict[Keys, dict[str, str]]:
    return {keys: changes.cells_of(row) for keys, row in rows.items()}


def _layout(file: Path, encoding: str | None) -> Layout:
    try:
        return csv_rows.layout(decode(file.read_bytes(), encoding).text)
    except (OSError, UnclearEncoding, UnreadableCsv) as error:  # it could be read a moment ago
        raise Unusable(f"{file}: somebody is writing it") from error


def _look(folder: Path) -> tuple[dict[str, Path], list[str]]:
    """Find the file of each table by its name, in any letter case, and say which others look like one."""
    try:
        there = sorted(file for file in folder.iterdir() if not file.name.startswith((".", "~$")))
    except FileNotFoundError:
        raise Unusable(f"{folder}: there is no such folder") from None
    except OSError as error:
        raise Unusable(f"{folder}: {error.strerror}") from error
    files: dict[str, Path] = {}
    notices = []
    for file in there:
        table = file.stem.lower()
        if file.suffix.lower() == ".csv" and table in TABLES:
            if table in files:
                raise Unusable(f"{files[table]} and {file.name} are both for {table}: keep one of them")
            files[table] = file
        elif file.suffix.lower() == ".csv":
            notices.append(f"{file} is not read: no table has its name{did_you_mean(table, TABLES)}")
        elif file.suffix.lower() in _SPREADSHEETS and did_you_mean(table, TABLES):
            notices.append(f"{file} is not read: save it as CSV UTF-8, as {table}.csv")
    return files, notices


def _none_there(folder: Path) -> str:
    names = ", ".join(f"{table}.csv" for table in TABLES)
    return f"{folder}: none of {names} is in it. The examples to begin with: cp local/seed/*.csv {folder}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.folder", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    loading = commands.add_parser("load", help="check the CSV files of a folder together, and write their rows")
    loading.add_argument("--anyway", action="store_true", help="write them in spite of errors")
    saving = commands.add_parser("save", help="write the tables that differ from the folder's files")
    saving.add_argument("--table", action="append", choices=TABLES, help="this one alone; may be said again")
    saving.add_argument(
        "--beside", action="append", default=[], choices=TABLES, help="into TABLE.new.csv, for TABLE.csv was edited"
    )
    for command in (loading, saving):
        command.add_argument("folder", type=Path, metavar="FOLDER", help="has targets.csv, routes.csv and so on")
        table_source.add_encoding(command)
    return parser


if __name__ == "__main__":
    run(main)
