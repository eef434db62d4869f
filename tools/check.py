"""Check CSV files before they are imported: `python -m tools.check targets.csv routes.csv`.

What the app would say of these rows, and what only a file can have: keys that no table takes, one row twice.
"""

import argparse
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence

from shared.core.directory.cells import text
from shared.core.directory.model import ANY, Problem, Severity
from shared.core.directory.people import parted
from shared.core.directory.shift_rows import NOBODY
from shared.core.ids import guid, phone_number
from shared.settings.settings import Settings
from tools import live_tables, table_source
from tools.command import run
from tools.csv_rows import KEYS
from tools.live_tables import Row
from tools.table_source import FileRow, Tables, Unusable

# https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model
_FORBIDDEN = re.compile(r"[/\\#?\x00-\x1f\x7f-\x9f]")
_LONGEST_KEY = 512
_LISTS = ("Ring", "Closed", "Empty")
_SOME_LINE = "00000000-0000-0000-0000-{:012}"
_SOMEBODY, _AWAY = "+10000000000", "default"


def main(arguments: list[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    try:
        settings = table_source.settings(live_tables.environment())
        tables = table_source.from_files(asked.files, asked.encoding)
    except (Unusable, live_tables.NoTables) as why:
        print(why, file=sys.stderr)
        return 2
    for notice in tables.notices:
        print(notice, file=sys.stderr)
    found = problems(tables, settings)
    print("\n".join(report_lines(found, tables)))
    return 1 if any(problem.level is Severity.ERROR for problem in found) else 0


def problems(tables: Tables, settings: Settings, others: Mapping[str, Sequence[Row]] | None = None) -> list[Problem]:
    """Give what is wrong with these rows, errors first; `others` has the tables that they lean on, where known."""
    known = Tables({**(others or {}), **tables.rows})
    read = table_source.directory(_completed(known), settings)
    found = [one for one in read.problems if one.table in tables.rows and not _may_be_a_line(one, known)]
    found += tables.untyped
    for table, rows in tables.filed.items():
        found += _wrong_keys(table, rows)
    return sorted(found, key=lambda problem: problem.level is not Severity.ERROR)


def report_lines(found: Iterable[Problem], tables: Tables) -> Iterator[str]:
    """Tell what is wrong in lines for a terminal."""
    places = table_source.Places(tables)
    errors = warnings = 0
    for problem in found:
        errors += problem.level is Severity.ERROR
        warnings += problem.level is Severity.WARNING
        place = f"{places.of(problem)}, row {problem.row}, column {problem.column}"
        yield f"{problem.level.value:7} {place}: {problem.message}"
    rows = sum(len(rows) for rows in tables.rows.values())
    yield f"{rows} rows: {errors} errors, {warnings} warnings."


def leans_on_others(tables: Tables) -> bool:
    """Say whether there are rows of `shifts` or `away`, which name people, lists and lines, without those."""
    return "targets" not in tables.rows and not tables.rows.keys().isdisjoint({"shifts", "away"})


def _wrong_keys(table: str, rows: Iterable[FileRow]) -> Iterator[Problem]:
    seen: set[tuple[str, ...]] = set()
    for row in rows:
        for column, key in zip(KEYS, row.keys, strict=True):
            if wrong := wrong_key(key):
                yield Problem(Severity.ERROR, table, row.name, column, wrong)
        if row.keys in seen:
            yield Problem(Severity.ERROR, table, row.name, "RowKey", comes_again(row))
        seen.add(row.keys)


def comes_again(later: FileRow) -> str:
    return f"the same row comes again in {later.place}, and the last one counts"


def wrong_key(key: str) -> str:
    """Say why no table takes the key; "" where one does."""
    if found := _FORBIDDEN.search(key):
        return f"a key must not hold {found[0]!r}: the table refuses the row"
    if not key.strip():
        return "a key must not be empty"
    return f"a key must not be longer than {_LONGEST_KEY} characters" if len(key) > _LONGEST_KEY else ""


def _may_be_a_line(problem: Problem, tables: Tables) -> bool:
    """Tell whether only the missing `routes` could say that a name in `away` is a line's."""
    return problem.table == "away" and problem.column == "PartitionKey" and "routes" not in tables.rows


def _completed(tables: Tables) -> Tables:
    """Let stand in what the files leave out: a list that they name may be in the table, and a route for a list."""
    rows = dict(tables.rows)
    if "targets" not in rows:
        named = {text(row, column) for row in rows.get("routes", ()) for column in _LISTS} - {"", "reject"}
        rows["targets"] = [
            *({"PartitionKey": name, "RowKey": _SOMEBODY} for name in sorted(named | {"default"})),
            *_people_named(rows),
        ]
    if "routes" not in rows:
        lists = sorted({text(row, "PartitionKey") for row in rows["targets"]} - {""})
        lines = (_SOME_LINE.format(number) for number in range(1, len(lists) + 1))
        rows["routes"] = [
            {"PartitionKey": line, "RowKey": "any", "Ring": name} for line, name in zip(lines, lists, strict=True)
        ]
    return Tables(rows)


def _people_named(rows: Mapping[str, Sequence[Row]]) -> Iterator[Row]:
    """Give somebody for each name in `shifts` and `away`: whether they are in `targets` only its rows can tell."""
    named = [(text(row, "PartitionKey"), part) for row in rows.get("shifts", ()) for part in _names(text(row, "Who"))]
    named += [(_AWAY, text(row, "PartitionKey")) for row in rows.get("away", ())]
    for number, (of_list, name) in enumerate(dict.fromkeys(named)):
        if name.lower() not in {"", NOBODY, ANY}:
            yield {"PartitionKey": of_list, "RowKey": name, "Name": name} | (
                {} if guid(name) or phone_number(name) else {"RowKey": f"+1000{number:08}"}
            )


def _names(said: str) -> list[str]:
    return [name for name, _ in parted(said, lambda _: frozenset())]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.check", description=__doc__)
    table_source.add_files(parser, "+")
    return parser


if __name__ == "__main__":
    run(main)
