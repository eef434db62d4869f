"""Judge old records again, after the table of codes has changed: `python -m tools.judge --from 2026-11-01 --dry-run`.

Only Outcome and RingSeconds change, by what each record holds of its call's end. What the app decided stays.
"""

import argparse
import sys
from collections import Counter
from datetime import UTC, date, datetime

from shared.adapters.tables.past_calls_table import PastCallsTable
from shared.core.budgets import Budgets
from shared.core.errors import StorageUnavailable
from shared.core.ids import CallId
from shared.core.record.record import CallKey, State
from shared.core.record.transitions import judged_again
from shared.ports import CallStore
from tools import live_tables
from tools.az_login import NotSignedIn
from tools.command import run
from tools.live_tables import NoneNamed, NoTables
from tools.recover import DryRun, calls_table
from tools.report.period import Period, UnclearPeriod, add_period, parse_period
from tools.report.progress import Progress

_TRIES = 5  # at a row that the app changes too


def main(arguments: list[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    changed = Counter[tuple[str, str]]()
    try:
        period = parse_period(asked, datetime.now(UTC).date())
        environment = live_tables.environment()
        with live_tables.service(environment) as service:
            calls = calls_table(environment.get("TABLES_CONNECTION_STRING"), environment.get("TABLES_ENDPOINT"))
            store: CallStore = DryRun(calls) if asked.dry_run else calls
            read = _judge_all(PastCallsTable(service, Budgets()), store, period, changed)
    except (NoneNamed, UnclearPeriod) as why:
        print(why, file=sys.stderr)
        return 2
    except (NoTables, NotSignedIn, StorageUnavailable) as why:
        print(f"Not finished: {why}. What is written stays; run it again.", file=sys.stderr)
        return 2
    for (before, after), count in sorted(changed.items()):
        print(f"{before} -> {after}: {count}")
    verb = "would change" if asked.dry_run else "changed"
    print(f"{read} records of {period.name}: {changed.total()} {verb}")
    return 0


def judge(calls: CallStore, key: CallKey) -> tuple[str, str] | None:
    """Judge one record, and give its outcomes before and after where they differ. Raises StorageUnavailable."""
    for _ in range(_TRIES):
        stored = calls.read(key)
        if stored is None or stored.record.state is not State.DONE:
            return None
        record = judged_again(stored.record)
        if record == stored.record:
            return None
        if calls.replace(record, stored.etag) is not None:
            before, after = stored.record.outcome, record.outcome
            return before or "no outcome", after or "no outcome"
    raise StorageUnavailable("a row changes too often")


def _judge_all(past: PastCallsTable, calls: CallStore, period: Period, changed: Counter[tuple[str, str]]) -> int:
    progress, read = Progress(sys.stderr, "records"), 0
    try:
        for number, day in enumerate(period.days):
            for key in _keys(past, day):
                if difference := judge(calls, key):
                    changed[difference] += 1
                read += 1
                progress.show(number / len(period.days), read)
    finally:
        progress.end()
    return read


def _keys(past: PastCallsTable, day: date) -> list[CallKey]:
    return [CallKey(day, CallId(key)) for page in past.keys(day) for key in page]


def _parser() -> argparse.ArgumentParser:
    first, _, rest = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(prog="python -m tools.judge", description=first, epilog=rest)
    add_period(parser)
    parser.add_argument("--dry-run", action="store_true", help="say what would change, and write nothing")
    return parser


if __name__ == "__main__":
    run(main)
