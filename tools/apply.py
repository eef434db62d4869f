"""Show what CSV files would change, ask, and write it: only rows that nobody has edited meanwhile; and take it back."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.data.tables import TableClient, TableServiceClient, UpdateMode

from shared.core.directory.model import Severity
from shared.settings.settings import Settings
from tools import backups, called_names, changes, check, consequences, live_tables, table_source
from tools.backups import Written
from tools.changes import Change, Kind, Pruning
from tools.command import command_line
from tools.live_tables import NoTables, Row
from tools.table_source import Tables

type Ask = Callable[[str], str]

_NO_PRUNING = Pruning()
_OVERTAKEN = (ResourceExistsError, ResourceModifiedError, ResourceNotFoundError)


@dataclass(frozen=True, slots=True)
class Options:
    """How a person wants it: `anyway` in spite of errors, `yes` without being asked."""

    pruning: Pruning = _NO_PRUNING
    dry_run: bool = False
    yes: bool = False
    anyway: bool = False
    backup: Path = backups.FOLDER


def apply(service: TableServiceClient, files: Tables, settings: Settings, options: Options, ask: Ask) -> int:
    """Do all of it, and give the exit code. Raises Unusable, NoTables, NotSignedIn."""
    now = datetime.now(UTC)
    live = {table: live_tables.tagged_rows(service, table) for table in live_tables.TABLES}
    planned = changes.plan(live, files.filed, options.pruning)
    for table, rows in files.filed.items():
        print(
            "\n".join(_table_lines(table, len(rows), len(live[table]), [one for one in planned if one.table == table]))
        )
    if not planned:
        print("Nothing to write.")
        return 0
    if not _is_right(live, planned, files, settings) and not options.anyway:
        print("Nothing was written: mend the errors first, or say --anyway.", file=sys.stderr)
        return 1
    before, after = (table_source.directory(Tables(rows), settings) for rows in (live, changes.applied(live, planned)))
    found = list(consequences.differences(before, after, table_source.last_resort(settings), now))
    print("\n".join(consequences.lines_of_text(found, called_names.add(after, service))))
    if options.dry_run:
        print("Nothing was written (--dry-run).")
        return 0
    if not options.yes and not _agreed(ask, "Write this", len(planned)):
        return 1
    place = backups.save(options.backup, live, planned, now)
    print(f"Backup: {place}")
    return _write(service, planned, place)


def undo(service: TableServiceClient, place: Path, ask: Ask, *, yes: bool) -> int:
    """Take back what a backup's command wrote, but for what somebody has edited since. Gives the exit code."""
    written = backups.load(place)
    for one in written:
        sign = Kind.DELETED if one.before is None else Kind.NEW if one.etag is None else Kind.CHANGED
        print(f"  {sign.value} {one.table} {'/'.join(one.keys)}")
    if not yes and not _agreed(ask, "Take this back", len(written)):
        return 1
    left = []
    for one in written:
        client = service.get_table_client(one.table)
        try:
            _take_back(client, one)
        except _OVERTAKEN:
            left.append(one)
        except AzureError as error:
            raise live_tables.unreachable(error) from error
    for one in left:
        print(f"left: {one.table}, row {'/'.join(one.keys)}: somebody has edited it since", file=sys.stderr)
    backups.close(place)
    print(f"{len(written) - len(left)} rows are as they were before.")
    return 1 if left else 0


def _agreed(ask: Ask, what: str, count: int) -> bool:
    try:
        agreed = ask(f"{what}? Type {count} to go on: ").strip() == str(count)
    except KeyboardInterrupt:
        print("\nNothing was written.")
        raise
    if not agreed:
        print("Nothing was written.")
    return agreed


def _table_lines(table: str, filed: int, there: int, found: Sequence[Change]) -> Iterator[str]:
    yield f"{table:8} {filed} rows in the file, {there} in the table"
    for change in found:
        yield f"  {change.kind.value} {'/'.join(change.keys)}   {_cells_text(change)}".rstrip()
    counts = {kind: sum(one.kind is kind for one in found) for kind in Kind}
    new, changed, deleted = (counts[kind] for kind in (Kind.NEW, Kind.CHANGED, Kind.DELETED))
    yield f"  {new} new, {changed} changed, {deleted} deleted, {max(0, filed - new - changed)} as they are"


def _cells_text(change: Change) -> str:
    if change.kind is not Kind.CHANGED:
        return "   ".join(f"{name}={old or new}" for name, (old, new) in change.cells.items())
    return "   ".join(f"{name}: {old or '(empty)'} -> {new or '(empty)'}" for name, (old, new) in change.cells.items())


def _is_right(live: Mapping[str, Sequence[Row]], planned: Sequence[Change], files: Tables, settings: Settings) -> bool:
    """Tell what would be wrong that is not wrong now; an error of the files themselves is one too."""
    now = set(table_source.directory(Tables(live), settings).problems)
    then = Tables(changes.applied(live, planned), files.filed)
    found = [one for one in check.problems(then, settings) if one not in now]
    if found:
        print("\n".join(check.report_lines(found, then)))
    return not any(problem.level is Severity.ERROR for problem in found)


def _write(service: TableServiceClient, planned: Sequence[Change], place: Path) -> int:
    written: list[Written] = []
    left: list[tuple[Change, str]] = []
    try:
        clients = {table: service.create_table_if_not_exists(table) for table in {one.table for one in planned}}
        for change in planned:
            try:
                written.append(_written(clients[change.table], change))
            except _OVERTAKEN:
                left.append((change, "somebody edited it meanwhile"))
            except HttpResponseError as error:
                if error.status_code not in live_tables.OF_A_ROW:
                    raise
                left.append((change, f"the service refuses it ({error.status_code})"))
    except AzureError as error:
        raise NoTables(f"{live_tables.unreachable(error)}\n{len(written)} rows were written before that") from error
    finally:
        backups.note(place, written)
    for change, why in left:
        print(f"left: {change.table}, row {'/'.join(change.keys)}: {why}", file=sys.stderr)
    print(f"{len(written)} rows written, {len(left)} left. To take it back: {command_line('tools.tables undo')}")
    return 1 if left else 0


def _written(client: TableClient, change: Change) -> Written:
    if change.before is None:
        done = client.create_entity(changes.content(change.after or {}))
        return Written(change.table, change.keys, None, str(done["etag"]))
    unchanged = _unchanged(str(change.before["etag"]))
    if change.after is None:
        client.delete_entity(*change.keys, **unchanged)
        return Written(change.table, change.keys, change.before, None)
    done = client.update_entity(changes.content(change.after), mode=UpdateMode.REPLACE, **unchanged)
    return Written(change.table, change.keys, change.before, str(done["etag"]))


def _take_back(client: TableClient, one: Written) -> None:
    if one.before is None:
        client.delete_entity(*one.keys, **_unchanged(str(one.etag)))
    elif one.etag is None:
        client.create_entity(dict(one.before))
    else:
        client.update_entity(dict(one.before), mode=UpdateMode.REPLACE, **_unchanged(one.etag))


def _unchanged(etag: str) -> dict[str, Any]:
    return {"etag": etag, "match_condition": MatchConditions.IfNotModified}
