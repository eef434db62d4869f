"""Write a CSV into a table, or a table into a CSV: `python -m local.tables import targets.csv`."""

import argparse
import itertools
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from azure.core.exceptions import AzureError
from azure.data.tables import TableServiceClient, UpdateMode

from local import check, editing, live, tables_csv
from local.editing import Unusable
from local.live import NoTables, Row
from shared.core.directory import Level

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


def write(service: TableServiceClient, table: str, rows: Sequence[Row]) -> None:
    """Put these rows in the place of those with the same keys; all others stay. Raises NoTables."""
    try:
        client = service.create_table_if_not_exists(table)
        for _, of_partition in itertools.groupby(sorted(rows, key=_partition), key=_partition):
            for batch in itertools.batched(of_partition, _BATCH, strict=False):
                client.submit_transaction([("upsert", dict(row), {"mode": UpdateMode.REPLACE}) for row in batch])
    except AzureError as error:
        raise live.unreachable(error) from error


def _export(service: TableServiceClient, table: str, file: Path | None) -> int:
    text = tables_csv.write(live.rows(service, table))
    if file is None:
        sys.stdout.write(text)
    else:
        file.write_text(text, encoding="utf-8")
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
    for table, rows in tables.rows.items():
        write(service, table, rows)
        print(f"{table}: {len(rows)} rows written; rows that are not in the file stay as they are.")
    return 0


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
