"""Write a CSV into a table, or a table into a CSV: `python -m local.tables import targets.csv`."""

import argparse
import itertools
import sys
from collections.abc import Container, Mapping, Sequence
from pathlib import Path
from typing import Any

from azure.core.exceptions import AzureError, HttpResponseError
from azure.data.tables import TableClient, TableServiceClient, UpdateMode

from local import check, editing, live, tables_csv
from local.editing import Unusable
from local.live import NoTables, Row
from local.tables_csv import KEYS
from shared.core.directory import Level

_OF_A_ROW = (400, 413)  # the service finds fault with a row, not with us
_BATCH = 100  # the most rows of one partition that the service takes at once


def main(arguments: list[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    try:
        environment = live.environment()
        with live.service(environment) as service:
            if asked.command == "export":
                return _export(service, asked.table, asked.file)
            return _import(service, asked.files, environment, anyway=asked.anyway)
    except (Unusable, NoTables, OSError) as why:
        print(why, file=sys.stderr)
        return 2


def write(service: TableServiceClient, table: str, rows: Sequence[Row]) -> tuple[int, list[str]]:
    """Put these rows in the place of those with the same keys; all others stay. Raises NoTables.

    Of several rows with the same keys the last counts. Gives how many were written, and what the service refused.
    """
    newest = {tuple(row[key] for key in KEYS): row for row in rows}.values()
    refused: list[str] = []
    written = 0
    try:
        client = service.create_table_if_not_exists(table)
        for _, of_partition in itertools.groupby(sorted(newest, key=_partition), key=_partition):
            for batch in itertools.batched(of_partition, _BATCH, strict=False):
                wrong = _put(client, batch)
                written += len(batch) - len(wrong)
                refused += wrong
    except AzureError as error:
        away = live.unreachable(error)
        raise NoTables(f"{away}\n{table}: {written} rows were written before that") from error
    return written, refused


def _put(client: TableClient, rows: Sequence[Row]) -> list[str]:
    """Write rows of one partition; where the service finds one of them wrong, one by one."""
    try:
        client.submit_transaction([("upsert", dict(row), {"mode": UpdateMode.REPLACE}) for row in rows])
    except HttpResponseError as error:
        if error.status_code not in _OF_A_ROW:
            raise
        if len(rows) == 1:
            why = getattr(error, "error_code", error.status_code)
            return [f"{editing.name_of(rows[0])}: the service refuses it ({why})"]
        return [line for row in rows for line in _put(client, [row])]
    return []


def _export(service: TableServiceClient, table: str, file: Path | None) -> int:
    text = tables_csv.write(live.rows(service, table))
    if file is None:
        sys.stdout.write(text)
    else:
        file.write_text(text, encoding="utf-8", newline="")
    return 0


def _import(service: TableServiceClient, files: Sequence[Path], environment: Mapping[str, str], *, anyway: bool) -> int:
    tables = editing.from_files(files)
    found = check.problems(tables, editing.settings(environment))
    is_wrong = any(problem.level is Level.ERROR for problem in found)
    if found:
        print("\n".join(check.told(found, tables)))
    if is_wrong and not anyway:
        print("Nothing was written: mend the errors first, or say --anyway.", file=sys.stderr)
        return 1
    left_out = 0
    untyped = {(problem.table, problem.row) for problem in tables.untyped}
    for table, rows in tables.rows.items():
        good = [row for row in rows if not _why_not(table, row, untyped)]
        refused = [f"{editing.name_of(row)}: {why}" for row in rows if (why := _why_not(table, row, untyped))]
        written, more = write(service, table, good)
        for line in (*refused, *more):
            print(f"left out: {table}, row {line}", file=sys.stderr)
        left_out += len(refused) + len(more)
        print(f"{table}: {written} rows written; rows that are not in the file stay as they are.")
    return 1 if left_out else 0


def _why_not(table: str, row: Row, untyped: Container[tuple[str, str]]) -> str:
    """Say why no table can take a row."""
    if (table, editing.name_of(row)) in untyped:
        return "a cell is not of its type"
    return next(filter(None, (check.wrong_key(str(row[key])) for key in KEYS)), "")


def _partition(row: Mapping[str, Any]) -> str:
    return str(row["PartitionKey"])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.tables", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    reading = commands.add_parser("import", help="check CSV files, and write their rows")
    reading.add_argument("files", nargs="+", type=Path, metavar="FILE", help="named after its table: targets.csv")
    reading.add_argument("--anyway", action="store_true", help="write them in spite of errors")
    writing = commands.add_parser("export", help="write a table's rows as CSV, every type beside its cell")
    writing.add_argument("table", choices=[*live.TABLES, "problems", "calls"])
    writing.add_argument("file", nargs="?", type=Path, metavar="FILE", help="(the terminal)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
