"""Play a day of calls through the app's own flow, offline: as rows of `calls`, and as a report that is opened."""

import argparse
import sys
import tempfile
import webbrowser
from collections.abc import Iterable
from dataclasses import fields
from datetime import UTC, date, datetime
from pathlib import Path

from shared.core.record.record import Record
from tests.infra.played import LINE_NAMES, PEOPLE, Played, play
from tools import csv_rows
from tools.csv_rows import Row
from tools.report.__main__ import main

BEGAN = datetime(2026, 11, 23, 5, 30, tzinfo=UTC)  # half past six on a Monday in Vienna
DAY = date(2026, 11, 23)
ZONE = "Europe/Vienna"
_COLUMNS = {
    field.name: "".join(part.capitalize() for part in field.name.split("_"))
    for field in fields(Record)
    if field.name != "key"
}


def played_day() -> Played:
    return play(began=BEGAN, pause=75)


def rows_of(calls: Iterable[Record]) -> list[Row]:
    """Give the rows as a table has them."""
    return [
        {"PartitionKey": one.key.day.isoformat(), "RowKey": str(one.key.call)}
        | {column: value for name, column in _COLUMNS.items() if (value := getattr(one, name)) is not None}
        for one in calls
    ]


def write_files(calls: Iterable[Record], folder: Path) -> list[str]:
    """Write the CSV files that a report is made of, and give their paths."""
    tables: dict[str, list[Row]] = {
        "calls": rows_of(calls),
        "routes": [{"PartitionKey": line, "RowKey": "any", "Name": name} for line, name in LINE_NAMES.items()],
        "targets": [{"PartitionKey": "default", "RowKey": who, "Name": name} for who, name in PEOPLE.items()],
    }
    for name, rows in tables.items():
        (folder / f"{name}.csv").write_text(csv_rows.write(rows), encoding="utf-8-sig")
    return [str(folder / f"{name}.csv") for name in tables]


def show(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.tools.report.played_day", description=__doc__)
    parser.add_argument("--output", type=Path, default=Path(tempfile.gettempdir()) / f"report-{DAY}.html")
    parser.add_argument("--no-browser", action="store_true", help="write it, and open nothing")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="call-redirect-") as folder:
        files = write_files(played_day().calls, Path(folder))
        code = main([*files, "--day", DAY.isoformat(), "--zone", ZONE, "--output", str(asked.output)])
    if code == 0 and not asked.no_browser:
        webbrowser.open(asked.output.absolute().as_uri())
    return code


if __name__ == "__main__":
    sys.exit(show())
