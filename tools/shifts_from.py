"""Take a rota out of a calendar into `shifts`: `python -m tools.shifts_from oncall.ics --list oncall`.

SOURCE is an iCalendar file or address (Outlook, PagerDuty, Grafana OnCall), or with --pagerduty a schedule's id.
What would change is shown first, as `tools.tables apply` shows it; --file writes a CSV instead.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Any

import requests

from shared.core.directory.model import Directory
from shared.core.schedule import local_times, time_zones
from tools import apply, csv_rows, live_tables, table_source
from tools.az_login import NotSignedIn
from tools.changes import Keys, Pruning, keys_of
from tools.command import run
from tools.csv_rows import CsvRow
from tools.duty_events import Feed, Span, from_ical, from_pagerduty
from tools.duty_rows import Shifts, shifts_from
from tools.live_tables import NoTables, Row
from tools.table_source import FileRow, Tables, Unusable

_SECONDS, _LARGEST = (5.0, 30.0), 16 * 2**20
_PAGERDUTY, _BEFORE = "https://api.pagerduty.com", timedelta(days=31)
_STALE = "a calendar's feed can be a day old: look at the calendar itself before a swap of tonight"


def main(arguments: list[str] | None = None, ask: apply.Ask = input) -> int:
    asked = _parser().parse_args(arguments)
    try:
        environment = live_tables.environment()
        settings = table_source.settings(environment)
        tables = table_source.from_files(asked.tables) if asked.tables else table_source.from_service(environment)
        directory = table_source.directory(tables, settings)
        made = _made(asked, directory, environment)
        if made.strangers and not asked.anyway:
            return 1
        if asked.file is not None:
            return _filed(asked.file, made)
        old = frozenset(_replaced(tables.rows.get("shifts", ()), made, asked.days))
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


def _made(asked: argparse.Namespace, directory: Directory, environment: Mapping[str, str]) -> Shifts:
    """Give the rows, and tell what was not clear. Raises Unusable."""
    of_list = asked.list.lower()
    if of_list not in directory.lists:
        raise Unusable(f"no such list: {asked.list}")
    zone = asked.zone or _zone_of(of_list, directory)
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    begins = asked.start.replace(tzinfo=zone).astimezone(UTC) if asked.start else now
    span = Span(begins, begins + timedelta(days=asked.days), zone, asked.all_day_at)
    feed = _feed(asked, span, environment)
    for notice in feed.notices:
        print(notice, file=sys.stderr)
    names = [target.name for target in directory.lists[of_list] if target.name]
    made = shifts_from(feed.events, of_list, dict.fromkeys(names), zone, dict(asked.who))
    for stranger in made.strangers:
        hint = f"nobody in list {of_list} is called so: add them to targets, or say --who ADDRESS=NAME"
        print(f"left out: {stranger!r}: {hint}", file=sys.stderr)
    if not made.rows:
        raise Unusable("no event of this calendar names anybody of the list in these days: nothing to write")
    return made


def _replaced(rows: Sequence[Row], made: Shifts, days: int) -> Iterator[Keys]:
    """Give the rows of the rota whose place the new ones take; swaps and what comes later stay."""
    of_list, first = str(made.rows[0]["PartitionKey"]), local_times.parse_begin(str(made.rows[0]["RowKey"]))
    for row in rows:
        begins = local_times.parse_begin(str(row["RowKey"]))
        is_swap = bool(str(row.get("Until") or ""))
        if first and begins and str(row["PartitionKey"]).lower() == of_list and not is_swap:
            ahead = begins.replace(tzinfo=None) - first.replace(tzinfo=None)
            if timedelta() <= ahead <= timedelta(days=days):
                yield keys_of(row)


def _feed(asked: argparse.Namespace, span: Span, environment: Mapping[str, str]) -> Feed:
    if asked.pagerduty:
        token = environment.get("PAGERDUTY_TOKEN", "")
        if not token:
            raise Unusable("set PAGERDUTY_TOKEN: a read-only key of PagerDuty's REST API")
        since = span.begins - _BEFORE  # it cuts a shift that is under way, and its begin is the row's key
        params = {"since": since.isoformat(), "until": span.ends.isoformat(), "time_zone": "UTC"}
        headers = {"Authorization": f"Token token={token}", "Accept": "application/vnd.pagerduty+json;version=2"}
        answer = _get(f"{asked.pagerduty_url}/schedules/{asked.source}", headers, params)
        return from_pagerduty(_json(answer), span)
    scheme, _, rest = asked.source.partition("://")
    if rest and scheme.lower() in {"https", "webcal", "webcals"}:
        print(_STALE, file=sys.stderr)
        return from_ical(_get(f"https://{rest}", {}, {}), span)
    if rest:
        raise Unusable("a calendar's address must begin with https:// or webcal://")
    try:
        return from_ical(Path(asked.source).read_bytes(), span)
    except OSError as error:
        raise Unusable(f"{asked.source}: {error.strerror}") from error


def _get(url: str, headers: Mapping[str, str], params: Mapping[str, str]) -> bytes:
    """Fetch at most 16 MB. Raises Unusable, without the address: it may hold a key."""
    try:
        with requests.get(url, headers=dict(headers), params=dict(params), timeout=_SECONDS, stream=True) as answer:
            if answer.status_code != requests.codes.ok:
                raise Unusable(f"the calendar's server answers {answer.status_code}")
            content = answer.raw.read(_LARGEST + 1, decode_content=True)
    except (requests.RequestException, OSError) as error:
        raise Unusable(f"the calendar's server does not answer ({type(error).__name__})") from None
    if len(content) > _LARGEST:
        raise Unusable("the calendar is larger than 16 MB")
    return bytes(content)


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        raise Unusable("PagerDuty's answer is no JSON") from None


def _zone_of(of_list: str, directory: Directory) -> tzinfo:
    """Give the zone of the route that rings the list: its rows go by that."""
    routes = (*directory.routes.values(), directory.default_route)
    return next((route.zone for route in routes if of_list in route.lists), directory.default_route.zone)


def _filed(file: Path, made: Shifts) -> int:
    try:
        file.write_text(csv_rows.write(made.rows), encoding="utf-8-sig", newline="")
    except OSError as error:
        raise Unusable(f"{file}: {error.strerror}") from error
    print(f"{len(made.rows)} shifts. Look at them, then: python -m tools.tables apply {file}")
    return 0


def _zone(text: str) -> tzinfo:
    zone = time_zones.time_zone(text)
    if zone is None:
        raise argparse.ArgumentTypeError(f"no such time zone; did you mean {time_zones.closest_time_zone(text)}?")
    return zone


def _who(text: str) -> tuple[str, str]:
    address, equals, name = text.partition("=")
    if not equals:
        raise ValueError(text)
    return address.strip().lower(), name.strip()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.shifts_from", description=__doc__)
    parser.add_argument("source", metavar="SOURCE", help="oncall.ics, https://…, or with --pagerduty a schedule's id")
    parser.add_argument("--list", required=True, metavar="LIST", help="the list of `targets` whose rota it is")
    parser.add_argument("--days", type=int, default=91, metavar="N", help="from the first day on (91)")
    parser.add_argument("--from", dest="start", type=datetime.fromisoformat, metavar="TIME", help="2026-11-30 (now)")
    parser.add_argument("--zone", type=_zone, metavar="ZONE", help="of times without one (the route's)")
    parser.add_argument("--all-day-at", type=time.fromisoformat, default=time(), metavar="08:00", help="(00:00)")
    parser.add_argument("--who", type=_who, action="append", default=[], metavar="ADDRESS=NAME", help="who that is")
    parser.add_argument("--tables", nargs="+", type=Path, metavar="FILE", help="targets.csv … instead of the live ones")
    parser.add_argument("--file", type=Path, metavar="FILE", help="write shifts.csv, and nothing into a table")
    parser.add_argument("--pagerduty", action="store_true", help="ask PagerDuty, with PAGERDUTY_TOKEN")
    parser.add_argument("--pagerduty-url", default=_PAGERDUTY, help=argparse.SUPPRESS)
    parser.add_argument("--dry-run", action="store_true", help="show it, and write nothing")
    parser.add_argument("--yes", action="store_true", help="write it without asking")
    parser.add_argument("--anyway", action="store_true", help="without the events of which nobody is known")
    return parser


if __name__ == "__main__":
    run(main)
