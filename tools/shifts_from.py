"""Take a rota out of a calendar into `shifts`: `python -m tools.shifts_from oncall.ics --list oncall`.

SOURCE is an iCalendar file or address (Outlook, PagerDuty, Grafana OnCall), or with --pagerduty a schedule's id.
What would change is shown first, as `tools.tables apply` shows it; --file writes a CSV instead.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo
from pathlib import Path

from shared.core.directory import cells
from shared.core.directory.model import Directory
from shared.core.directory.people import folded
from shared.core.schedule import local_times, time_zones
from shared.core.suggestions import did_you_mean
from tools import apply, csv_rows, duty_feeds, live_tables, options, table_source
from tools.az_login import NotSignedIn
from tools.changes import Keys, Pruning, keys_of
from tools.command import command_line, run
from tools.csv_rows import CsvRow
from tools.duty_events import Span
from tools.duty_rows import Shifts, shifts_from
from tools.live_tables import NoTables, Row
from tools.table_source import FileRow, Tables, Unusable

_MOST_DAYS = 730


def main(arguments: list[str] | None = None, ask: apply.Ask = input) -> int:
    asked = _parser().parse_args(arguments)
    try:
        environment = live_tables.environment()
        settings = table_source.settings(environment)
        tables = table_source.read(asked.tables, None, environment)
        directory = table_source.directory(tables, settings)
        span = _span(asked, directory)
        made, is_whole = _made(asked, span, directory, environment)
        if not is_whole and not asked.anyway:
            return 1
        if asked.file is not None:
            return _filed(asked.file, made)
        old = frozenset(_replaced(tables.rows.get("shifts", ()), made, span))
        options = apply.Options(
            Pruning(is_wanted=True, only=old), dry_run=asked.dry_run, yes=asked.yes, anyway=asked.anyway
        )
        placed = [CsvRow(number, row) for number, row in enumerate(made.rows, 1)]
        rows = [FileRow(f"the calendar, shift {one.line}", one) for one in placed]
        with live_tables.service(environment) as service:
            return apply.apply(service, Tables({}, {"shifts": rows}), settings, options, ask)
    except (Unusable, NoTables, NotSignedIn) as why:
        print(why, file=sys.stderr)
        return 2
    except EOFError:
        print("\nNothing was written: nobody is there to ask; say --yes.", file=sys.stderr)
        return 1


def _span(asked: argparse.Namespace, directory: Directory) -> Span:
    """Give the days that are asked for, by the clock of the list's line. Raises Unusable."""
    of_list = asked.list.lower()
    if of_list not in directory.lists:
        raise Unusable(f"no such list: {asked.list}")
    zone = asked.zone or _zone_of(of_list, directory)
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    begins = local_times.moment_of(asked.start, zone) if asked.start else now
    return Span(begins, begins + timedelta(days=asked.days), zone, asked.all_day_at)


def _made(
    asked: argparse.Namespace, span: Span, directory: Directory, environment: Mapping[str, str]
) -> tuple[Shifts, bool]:
    """Give the rows, tell what was not clear, and say whether all of it became rows. Raises Unusable."""
    of_list = asked.list.lower()
    names = {folded(target.name): target.name for target in directory.lists[of_list] if target.name}
    if unknown := [name for _, name in asked.who if folded(name) not in names]:
        raise Unusable(
            f"--who: nobody in list {of_list} is called {unknown[0]!r}{did_you_mean(unknown[0], names.values())}"
        )
    feed = duty_feeds.fetch(asked.source, span, environment, asked.pagerduty_url if asked.pagerduty else "")
    made = shifts_from(feed.events, of_list, names.values(), span.zone, dict(asked.who))
    for stranger in made.strangers:
        hint = f"nobody in list {of_list} is called so: add them to targets, or say --who 'TEXT=NAME'"
        print(f"left out: {stranger!r}: {hint}", file=sys.stderr)
    for unread in feed.unread:
        print(f"left out: {unread}: mend it in the calendar", file=sys.stderr)
    for notice in feed.notices:
        print(notice, file=sys.stderr)
    is_whole = not made.strangers and not feed.unread
    if not made.rows:
        raise Unusable("no event of this calendar names anybody of the list in these days: nothing to write")
    if not is_whole and not asked.anyway:
        print("Nothing was written: mend that first, or say --anyway.", file=sys.stderr)
    return made, is_whole


def _replaced(rows: Sequence[Row], made: Shifts, span: Span) -> Iterator[Keys]:
    """Give the rows of the rota whose place the new ones take; swaps and what comes later stay."""
    of_list = str(made.rows[0]["PartitionKey"])
    first = local_times.parse_begin(str(made.rows[0]["RowKey"]))
    for row in rows:
        begins = local_times.parse_begin(cells.text(row, "RowKey"))
        is_of_rota = cells.text(row, "PartitionKey").lower() == of_list and not cells.text(row, "Until")
        if first and begins and is_of_rota:
            moment = local_times.moment_of(begins, span.zone)
            if local_times.moment_of(first, span.zone) <= moment < span.ends:
                yield keys_of(row)


def _zone_of(of_list: str, directory: Directory) -> tzinfo:
    """Give the zone of the route that rings the list: its rows go by that."""
    routes = (*directory.routes.values(), directory.default_route)
    return next((route.zone for route in routes if of_list in route.lists), directory.default_route.zone)


def _filed(file: Path, made: Shifts) -> int:
    try:
        file.write_text(csv_rows.write(made.rows), encoding="utf-8-sig", newline="")
    except OSError as error:
        raise Unusable(f"{file}: {error.strerror}") from error
    print(f"{len(made.rows)} shifts. Look at them, then: {command_line(f'tools.tables apply {file}')}")
    return 0


def _zone(text: str) -> tzinfo:
    zone = time_zones.time_zone(text)
    if zone is None:
        raise argparse.ArgumentTypeError(f"no such time zone; did you mean {time_zones.closest_time_zone(text)}?")
    return zone


def _clock(text: str) -> time:
    try:
        return time.fromisoformat(text.strip().rjust(5, "0"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time of day like 08:00") from None


def _who(text: str) -> tuple[str, str]:
    said, _, name = (part.strip() for part in text.partition("="))
    if not said or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not like gm7@contoso.com=Gerd Maier")
    return said, name


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.shifts_from", description=__doc__)
    parser.add_argument("source", metavar="SOURCE", help="oncall.ics, https://…, or with --pagerduty a schedule's id")
    parser.add_argument("--list", required=True, metavar="LIST", help="the list of `targets` whose rota it is")
    days = options.whole_number(1, _MOST_DAYS)
    parser.add_argument("--days", type=days, default=91, metavar="N", help="from the first day on (91)")
    parser.add_argument("--from", dest="start", type=options.moment, metavar="TIME", help="2026-11-30 (now)")
    parser.add_argument("--zone", type=_zone, metavar="ZONE", help="of times without one (the route's)")
    parser.add_argument("--all-day-at", type=_clock, default=time(), metavar="08:00", help="(00:00)")
    parser.add_argument("--who", type=_who, action="append", default=[], metavar="TEXT=NAME", help="whom it means")
    parser.add_argument("--tables", nargs="+", type=Path, metavar="FILE", help="targets.csv … instead of the live ones")
    parser.add_argument("--file", type=Path, metavar="FILE", help="write shifts.csv, and nothing into a table")
    parser.add_argument("--pagerduty", action="store_true", help="ask PagerDuty, with PAGERDUTY_TOKEN")
    parser.add_argument("--pagerduty-url", default=duty_feeds.PAGERDUTY, help=argparse.SUPPRESS)
    parser.add_argument("--dry-run", action="store_true", help="show it, and write nothing")
    parser.add_argument("--yes", action="store_true", help="write it without asking")
    parser.add_argument("--anyway", action="store_true", help="without the events of which nobody is known")
    return parser


if __name__ == "__main__":
    run(main)
