"""Write a CSV into a table, or a table into a CSV: `python -m tools.tables import targets.csv`."""

import argparse
import itertools
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from azure.core.exceptions import AzureError, HttpResponseError
from azure.data.tables import RequestTooLargeError, TableClient, TableServiceClient, UpdateMode

from shared.core.directory.model import Severity
from tools import apply, backups, check, csv_rows, live_tables, table_source
from tools.az_login import NotSignedIn
from tools.changes import Pruning
from tools.command import run
from tools.live_tables import NoTables
from tools.table_source import FileRow, Tables, Unusable

_LEANED_ON = ("targets", "routes")  # by shifts and away
_BATCH = 100  # the most rows of one partition that the service takes at once

type Outcome = tuple[FileRow, str]  # a row, and why it is not written; "" where it is


def main(arguments: list[str] | None = None, ask: apply.Ask = input) -> int:
    asked = _parser().parse_args(arguments)
    try:
        environment = live_tables.environment()
        with live_tables.service(environment) as service:
            if asked.command == "export":
                return _export(service, asked)
            if asked.command == "undo":
                place = asked.folder or backups.newest(asked.backup)
                return apply.undo(service, place, ask, yes=asked.yes)
            tables = table_source.from_files(asked.files, asked.encoding)
            if asked.command == "apply":
                for notice in tables.notices:
                    print(notice, file=sys.stderr)
                return apply.apply(service, tables, table_source.settings(environment), _options(asked), ask)
            return _import(service, tables, environment, anyway=asked.anyway)
    except (Unusable, NoTables, NotSignedIn) as why:
        print(why, file=sys.stderr)
        return 2
    except EOFError:
        print("\nNothing was written: nobody is there to ask; say --yes.", file=sys.stderr)
        return 1


def write(service: TableServiceClient, table: str, rows: Sequence[FileRow]) -> tuple[int, int]:
    """Put these rows in the place of those with the same keys, and say which cannot be; all others stay.

    Gives how many were written and how many left out. Raises NoTables, NotSignedIn.
    """
    written = left_out = 0
    try:
        for row, why_not in _outcomes(service, table, rows):
            if why_not:
                left_out += 1
                print(f"left out: {row.place}, row {row.name}: {why_not}", file=sys.stderr)
            else:
                written += 1
    except AzureError as error:
        raise NoTables(f"{live_tables.unreachable(error)}\n{table}: {written} rows were written before that") from error
    return written, left_out


def _outcomes(service: TableServiceClient, table: str, rows: Sequence[FileRow]) -> Iterator[Outcome]:
    client = service.create_table_if_not_exists(table)
    newest: dict[tuple[str, ...], FileRow] = {}
    for row in rows:
        if wrong := _wrong(row):
            yield row, wrong
            continue
        if earlier := newest.get(row.keys):
            yield earlier, check.comes_again(row)
        newest[row.keys] = row
    for _, of_partition in itertools.groupby(sorted(newest.values(), key=_partition), key=_partition):
        for batch in itertools.batched(of_partition, _BATCH, strict=False):
            yield from _put(client, batch)


def _wrong(row: FileRow) -> str:
    """Say why no table can take a row as it is; "" where one can."""
    cells = (f"{column}: {wrong}" for column, wrong in row.placed.untyped.items())
    return next(filter(None, (*map(check.wrong_key, row.keys), *cells)), "")


def _put(client: TableClient, rows: Sequence[FileRow]) -> Iterator[Outcome]:
    """Write rows of one partition; where the service finds one of them wrong, one by one."""
    try:
        client.submit_transaction([("upsert", dict(row.row), {"mode": UpdateMode.REPLACE}) for row in rows])
    except HttpResponseError as error:
        # Where one row of a batch is too large, the answer around it says 202.
        status = live_tables.TOO_LARGE if isinstance(error, RequestTooLargeError) else error.status_code
        if status not in live_tables.OF_A_ROW:
            raise
        if len(rows) > 1:
            for row in rows:
                yield from _put(client, [row])
        else:
            yield rows[0], f"the service refuses it ({_code(error) or status})"
    else:
        yield from ((row, "") for row in rows)


def _code(error: HttpResponseError) -> str:
    code = getattr(error, "error_code", None) or ""
    return str(getattr(code, "value", code))


def _export(service: TableServiceClient, asked: argparse.Namespace) -> int:
    rows = live_tables.rows(service, asked.table)
    if asked.table in live_tables.TABLES:  # to be imported again: as they are
        for row in rows:
            for column in csv_rows.formulas(row):
                place = f"row {row['PartitionKey']}/{row['RowKey']}, column {column}"
                print(f"{asked.table}, {place}: a spreadsheet would run this cell as a formula", file=sys.stderr)
    else:
        rows = [csv_rows.defused(row) for row in rows]
    text = csv_rows.write(rows, csv_rows.SEPARATORS[asked.separator], types=asked.types)
    if asked.file is None:
        sys.stdout.write(text)
        return 0
    try:
        asked.file.write_text(text, encoding="utf-8-sig", newline="")  # without its mark, Excel reads a code page
    except OSError as error:
        raise Unusable(f"{asked.file}: {error.strerror}") from error
    return 0


def _import(service: TableServiceClient, tables: Tables, environment: Mapping[str, str], *, anyway: bool) -> int:
    for notice in tables.notices:
        print(notice, file=sys.stderr)
    others = {table: live_tables.rows(service, table) for table in _LEANED_ON if check.leans_on_others(tables)}
    found = check.problems(tables, table_source.settings(environment), others)
    is_wrong = any(problem.level is Severity.ERROR for problem in found)
    if found:
        print("\n".join(check.report_lines(found, tables)))
    if is_wrong and not anyway:
        print("Nothing was written: mend the errors first, or say --anyway.", file=sys.stderr)
        return 1
    left_out = 0
    for table, rows in tables.filed.items():
        written, without = write(service, table, rows)
        left_out += without
        print(f"{table}: {written} rows written, {without} left out; rows that are not in the file stay as they are.")
    return 1 if left_out else 0


def _options(asked: argparse.Namespace) -> apply.Options:
    pruning = Pruning(asked.prune, frozenset(name.lower() for name in asked.empty))
    return apply.Options(pruning, dry_run=asked.dry_run, yes=asked.yes, anyway=asked.anyway, backup=asked.backup)


def _partition(row: FileRow) -> str:
    return row.keys[0]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.tables", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    reading = commands.add_parser("import", help="check CSV files, and write their rows")
    table_source.add_files(reading, "+")
    reading.add_argument("--anyway", action="store_true", help="write them in spite of errors")
    applying = commands.add_parser("apply", help="show what CSV files change, and for whom, ask, and write it")
    table_source.add_files(applying, "+")
    applying.add_argument("--prune", action="store_true", help="delete rows that the files lack, of lists they name")
    applying.add_argument("--empty", action="append", default=[], metavar="LIST", help="delete all rows of this list")
    applying.add_argument("--dry-run", action="store_true", help="show it, and write nothing")
    applying.add_argument("--yes", action="store_true", help="write it without asking")
    applying.add_argument("--anyway", action="store_true", help="write it in spite of errors")
    undoing = commands.add_parser("undo", help="take back what apply wrote, where nobody has edited it since")
    undoing.add_argument("folder", nargs="?", type=Path, metavar="DIR", help="the backup (the newest)")
    undoing.add_argument("--yes", action="store_true", help="without asking")
    for command in (applying, undoing):
        command.add_argument("--backup", type=Path, default=backups.FOLDER, metavar="DIR", help="(backup)")
    writing = commands.add_parser("export", help="write a table's rows as CSV")
    writing.add_argument("table", choices=[*live_tables.TABLES, "problems", "calls"])
    writing.add_argument("file", nargs="?", type=Path, metavar="FILE", help="(the terminal)")
    writing.add_argument(
        "--separator",
        choices=csv_rows.SEPARATORS,
        default=",",
        metavar="SIGN",
        help="(,) where Excel shows all in one column: ;",
    )
    writing.add_argument(
        "--types", action="store_true", help="name every cell's type beside it, as Storage Explorer does"
    )
    return parser


if __name__ == "__main__":
    run(main)
