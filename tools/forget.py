"""Erase a caller from what the app keeps: `python -m tools.forget +436641234567 --dry-run`.

In `calls` and `state` the caller's columns are emptied; the records stay, for the figures. In files (reports, exports)
that are named, the number is overwritten. Rows that people write are named and left: only they know what they are for.
"""

import argparse
import codecs
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import AzureError, ResourceModifiedError, ResourceNotFoundError
from azure.data.tables import TableServiceClient, UpdateMode

from shared.core import caller_id, ids
from tools import live_tables
from tools.az_login import NotSignedIn
from tools.command import run
from tools.live_tables import NoTables, Row, unreachable

_CALLERS_OWN = ("Caller", "CallerKind", "Message")  # the last are Microsoft's words, which may name the caller
_MAY_NAME = ("Route", "Skipped")
_ERASED = "(erased)"
_TRIES = 5  # at a row that the app changes too
_KINDS_OF_FILES = {".html", ".htm", ".csv"}


class NoCaller(Exception):
    """What was asked for is nobody."""


@dataclass(frozen=True, slots=True)
class Found:
    """What is kept of a caller: rows by table, files with how often they name it, and rows of people's own tables."""

    rows: Mapping[str, list[Row]]
    files: Mapping[Path, int]
    left: list[str]

    @property
    def is_empty(self) -> bool:
        return not any(self.rows.values()) and not self.files


def main(arguments: list[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    try:
        caller = (asked.exact and asked.caller.strip()) or parse_caller(asked.caller)
        with live_tables.service(live_tables.environment()) as service:
            found = find(service, caller, _files(asked.files))
            print("\n".join(_lines(found)))
            if asked.dry_run or found.is_empty:
                return 0
            if not asked.yes and not _is_confirmed():
                print("Nothing was erased.", file=sys.stderr)
                return 1
            rows = _erase_all(service, found.rows, caller)
            for file in found.files:
                _overwrite(file, caller)
    except (NoTables, NotSignedIn, NoCaller) as why:
        print(why, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.filename}: {error.strerror}. What is erased stays so; run it again.", file=sys.stderr)
        return 2
    except AzureError as error:
        print(f"{unreachable(error)}. What is erased stays so; run it again.", file=sys.stderr)
        return 2
    print(f"Erased: {rows} rows, {len(found.files)} files.")
    return 0


def parse_caller(text: str) -> str:
    """Read a number or an object id as records have it. Raises NoCaller."""
    caller = caller_id.number(text) or ids.object_id(text)
    if caller is None:
        raise NoCaller(
            f"{text} is neither a phone number starting with + nor an object id; "
            "with --exact, a caller is looked for just as the table calls has it"
        )
    return caller


def find(service: TableServiceClient, caller: str, files: Iterable[Path]) -> Found:
    """Look for a caller everywhere. Raises AzureError, OSError."""
    return Found(
        rows=_find_rows(service, caller),
        files={file: count for file in files if (count := len(_pattern(caller).findall(_text(file)[0])))},
        left=[
            f"{table} {row['PartitionKey']}/{row['RowKey']}"
            for table in live_tables.TABLES
            for row in live_tables.rows(service, table)
            if any(_names(cell, caller) for cell in row.values())
        ],
    )


def _find_rows(service: TableServiceClient, caller: str) -> dict[str, list[Row]]:
    asked = {"calls": "Caller eq @caller", "state": "PartitionKey eq 'missed' and Caller eq @caller"}
    return {table: list(_query(service, table, wanted, caller)) for table, wanted in asked.items()}


def _names(cell: object, caller: str) -> bool:
    """Tell whether a cell that people wrote has the caller in it, a number in any of its spellings."""
    text = str(cell)
    return caller in {text, caller_id.number(text), ids.object_id(text)} or _pattern(caller).search(text) is not None


def _query(service: TableServiceClient, table: str, wanted: str, caller: str) -> Iterator[Row]:
    try:
        yield from service.get_table_client(table).query_entities(wanted, parameters={"caller": caller})
    except ResourceNotFoundError:
        return


def _erase_all(service: TableServiceClient, found: Mapping[str, list[Row]], caller: str) -> int:
    """Erase what was found, and what has come since."""
    erased = 0
    for _ in range(_TRIES):
        erased += sum(_erase(service, table, row, caller) for table, rows in found.items() for row in rows)
        found = _find_rows(service, caller)
        if not any(found.values()):
            break
    return erased


def _erase(service: TableServiceClient, table: str, row: Row, caller: str) -> int:
    """Empty the caller's columns of a row as it is by then; one that has gone meanwhile needs none."""
    client = service.get_table_client(table)
    for _ in range(_TRIES):
        try:
            kept = client.get_entity(row["PartitionKey"], row["RowKey"])
            unchanged: dict[str, Any] = {
                "etag": kept.metadata["etag"],
                "match_condition": MatchConditions.IfNotModified,
            }
            client.update_entity(_without(kept, table, caller), mode=UpdateMode.REPLACE, **unchanged)
        except ResourceModifiedError:
            continue
        except ResourceNotFoundError:
            return 0
        return 1
    raise NoTables(f"a row of {table} changes too often; run it again")


def _without(row: Row, table: str, caller: str) -> dict[str, Any]:
    """Give a row without its caller; `state` is read with every column there."""
    own = dict.fromkeys(("Caller", "CallerKind"), "") if table == "state" else {}
    kept = {name: value for name, value in row.items() if name not in _CALLERS_OWN}
    named = {name: _pattern(caller).sub(_ERASED, str(kept[name])) for name in _MAY_NAME if name in kept}
    return kept | named | own


def _pattern(caller: str) -> re.Pattern[str]:
    """Match a caller in a text; a spreadsheet may have left out a number's +."""
    plus = r"\+?" if caller.startswith("+") else ""
    return re.compile(rf"(?<![\w+]){plus}{re.escape(caller.removeprefix('+'))}(?!\w)", re.IGNORECASE)


def _files(named: Iterable[Path]) -> Iterator[Path]:
    for one in named:
        within = sorted(file for file in one.rglob("*") if file.suffix.lower() in _KINDS_OF_FILES)
        yield from within if one.is_dir() else [one]


def _text(file: Path) -> tuple[str, str]:
    """Give a file's text and its encoding; bytes of any other code page are kept as they are."""
    content = file.read_bytes()
    wide = content[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}
    encoding = "utf-16" if wide else "utf-8"
    return content.decode(encoding, "surrogateescape"), encoding


def _overwrite(file: Path, caller: str) -> None:
    text, encoding = _text(file)
    file.write_bytes(_pattern(caller).sub(_ERASED, text).encode(encoding, "surrogateescape"))


def _lines(found: Found) -> Iterator[str]:
    for table, rows in found.rows.items():
        yield f"{table}: {len(rows)} rows"
    for file, count in found.files.items():
        yield f"{file}: {count} times"
    if not found.files:
        yield "no file"
    for row in found.left:
        yield f"left as it is, for people wrote it: {row}"


def _is_confirmed() -> bool:
    return sys.stdin.isatty() and input("Erase these? Type yes to go on: ").strip().lower() == "yes"


def _parser() -> argparse.ArgumentParser:
    first, _, rest = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(prog="python -m tools.forget", description=first, epilog=rest)
    parser.add_argument("caller", metavar="CALLER", help="a number such as +436641234567, or an object id")
    parser.add_argument(
        "files", nargs="*", default=[], type=Path, metavar="FILE", help="reports and exports, or folders of them"
    )
    parser.add_argument("--exact", action="store_true", help="CALLER as the table calls has it: an extension, a name")
    parser.add_argument("--dry-run", action="store_true", help="say what would be erased, and erase nothing")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    return parser


if __name__ == "__main__":
    run(main)
