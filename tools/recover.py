"""Write the rows of `calls` that the app could only log: `python -m tools.recover --endpoint https://… lines.log`.

The lines may have other text around them, or come out of an export as CSV or JSON. What a row has, it keeps, so that
a second run changes nothing. The numbers are masked in the lines, and so in a row that is made of a line alone.
"""

import argparse
import codecs
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from io import BufferedReader, TextIOWrapper
from pathlib import Path
from typing import Any, cast

from shared.adapters.clock import SystemClock
from shared.adapters.http_pool import HttpPool
from shared.adapters.tables.account import SCOPE, TableAccount
from shared.adapters.tables.calls_table import CallsTable
from shared.adapters.tls import tls_context
from shared.core.budgets import Budgets
from shared.core.errors import StorageUnavailable
from shared.core.record.claim_status import StoredRecord
from shared.core.record.merge import merge
from shared.core.record.record import FACT_NAMES, CallKey, Outcome, Record, State, day_of
from shared.core.record.retention import newest_finished_day
from shared.ports import CallStore
from tools.az_login import NotSignedIn, kept_token
from tools.command import run
from tools.log_lines import Unreadable, records

_BUDGETS = Budgets(connect=10.0, claim_write=10.0, record_write=10.0)  # nobody is on the telephone meanwhile
_TRIES = 5  # at a row that the app changes too
_MASK = "…"
_KINDS = "new", "filled", "already there"


@dataclass(frozen=True, slots=True)
class DryRun:
    """The table as it is, on which every change succeeds and none is made."""

    calls: CallStore

    def read(self, key: CallKey) -> StoredRecord | None:
        return self.calls.read(key)

    def insert(self, _: Record) -> str | None:
        return "not written"

    def replace(self, _: Record, etag: str) -> str | None:
        return etag


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    connection_string, endpoint = asked.connection_string, asked.endpoint
    if not (connection_string or endpoint):
        connection_string, endpoint = os.environ.get("TABLES_CONNECTION_STRING"), os.environ.get("TABLES_ENDPOINT")
    if not (connection_string or (endpoint or "").startswith("https://")):
        return _refused(
            "which tables? give --connection-string, or --endpoint with an address that begins with https://"
        )
    done = Counter[str]()
    with ExitStack() as open_files:
        try:
            inputs = [(name, open_files.enter_context(_opened(name))) for name in asked.files]
            calls = calls_table(connection_string, endpoint)
        except OSError as error:
            return _refused(f"{error.filename}: {error.strerror}")
        except ValueError:
            return _refused("that is no storage account's connection string, or endpoint")
        try:
            _recover(inputs, DryRun(calls) if asked.dry_run else calls, done)
        except (NotSignedIn, StorageUnavailable) as why:
            print(f"Not finished: {why}. What is written stays; run it again.", file=sys.stderr)
            return 2
        finally:
            print(_summary(done, is_dry_run=asked.dry_run))
    return 1 if done["unreadable"] else 0


def rebuild(calls: CallStore, lost: Record, today: date) -> str:
    """Bring one row to what it would have been, and say whether it is new, filled or was already there."""
    for _ in range(_TRIES):
        stored = calls.read(lost.key)
        record = recovered(stored.record if stored else None, lost, today)
        if stored is None:
            if calls.insert(record) is not None:
                return "new"
        elif record == stored.record:
            return "already there"
        elif calls.replace(record, stored.etag) is not None:
            return "filled"
    raise StorageUnavailable("a row changes too often")


def recovered(kept: Record | None, lost: Record, today: date) -> Record:
    """Merge as the app would have, but for masked numbers, which never take the place of anything."""
    record = merge(kept, _unmasked(lost, kept)) if kept else lost
    if record.state is State.DONE or record.key.day > newest_finished_day(today):
        return record
    # `cleanup` has passed that day, and does not look at it again.
    return replace(record, state=State.DONE, outcome=record.outcome or Outcome.UNKNOWN)


def _unmasked(lost: Record, kept: Record) -> Record:
    masked = (name for name in FACT_NAMES if _MASK in str(getattr(lost, name)) and getattr(kept, name) is not None)
    nothing: dict[str, Any] = dict.fromkeys(masked)
    return replace(lost, **nothing)


def _recover(inputs: Sequence[tuple[str, TextIOWrapper]], calls: CallStore, done: Counter[str]) -> None:
    today = day_of(SystemClock().now())
    for place, found in _found(inputs):
        match found:
            case Record():
                done[rebuild(calls, found, today)] += 1
            case Unreadable(why):
                done["unreadable"] += 1
                print(f"{place}: {why}", file=sys.stderr)


def _found(inputs: Sequence[tuple[str, TextIOWrapper]]) -> Iterator[tuple[str, Record | Unreadable]]:
    for name, lines in inputs:
        for number, line in enumerate(lines, 1):
            for found in records(line):
                yield f"{name}, line {number}", found


def _opened(name: str) -> TextIOWrapper:
    """Open a file, or - for what is piped in; Windows writes exports in UTF-16, or with a mark before them."""
    # Whoever asked for it closes it.
    binary = cast("BufferedReader", sys.stdin.buffer) if name == "-" else Path(name).open("rb")  # noqa: SIM115 - so
    wide = binary.peek(2)[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}
    return TextIOWrapper(binary, "utf-16" if wide else "utf-8-sig", errors="replace")


def calls_table(connection_string: str | None, endpoint: str | None) -> CallsTable:
    """Reach `calls` as the app does. Raises ValueError."""
    account = (
        TableAccount.of_connection_string(connection_string)
        if connection_string
        else TableAccount.of_identity(endpoint or "", kept_token(f"{SCOPE}/.default"))
    )
    return CallsTable(HttpPool(tls_context()), account, _BUDGETS, SystemClock().now)


def _refused(why: str) -> int:
    print(why, file=sys.stderr)
    return 2


def _summary(done: Counter[str], *, is_dry_run: bool) -> str:
    rows = ", ".join(f"{done[kind]} {kind}" for kind in _KINDS)
    return f"{'would be: ' if is_dry_run else ''}{rows}; could not be read: {done['unreadable']}"


def _parser() -> argparse.ArgumentParser:
    first, _, rest = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(prog="python -m tools.recover", description=first, epilog=rest)
    tables = parser.add_mutually_exclusive_group()
    tables.add_argument(
        "--connection-string",
        metavar="S",
        help="the storage account's; others on the machine can read it there: better in TABLES_CONNECTION_STRING",
    )
    tables.add_argument(
        "--endpoint",
        metavar="URL",
        help="the account's table endpoint, opened as whom `az login` signed in (or TABLES_ENDPOINT)",
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would be written, and write nothing")
    parser.add_argument("files", nargs="*", default=["-"], help="the log; what is piped in where none is named")
    return parser


if __name__ == "__main__":
    run(main)
